package gen

import (
	"github.com/wscheck/wscheck/oracle"
)

// Cost returns the size of a script: its steps, and the octets of their payloads and
// of what is unusual in its opening handshake.
func Cost(s *oracle.Script) (steps, octets int) {
	for i := range s.Steps {
		step := &s.Steps[i]
		n := step.Payload.Size()
		if step.Kind == oracle.StepEcho {
			n *= max(1, step.Count)
		}
		if step.Kind == oracle.StepClose && n == 0 && step.Code != 0 {
			n = 2 + len(step.Reason)
		}
		octets += n
	}
	h := &s.Handshake
	for _, text := range []string{h.Method, h.Proto, h.Target, h.Host, h.Key, h.Version, h.Reason, h.Accept} {
		octets += len(text)
	}
	for _, list := range [][]string{h.Drop, h.Subprotocols, h.Offers} {
		for _, text := range list {
			octets += len(text)
		}
	}
	for _, f := range h.Fields {
		octets += len(f.Raw) + len(f.Name) + len(f.Value)
	}
	return len(s.Steps), octets + len(h.Raw)
}
