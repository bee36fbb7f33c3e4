package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// talk builds a trace, and the record that goes with it, the way an engine and
// the Autobahn verdict would.
type talk struct {
	trace oracle.Trace
	rec   autobahn.Record
	now   time.Duration
}

const (
	fabricatedRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: w5r9PDIxdHKjIeYnNBqN1Q==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	fabricatedResponse = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: 1CUoDzDYZKsPz5JetNsJ+UcBzSI=\r\n\r\n"
)

// newTalk begins a conversation in which we are the client.
func newTalk() *talk {
	k := &talk{rec: autobahn.Record{
		Behavior: autobahn.OK, BehaviorClose: autobahn.OK,
		Result:      "Actual events match at least one expected.",
		ResultClose: "Connection was properly closed",
		WasOpen:     true, WasClean: true, WirelogActive: true,
		RxOctets: map[int]int{}, TxOctets: map[int]int{},
		RxFrames: map[wsproto.Opcode]int{}, TxFrames: map[wsproto.Opcode]int{},
		HTTPRequest:  wsproto.Octets(strings.TrimSuffix(fabricatedRequest, "\r\n\r\n")),
		HTTPResponse: wsproto.Octets(strings.TrimSuffix(fabricatedResponse, "\r\n\r\n")),
	}}
	k.tx([]byte(fabricatedRequest))
	k.rx([]byte(fabricatedResponse))
	return k
}

func head(b []byte) []byte { return b[:min(len(b), autobahn.MaxLogged)] }

func (k *talk) event(ev oracle.Event) *talk {
	ev.At, ev.N = k.now, max(ev.N, len(ev.Data))
	k.trace.Events = append(k.trace.Events, ev)
	return k
}

// after lets time pass.
func (k *talk) after(d time.Duration) *talk { k.now += d; return k }

func (k *talk) tx(b []byte) *talk {
	k.rec.TxOctets[len(b)]++
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogTxOctets, Len: len(b), Data: head(b)})
	return k.after(23 * time.Microsecond).event(oracle.Event{Kind: oracle.EventSent, Data: b})
}

func (k *talk) rx(b []byte) *talk {
	k.rec.RxOctets[len(b)]++
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogRxOctets, Len: len(b), Data: head(b)})
	return k.after(148 * time.Microsecond).event(oracle.Event{Kind: oracle.EventReceived, Data: b})
}

// send writes a frame, masked, in chops of so many octets (0: at once).
func (k *talk) send(f wsproto.Frame, chop int) *talk {
	f.Masked, f.Mask = true, [4]byte{0x44, 0x4c, 0x46, 0xa3}
	k.rec.TxFrames[f.Opcode]++
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{
		Kind: autobahn.LogTxFrame, Len: len(f.Payload), Data: head(f.Payload), Header: &f.Header, Chop: chop,
	})
	b := f.AppendTo(nil)
	for chop > 0 && len(b) > chop {
		k.tx(b[:chop])
		b = b[chop:]
	}
	return k.tx(b)
}

// receive reads a frame.
func (k *talk) receive(f wsproto.Frame) *talk {
	k.rx(f.AppendTo(nil))
	k.rec.RxFrames[f.Opcode]++
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{
		Kind: autobahn.LogRxFrame, Len: len(f.Payload), Data: head(f.Payload), Header: &f.Header,
	})
	switch f.Opcode {
	case wsproto.OpText, wsproto.OpBinary:
		k.rec.Received = append(k.rec.Received, autobahn.Observation{
			Kind: autobahn.Message, Payload: oracle.Payload{Data: f.Payload}, Binary: f.Opcode == wsproto.OpBinary,
		})
	case wsproto.OpPong:
		k.rec.Received = append(k.rec.Received, autobahn.Observation{Kind: autobahn.Pong, Payload: oracle.Payload{Data: f.Payload}})
	case wsproto.OpClose:
		if p, ok := wsproto.ParseClose(f.Payload); ok {
			k.rec.Remote = &p
		}
	}
	return k
}

// wait lets the time of a tagged wait pass.
func (k *talk) wait(tag string, d time.Duration) *talk {
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogWait, Seconds: d.Seconds(), Tag: tag})
	k.after(d).event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	k.rec.Wirelog = append(k.rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogWaitEnd, Tag: tag})
	k.rec.Received = append(k.rec.Received, autobahn.Observation{Kind: autobahn.StillOpen, Tag: tag})
	return k
}

// closeBy ends the conversation with a closing handshake that one side starts.
func (k *talk) closeBy(us bool, code wsproto.CloseCode, reason string) *talk {
	mine := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, ""))
	theirs := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, code, reason))
	k.rec.Local = &wsproto.ClosePayload{Code: wsproto.CloseNormal, HasCode: true}
	k.rec.ClosedByMe = us
	if us {
		k.send(mine, 0).receive(theirs)
	} else {
		k.receive(theirs).send(mine, 0)
	}
	return k.event(oracle.Event{Kind: oracle.EventReceivedEOF}).event(oracle.Event{Kind: oracle.EventClosed})
}

// result makes the conversation the result of a case.
func (k *talk) result(c *catalogue.Case) *Result {
	r := &Result{
		Case:     c,
		Started:  fabricatedStart,
		Duration: k.now,
		Trace:    &k.trace,
	}
	if _, ok := autobahnID(c); ok {
		r.Record = &k.rec
	}
	return r
}

var fabricatedStart = time.Date(2026, 3, 1, 10, 20, 30, 692_999_999, time.UTC)

