// Package reporttest makes reports for tests: conversations as an engine would record
// them, with both verdicts.
package reporttest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Conversation builds a trace, and the record that goes with it, the way an engine and
// the Autobahn verdict would.
type Conversation struct {
	Trace oracle.Trace
	Rec   autobahn.Record
	now   time.Duration
}

const (
	FabricatedRequest = "GET / HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: w5r9PDIxdHKjIeYnNBqN1Q==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	FabricatedResponse = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: 1CUoDzDYZKsPz5JetNsJ+UcBzSI=\r\n\r\n"
)

// NewConversation begins a conversation in which we are the client.
func NewConversation() *Conversation {
	k := &Conversation{Rec: autobahn.Record{
		Behavior: autobahn.OK, BehaviorClose: autobahn.OK,
		Result:      "Actual events match at least one expected.",
		ResultClose: "Connection was properly closed",
		Ending:      autobahn.Ending{WasOpen: true, WasClean: true}, WirelogActive: true,
		RxOctets: map[int]int{}, TxOctets: map[int]int{},
		RxFrames: map[wsproto.Opcode]int{}, TxFrames: map[wsproto.Opcode]int{},
		HTTPRequest:  wsproto.Octets(strings.TrimSuffix(FabricatedRequest, "\r\n\r\n")),
		HTTPResponse: wsproto.Octets(strings.TrimSuffix(FabricatedResponse, "\r\n\r\n")),
	}}
	k.Tx([]byte(FabricatedRequest))
	k.Rx([]byte(FabricatedResponse))
	return k
}

func Head(b []byte) []byte { return b[:min(len(b), autobahn.MaxLogged)] }

func (k *Conversation) Event(ev oracle.Event) *Conversation {
	ev.At, ev.N = k.now, max(ev.N, len(ev.Data))
	k.Trace.Events = append(k.Trace.Events, ev)
	return k
}

// after lets time pass.
func (k *Conversation) after(d time.Duration) *Conversation { k.now += d; return k }

func (k *Conversation) Tx(b []byte) *Conversation {
	k.Rec.TxOctets[len(b)]++
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogTxOctets, Len: len(b), Data: Head(b)})
	return k.after(23 * time.Microsecond).Event(oracle.Event{Kind: oracle.EventSent, Data: b})
}

func (k *Conversation) Rx(b []byte) *Conversation {
	k.Rec.RxOctets[len(b)]++
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogRxOctets, Len: len(b), Data: Head(b)})
	return k.after(148 * time.Microsecond).Event(oracle.Event{Kind: oracle.EventReceived, Data: b})
}

// Send writes a frame, masked, in chops of so many octets (0: at once).
func (k *Conversation) Send(f wsproto.Frame, chop int) *Conversation {
	f.Masked, f.Mask = true, [4]byte{0x44, 0x4c, 0x46, 0xa3}
	k.Rec.TxFrames[f.Opcode]++
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{
		Kind: autobahn.LogTxFrame, Len: len(f.Payload), Data: Head(f.Payload), Header: &f.Header, Chop: chop,
	})
	b := f.AppendTo(nil)
	for chop > 0 && len(b) > chop {
		k.Tx(b[:chop])
		b = b[chop:]
	}
	return k.Tx(b)
}

// Receive reads a frame.
func (k *Conversation) Receive(f wsproto.Frame) *Conversation {
	k.Rx(f.AppendTo(nil))
	k.Rec.RxFrames[f.Opcode]++
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{
		Kind: autobahn.LogRxFrame, Len: len(f.Payload), Data: Head(f.Payload), Header: &f.Header,
	})
	switch f.Opcode {
	case wsproto.OpText, wsproto.OpBinary:
		k.Rec.Received = append(k.Rec.Received, autobahn.Observation{
			Kind: autobahn.Message, Payload: oracle.Payload{Data: f.Payload}, Binary: f.Opcode == wsproto.OpBinary,
		})
	case wsproto.OpPong:
		k.Rec.Received = append(k.Rec.Received, autobahn.Observation{Kind: autobahn.Pong, Payload: oracle.Payload{Data: f.Payload}})
	case wsproto.OpClose:
		if p, ok := wsproto.ParseClose(f.Payload); ok {
			k.Rec.Remote = &p
		}
	}
	return k
}

