package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Feature is a part of the protocol that a peer may do without.
type Feature string

// The features.
const (
	FeatureDeflate       Feature = "permessage-deflate"
	FeatureText          Feature = "text"          // text messages
	FeatureBinary        Feature = "binary"        // binary messages
	FeatureFragmentation Feature = "fragmentation" // messages in more than one frame
)

var features = []Feature{FeatureDeflate, FeatureText, FeatureBinary, FeatureFragmentation}

// CheckFeature reports a feature that there is not.
func CheckFeature(f Feature) error {
	if !slices.Contains(features, f) {
		return fmt.Errorf("lacks: there is no feature %q, but %q", string(f), features)
	}
	return nil
}

// checkFeatures reports the first of several features that there is not.
func checkFeatures(lacks []Feature) error {
	for _, f := range lacks {
		if err := CheckFeature(f); err != nil {
			return err
		}
	}
	return nil
}

// unsupported says why a case cannot be run with a peer of that configuration,
// and "" if it can.
func (c *Config) unsupported(cs *catalogue.Case) string {
	if len(c.Lacks) > 0 {
		need := needs(cs)
		for _, f := range c.Lacks {
			if slices.Contains(need, f) {
				return fmt.Sprintf("needs %s, which the peer lacks", f)
			}
		}
	}
	if c.MaxMessage > 0 {
		if n := longest(&cs.Script); n > c.MaxMessage {
			return fmt.Sprintf("needs a message of %s, and the peer takes %d", plural.Of(n, "octet"), c.MaxMessage)
		}
	}
	return ""
}

// skips says why a case is left out for a peer of that name, and "" if it is not. The
// words are the same for all cases that are left out for one reason.
func (c *Config) skips(agent string, cs *catalogue.Case) string {
	switch need := needs(cs); {
	case c.ExcludeAgent.Excludes(agent, cs.ID):
		return "excluded for this agent"
	case c.unsupported(cs) == "":
		return ""
	default:
		for _, f := range c.Lacks {
			if slices.Contains(need, f) {
				return "need " + string(f) + ", which the peer lacks"
			}
		}
		return "need a message of more than " + plural.Of(c.MaxMessage, "octet") + ", the longest that the peer takes"
	}
}

// skips counts cases that are left out, by the reason.
type skips struct {
	reasons []string // in the order in which they came
	cases   map[string]int
}

func (s *skips) add(why string) {
	if s.cases == nil {
		s.cases = map[string]int{}
	}
	if s.cases[why]++; s.cases[why] == 1 {
		s.reasons = append(s.reasons, why)
	}
}

// String is "" where no case is left out.
func (s *skips) String() string {
	var words []string
	for _, why := range s.reasons {
		verb := why
		if s.cases[why] == 1 {
			verb = strings.Replace(why, "need ", "needs ", 1)
		}
		words = append(words, plural.Of(s.cases[why], "case")+" "+verb)
	}
	return strings.Join(words, "; ")
}

// needs returns the features without which a case shows nothing.
func needs(cs *catalogue.Case) (need []Feature) {
	h := &cs.Script.Handshake
	values := slices.Concat(h.Offers, []string{string(h.Raw)})
	for _, f := range h.Fields {
		values = append(values, f.Value, f.Raw)
	}
	negotiates := slices.ContainsFunc(values, func(value string) bool {
		return strings.Contains(strings.ToLower(value), string(FeatureDeflate))
	})
	if negotiates || cs.ServerDeflate != nil || cs.Autobahn != nil && cs.Autobahn.Deflate {
		need = append(need, FeatureDeflate)
	}
	for i := range cs.Script.Steps {
		s := &cs.Script.Steps[i]
		switch s.Kind {
		case oracle.StepFrame, oracle.StepMessage, oracle.StepEcho:
		default:
			continue
		}
		switch op := s.Frame.Opcode; {
		case op == wsproto.OpText:
			need = append(need, FeatureText)
		case op == wsproto.OpBinary:
			need = append(need, FeatureBinary)
		case op == wsproto.OpContinuation && s.Kind == oracle.StepFrame:
			need = append(need, FeatureFragmentation)
		}
		if s.Kind != oracle.StepFrame && s.Fragment > 0 && s.Payload.Size() > s.Fragment {
			need = append(need, FeatureFragmentation)
		}
	}
	return need
}

// longest returns the octets of the longest message in a script.
func longest(s *oracle.Script) int {
	most, message := 0, 0
	for i := range s.Steps {
		switch step := &s.Steps[i]; step.Kind {
		case oracle.StepMessage, oracle.StepEcho:
			most = max(most, step.Payload.Size())
		case oracle.StepFrame:
			if step.Frame.Opcode.IsControl() {
				continue
			}
			if step.Frame.Opcode != wsproto.OpContinuation {
				message = 0
			}
			message += step.Payload.Size()
		case oracle.StepFrameData:
			message += step.Payload.Size()
		}
		most = max(most, message)
	}
	return most
}
