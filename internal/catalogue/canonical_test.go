package catalogue_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// normal is a payload in the one form that all payloads of the same octets
// share: the shortest unit that they repeat, and their number.
func normal(p oracle.Payload) oracle.Payload {
	if p.Source != "" {
		return p
	}
	n := p.Size()
	if n == 0 {
		return oracle.Payload{}
	}
	for unit := 1; unit < len(p.Data); unit++ {
		if len(p.Data)%unit != 0 {
			continue
		}
		if slices.Equal(p.Data, slices.Repeat(p.Data[:unit], len(p.Data)/unit)) {
			return oracle.Payload{Data: p.Data[:unit], Len: n}
		}
	}
	return oracle.Payload{Data: p.Data, Len: n}
}

// normalScript is the script with its payloads in normal form.
func normalScript(s oracle.Script) oracle.Script {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		s.Steps[i].Payload = normal(s.Steps[i].Payload)
	}
	return s
}

// normalExpectation is the expectation with its payloads in normal form.
func normalExpectation(x autobahn.Expectation) autobahn.Expectation {
	x.Outcomes = slices.Clone(x.Outcomes)
	for i := range x.Outcomes {
		seen := []autobahn.Observation{}
		for _, o := range x.Outcomes[i].Observed {
			o.Payload = normal(o.Payload)
			seen = append(seen, o)
		}
		x.Outcomes[i].Observed = seen
	}
	return x
}

// canonical is the text that stands for all facts of a case: what is sent and
// what is expected, less the words about it.
func canonical(c *catalogue.Case) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s role=%v end=%d alone=%t slow=%t offers=%q answers=%v\n",
		c.Number, c.ID, c.Script.Role, c.Script.End, c.Alone, c.Slow, c.Script.Handshake.Offers, c.ServerDeflate)
	for _, s := range normalScript(c.Script).Steps {
		fmt.Fprintf(&b, "  %v %s fin=%t rsv=%d op=%d declared=%t,%d fragment=%d chop=%d sync=%t close=%d,%q count=%d timeout=%v tag=%q\n",
			s.Kind, payloadText(s.Payload), s.Frame.Fin, s.Frame.Rsv, uint8(s.Frame.Opcode), s.HasDeclared, s.Declared,
			s.Fragment, s.Chop, s.Sync, uint16(s.Code), s.Reason, s.Count, s.Timeout, s.Tag)
	}
	x := normalExpectation(*c.Autobahn)
	for _, o := range x.Outcomes {
		fmt.Fprintf(&b, "  %s:", o.Behavior)
		for _, seen := range o.Observed {
			fmt.Fprintf(&b, " %d,%s,%t,%q", seen.Kind, payloadText(seen.Payload), seen.Binary, seen.Tag)
		}
		b.WriteByte('\n')
	}
	codes := make([]uint16, len(x.CloseCodes))
	for i, code := range x.CloseCodes {
		codes[i] = uint16(code)
	}
	frames := make([]int, 16)
	for op, n := range x.TxFrames {
		frames[op&15] = n
	}
	fmt.Fprintf(&b, "  check=%d us=%t codes=%v clean=%t endpoint=%t code=%t suppress=%t info=%t time=%t,%v deflate=%t,%t frames=%v\n",
		x.Check, x.CloseByUs, codes, x.RequireClean, x.WrongEndpointFatal, x.WrongCodeFatal, x.NoCloseWhenDone,
		x.Informational, x.ReportTime, x.Timeout, x.Deflate, x.ReportRatios, frames)
	return b.String()
}

func payloadText(p oracle.Payload) string {
	if p.Source != "" {
		return fmt.Sprintf("%s+%d:%d", p.Source, p.Offset, p.Len)
	}
	return fmt.Sprintf("%x*%d", p.Data, p.Size())
}
