package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
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

// CheckFeatures returns an error for the first feature that does not exist.
func CheckFeatures(lacks ...Feature) error {
	for _, f := range lacks {
		if !slices.Contains(features, f) {
			return fmt.Errorf("lacks: there is no feature %q: want one of %q", string(f), features)
		}
	}
	return nil
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

func longestMessage(s *oracle.Script) int {
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