// Wait lets the time of a tagged wait pass.
func (k *Conversation) Wait(tag string, d time.Duration) *Conversation {
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogWait, Seconds: d.Seconds(), Tag: tag})
	k.after(d).Event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogWaitEnd, Tag: tag})
	k.Rec.Received = append(k.Rec.Received, autobahn.Observation{Kind: autobahn.StillOpen, Tag: tag})
	return k
}

// CloseBy ends the conversation with a closing handshake that one side starts.
func (k *Conversation) CloseBy(us bool, code wsproto.CloseCode, reason string) *Conversation {
	mine := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, ""))
	theirs := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, code, reason))
	k.Rec.Local = &wsproto.ClosePayload{Code: wsproto.CloseNormal, HasCode: true}
	k.Rec.ClosedByMe = us
	if us {
		k.Send(mine, 0).Receive(theirs)
	} else {
		k.Receive(theirs).Send(mine, 0)
	}
	return k.Event(oracle.Event{Kind: oracle.EventReceivedEOF}).Event(oracle.Event{Kind: oracle.EventClosed})
}

// Result makes the conversation the result of a case.
func (k *Conversation) Result(c *catalogue.Case) *report.Result {
	r := &report.Result{
		Case:     c,
		Started:  FabricatedStart,
		Duration: k.now,
		Trace:    &k.Trace,
	}
	if _, ok := report.AutobahnID(c); ok {
		r.Record = &k.Rec
	}
	return r
}

var FabricatedStart = time.Date(2026, 3, 1, 10, 20, 30, 692_999_999, time.UTC)

// Play fabricates a conversation of the case with a peer that echoes.
func Play(c *catalogue.Case) *Conversation {
	k := NewConversation()
	code, byUs := wsproto.CloseNormal, true
	if x := c.Autobahn; x != nil {
		byUs = x.CloseByUs
		if len(x.CloseCodes) > 0 {
			code = x.CloseCodes[0]
		}
	}
	for i := range c.Script.Steps[:min(len(c.Script.Steps), 12)] {
		step := &c.Script.Steps[i]
		k.Event(oracle.Event{Kind: oracle.EventStep, Step: i})
		payload := step.Payload.AppendRange(nil, 0, min(step.Payload.Size(), 1<<16))
		switch step.Kind {
		case oracle.StepFrame, oracle.StepMessage, oracle.StepEcho:
			f := wsproto.NewFrame(step.Frame.Opcode, step.Frame.Fin || step.Kind != oracle.StepFrame, payload)
			f.Rsv = step.Frame.Rsv
			k.Send(f, min(step.Chop, 1000))
			if step.Frame.Opcode == wsproto.OpPing {
				k.Receive(wsproto.NewFrame(wsproto.OpPong, true, payload))
			}
		case oracle.StepWait:
			k.Wait(step.Tag, step.Timeout)
		}
	}
	if x := c.Autobahn; x != nil && len(x.Outcomes) > 0 {
		k.Rec.Received = nil
		for _, o := range x.Outcomes[0].Observed {
			switch o.Kind {
			case autobahn.Message:
				op := wsproto.OpText
				if o.Binary {
					op = wsproto.OpBinary
				}
				k.Receive(wsproto.NewFrame(op, true, o.Payload.AppendRange(nil, 0, o.Payload.Size())))
			case autobahn.StillOpen:
				k.Rec.Received = append(k.Rec.Received, o)
			case autobahn.Pong:
				k.Rec.Received = append(k.Rec.Received, o)
			}
		}
	}
	return k.CloseBy(byUs, code, "")
}