// play fabricates a conversation of the case with a peer that echoes.
func play(c *catalogue.Case) *talk {
	k := newTalk()
	code, byUs := wsproto.CloseNormal, true
	if x := c.Autobahn; x != nil {
		byUs = x.CloseByUs
		if len(x.CloseCodes) > 0 {
			code = x.CloseCodes[0]
		}
	}
	for i := range c.Script.Steps[:min(len(c.Script.Steps), 12)] {
		step := &c.Script.Steps[i]
		k.event(oracle.Event{Kind: oracle.EventStep, Step: i})
		payload := step.Payload.AppendRange(nil, 0, min(step.Payload.Size(), 1<<16))
		switch step.Kind {
		case oracle.StepFrame, oracle.StepMessage, oracle.StepEcho:
			f := wsproto.NewFrame(step.Frame.Opcode, step.Frame.Fin || step.Kind != oracle.StepFrame, payload)
			f.Rsv = step.Frame.Rsv
			k.send(f, min(step.Chop, 1000))
			if step.Frame.Opcode == wsproto.OpPing {
				k.receive(wsproto.NewFrame(wsproto.OpPong, true, payload))
			}
		case oracle.StepWait:
			k.wait(step.Tag, step.Timeout)
		}
	}
	if x := c.Autobahn; x != nil && len(x.Outcomes) > 0 {
		k.rec.Received = nil
		for _, o := range x.Outcomes[0].Observed {
			switch o.Kind {
			case autobahn.Message:
				op := wsproto.OpText
				if o.Binary {
					op = wsproto.OpBinary
				}
				k.receive(wsproto.NewFrame(op, true, o.Payload.AppendRange(nil, 0, o.Payload.Size())))
			case autobahn.StillOpen:
				k.rec.Received = append(k.rec.Received, o)
			case autobahn.Pong:
				k.rec.Received = append(k.rec.Received, o)
			}
		}
	}
	return k.closeBy(byUs, code, "")
}

// fabricate makes a report of the first cases of the catalogue and a few beyond
// it, in which agents fail more the later they come.
func fabricate(tb testing.TB, cases, agents int) *Report {
	tb.Helper()
	all := catalogue.Autobahn()
	if len(all) < cases {
		tb.Fatalf("the catalogue has %d cases, want %d", len(all), cases)
	}
	r := &Report{
		Role: wsproto.Client, Judge: JudgeRFC,
		Started: fabricatedStart, Took: 612 * time.Millisecond,
		Cases: append(all[:cases:cases], ownCases()...),
	}
	names := []string{"gorilla v1.5.3", "coder v1.8.15", "lxzan/gws v1.8.9", "x/net/websocket"}
	for a := range agents {
		agent := &Agent{Name: fmt.Sprint(names[a%len(names)]), URL: fmt.Sprintf("ws://127.0.0.1:%d/", 9001+a), PeakMemory: 23 << 20}
		for i, c := range r.Cases {
			result := spoil(play(c), c, a, i)
			result.Agent = agent.Name
			agent.Results = append(agent.Results, result)
		}
		r.Agents = append(r.Agents, agent)
	}
	return r
}

func ownCases() []*catalogue.Case {
	return []*catalogue.Case{
		{ID: "rfc6455/4.2.1/key-17-octets", Description: "Opens with a key of 17 octets.", Expectation: "The peer refuses the handshake.", RFC: []string{"RFC 6455 4.2.1"}},
		{ID: "rfc6455/5.5/ping-126", Description: "Sends a ping of 126 octets.", Expectation: "The peer fails the connection.", RFC: []string{"RFC 6455 5.5"}, Clauses: []oracle.ClauseID{"rfc6455/5.5/control-length"}},
		{ID: "rfc7692/7.1.2/window-8", Description: "Offers a window of 8 bits.", Expectation: "The peer keeps distances within 256 octets.", RFC: []string{"RFC 7692 7.1.2"}},
		{ID: "wscheck/endless-headers", Description: "Sends header fields without end.", Expectation: "The peer gives up within its bounds."},
	}
}

// spoil turns the conversation into the result that this agent has for the case.
func spoil(k *talk, c *catalogue.Case, agent, i int) *Result {
	r := k.result(c)
	last := len(k.trace.Events) - 1
	switch kind := (i*7 + agent) % 41; {
	case agent == 0 && kind != 3:
	case kind < agent:
		r.RFC = oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{
			Outcome: oracle.Violation, Clause: "rfc6455/5.5/control-fragmented", Event: max(last-3, 0), Offset: 133,
			Want: "the connection failed, with close code 1002 or by dropping TCP", Got: `TEXT "Hello, world!" [13 octets]`,
		}}}
		k.rec.Behavior, k.rec.Result = autobahn.Failed, "Actual events differ from any expected."
		if kind == 1 {
			k.rec.BehaviorClose, k.rec.ResultClose = autobahn.Unclean, "The spec requires the connection to be failed cleanly here"
		}
	case kind == 3 || kind == 17:
		r.RFC = oracle.Verdict{Outcome: oracle.Allowed, Findings: []oracle.Finding{{
			Outcome: oracle.Allowed, Clause: "rfc6455/7.4.1/code-fits", Event: last - 1, Offset: 141, Want: "close code 1007", Got: "close code 1002",
		}}}
		k.rec.Behavior = autobahn.NonStrict
	case kind == 23:
		k.rec.BehaviorClose, k.rec.ResultClose = autobahn.WrongCode, "The close code should have been 1007 or empty"
	case kind == 29:
		r.RFC = oracle.Verdict{Outcome: oracle.Unsupported, Reason: "the peer does not offer permessage-deflate"}
		k.rec.Behavior = autobahn.Unimplemented
	case kind == 31:
		r.RFC = oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "the connection ended before the ping was sent"}
		k.rec.Behavior, k.rec.BehaviorClose = autobahn.Failed, autobahn.Failed
	case kind == 37:
		k.rec.Behavior, k.rec.BehaviorClose = autobahn.Informational, autobahn.Informational
	}
	return r
}
