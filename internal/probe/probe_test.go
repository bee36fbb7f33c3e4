package probe

import (
	"errors"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func frame(fin bool, op wsproto.Opcode, payload string) oracle.Step {
	return oracle.Step{Frame: wsproto.Header{Fin: fin, Opcode: op}, Payload: oracle.Payload{Data: []byte(payload)}}
}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		script oracle.Script
		want   []oracle.ClauseID
	}{
		"a ping":     {oracle.Script{Steps: []oracle.Step{frame(true, wsproto.OpPing, "?")}}, nil},
		"a close":    {oracle.Script{Role: wsproto.Server, Steps: []oracle.Step{{Kind: oracle.StepClose, Code: 1000}}}, nil},
		"a version":  {oracle.Script{Handshake: oracle.Handshake{Version: "12"}}, []oracle.ClauseID{"rfc6455/4.2.1/version"}},
		"an accept":  {oracle.Script{Role: wsproto.Server, Handshake: oracle.Handshake{Accept: "x"}}, []oracle.ClauseID{"rfc6455/4.1/response-accept"}},
		"an opcode":  {oracle.Script{Steps: []oracle.Step{frame(true, 3, "")}}, []oracle.ClauseID{"rfc6455/5.2/opcode-fail"}},
		"two faults": {oracle.Script{Steps: []oracle.Step{frame(false, 9, "")}}, []oracle.ClauseID{"rfc6455/5.5/control-fragmented-fail"}},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := Rules(&c.script)
			if err != nil || len(rules) < len(c.want) || len(c.want) == 0 && len(rules) > 0 || !slices.Equal(rules[:len(c.want)], c.want) {
				t.Errorf("got %v, %v, want %v", rules, err, c.want)
			}
		})
	}
}

// TestProber asks about a server that is sent a ping, and then text that is not
// UTF-8.
func TestProber(t *testing.T) {
	exchange, err := New(&oracle.Script{Steps: []oracle.Step{frame(true, wsproto.OpPing, "?"), frame(true, wsproto.OpText, "a\xff")}})
	if err != nil {
		t.Fatal(err)
	}
	events, err := exchange.Events()
	if err != nil || len(events) != 1 || events[0].At != 7 || len(exchange.Octets) != 15 {
		t.Fatalf("events %+v of %d octets, %v", events, len(exchange.Octets), err)
	}
	p := NewProber(exchange, Replies(events))
	for n := range len(exchange.Octets) + 1 {
		if got, want := violated(p.Taken(n)) != nil, n == 15; got != want {
			t.Errorf("with %d octets, to take them is a violation: %v", n, got)
		}
	}
	if ignored := violated(p.Ignored(7)); !slices.Contains(ignored, "rfc6455/5.5.2/pong") {
		t.Errorf("a ping that is ignored breaks %v", ignored)
	}
	if findings := p.Failing(15, wsproto.CloseInvalidPayload); len(findings) > 0 {
		t.Errorf("to fail with 1007 is wrong: %+v", findings)
	}
	if findings := p.Failing(7, wsproto.CloseInvalidPayload); len(findings) == 0 {
		t.Error("to fail before the text is right")
	}
}

func TestNewRefuses(t *testing.T) {
	for _, h := range []oracle.Handshake{{Version: "12"}, {Raw: []byte("GET")}, {Offers: []string{"x"}}} {
		if _, err := New(&oracle.Script{Handshake: h}); (h.Offers == nil) != errors.Is(err, ErrHandshake) {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

func TestComplete(t *testing.T) {
	for name, c := range map[string]struct{ octets, want string }{
		"nothing is missing":  {"\x81\x01a", ""},
		"an octet of payload": {"\x81\x02a", "\x81\x02a\x00"},
		"a header":            {"\x82\x7e\x00", "\x82\x7e\x00\x00"},
		"a fragment":          {"\x01\x02a", "\x01\x02a\x00\x80\x00"},
		"the last fragment":   {"\x01\x00\x89\x00", "\x01\x00\x89\x00\x80\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			completed, same := (&Exchange{Role: wsproto.Server, Octets: []byte(c.octets)}).Complete()
			if c.want == "" {
				c.want = c.octets
			}
			if string(completed.Octets) != c.want || same != (c.want == c.octets) {
				t.Errorf("got %q, %v, want %q", completed.Octets, same, c.want)
			}
		})
	}
	huge := "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" + "a"
	completed, same := (&Exchange{Role: wsproto.Server, Octets: []byte(huge)}).Complete()
	h, _ := wsproto.ParseHeader(completed.Octets)
	if same || len(completed.Octets) != len(huge)+maxPadding || h.Length != 1+maxPadding || !h.Minimal() {
		t.Errorf("a huge frame became one of %d octets, %+v", len(completed.Octets), h)
	}
}