// Fabricate makes a report of the first cases of the catalogue and a few beyond
// it, in which agents fail more the later they come.
func Fabricate(tb testing.TB, cases, agents int) *report.Report {
	tb.Helper()
	all := catalogue.Autobahn()
	if len(all) < cases {
		tb.Fatalf("the catalogue has %d cases, want %d", len(all), cases)
	}
	r := &report.Report{
		Role: wsproto.Client, Judge: report.JudgeRFC,
		Started: FabricatedStart, Took: 612 * time.Millisecond,
		Cases: append(all[:cases:cases], OwnCases()...),
	}
	names := []string{"gorilla v1.5.3", "coder v1.8.15", "lxzan/gws v1.8.9", "x/net/websocket"}
	for a := range agents {
		agent := &report.Agent{Name: fmt.Sprint(names[a%len(names)]), URL: fmt.Sprintf("ws://127.0.0.1:%d/", 9001+a), PeakMemory: 23 << 20}
		for i, c := range r.Cases {
			result := Spoil(Play(c), c, a, i)
			result.Agent = agent.Name
			agent.Results = append(agent.Results, result)
		}
		r.Agents = append(r.Agents, agent)
	}
	return r
}

func OwnCases() []*catalogue.Case {
	return []*catalogue.Case{
		{ID: "rfc6455/4.2.1/key-17-octets", Description: "Opens with a key of 17 octets.", Expectation: "The peer refuses the handshake.", RFC: []string{"RFC 6455 4.2.1"}},
		{ID: "rfc6455/5.5/ping-126", Description: "Sends a ping of 126 octets.", Expectation: "The peer fails the connection.", RFC: []string{"RFC 6455 5.5"}, Clauses: []oracle.ClauseID{"rfc6455/5.5/control-length"}},
		{ID: "rfc7692/7.1.2/window-8", Description: "Offers a window of 8 bits.", Expectation: "The peer keeps distances within 256 octets.", RFC: []string{"RFC 7692 7.1.2"}},
		{ID: "wscheck/endless-headers", Description: "Sends header fields without end.", Expectation: "The peer gives up within its bounds."},
	}
}

// Spoil turns the conversation into the result that this agent has for the case.
func Spoil(k *Conversation, c *catalogue.Case, agent, i int) *report.Result {
	r := k.Result(c)
	last := len(k.Trace.Events) - 1
	switch kind := (i*7 + agent) % 41; {
	case agent == 0 && kind != 3:
	case kind < agent:
		r.RFC = oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{
			Outcome: oracle.Violation, Clause: "rfc6455/5.5/control-fragmented", Event: max(last-3, 0), Offset: 133,
			Want: "the connection failed, with close code 1002 or by dropping TCP", Got: `TEXT "Hello, world!" [13 octets]`,
		}}}
		k.Rec.Behavior, k.Rec.Result = autobahn.Failed, "Actual events differ from any expected."
		if kind == 1 {
			k.Rec.BehaviorClose, k.Rec.ResultClose = autobahn.Unclean, "The spec requires the connection to be failed cleanly here"
		}
	case kind == 3 || kind == 17:
		r.RFC = oracle.Verdict{Outcome: oracle.Allowed, Findings: []oracle.Finding{{
			Outcome: oracle.Allowed, Clause: "rfc6455/7.4.1/code-fits", Event: last - 1, Offset: 141, Want: "close code 1007", Got: "close code 1002",
		}}}
		k.Rec.Behavior = autobahn.NonStrict
	case kind == 23:
		k.Rec.BehaviorClose, k.Rec.ResultClose = autobahn.WrongCode, "The close code should have been 1007 or empty"
	case kind == 29:
		r.RFC = oracle.Verdict{Outcome: oracle.Unsupported, Reason: "the peer does not offer permessage-deflate"}
		k.Rec.Behavior = autobahn.Unimplemented
	case kind == 31:
		r.RFC = oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "the connection ended before the ping was sent"}
		k.Rec.Behavior, k.Rec.BehaviorClose = autobahn.Failed, autobahn.Failed
	case kind == 37:
		k.Rec.Behavior, k.Rec.BehaviorClose = autobahn.Informational, autobahn.Informational
	}
	return r
}
