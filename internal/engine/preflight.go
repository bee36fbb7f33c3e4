package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Preflight is what one conversation shows of a peer before the cases are played.
type Preflight struct {
	URL         string        // of the server, or what else the peer is reached by
	Agent       string        // what the peer calls itself, "" if it does not
	RoundTrip   time.Duration // from a message of ours to the peer's answer; 0 if there was none
	Echoes      bool          // the peer sent our message back
	First       string        // the message that it sent without being asked, in one line; "" for none
	Instead     string        // the message that it sent in the place of an echo
	Extensions  string        // those that were agreed on, of what was offered
	Subprotocol string        // that was agreed on
	distorts    bool          // what it sent instead looks like an echo that went wrong
	Dialect     string        // that the cases are played in: "echo", "none" or another one
	Silent      time.Duration // for which the peer was given time to echo, where it did not; 0 where that was not asked
}

// String returns all of it in one line. What the peer sent is escaped and bounded.
func (p Preflight) String() string {
	facts := []string{cmp.Or(showable(p.Agent), "a server that does not name itself")}
	if p.First != "" {
		facts = append(facts, "sends a message first: "+p.First)
	}
	switch {
	case p.Echoes && p.RoundTrip > 0:
		facts = append(facts, "echoes in "+p.RoundTrip.Round(10*time.Microsecond).String())
	case p.Echoes:
		facts = append(facts, "echoes")
	case p.Dialect != "" && p.Dialect != oracle.DialectEcho.Name && p.Dialect != oracle.DialectNone.Name && p.RoundTrip > 0:
		facts = append(facts, "speaks "+p.Dialect+", answers in "+p.RoundTrip.Round(10*time.Microsecond).String())
	case p.Instead != "":
		facts = append(facts, "does not echo, and sends "+p.Instead)
	case p.Silent > 0:
		facts = append(facts, "does not echo within "+p.Silent.String())
	default:
		facts = append(facts, "does not echo")
	}
	facts = append(facts, cmp.Or(showable(p.Extensions), "no extensions"))
	if p.Subprotocol != "" {
		facts = append(facts, "subprotocol "+showable(p.Subprotocol))
	}
	if p.Dialect == oracle.DialectNone.Name {
		facts = append(facts, "so that what comes back proves nothing (--dialect: what it does with messages)")
	}
	if p.distorts && p.Dialect == oracle.DialectEcho.Name {
		facts = append(facts, "so that it is taken for an echo with a fault (--dialect none: it is no echo)")
	}
	return p.URL + ": " + strings.Join(facts, ", ")
}

// learn reads the facts off a conversation, and returns how many messages came before
// an echo of ours.
func (p *Preflight) learn(c *conversation) (greetings int) {
	p.Agent, p.RoundTrip = c.opening.agent, c.echoTime()
	if resp, n, err := wsproto.ParseResponse(c.opening.response); err == nil && n > 0 && c.opening.opens(resp) {
		p.Extensions, _ = resp.Get("Sec-WebSocket-Extensions")
		p.Subprotocol, _ = resp.Get("Sec-WebSocket-Protocol")
	}
	if c.overflow {
		p.Instead = "more than is read"
		return 0 // not all of it is kept
	}
	octets, unasked := c.heard()
	before, after, found := bytes.Cut(octets, c.opening.response)
	if !found {
		return 0
	}
	unasked -= len(before) + len(c.opening.response)
	var frames wsproto.Collector
	for _, f := range joined(frames.Feed(after)) {
		switch {
		case f.Opcode == wsproto.OpText && string(f.Payload) == probeText:
			p.Echoes = true
			p.First, p.Instead, p.distorts = cmp.Or(p.First, p.Instead), "", false
			return greetings
		case f.Offset < int64(unasked):
			p.First = cmp.Or(p.First, f.String())
		default:
			p.Instead = cmp.Or(p.Instead, f.String())
			p.distorts = p.distorts || distorted(f.Payload)
		}
		if f.Fin {
			greetings++
		}
	}
	return greetings
}

// endedBy says with which close frame the peer ended a connection of its own accord, in one
// line; "" where it did not, had none, or one whose code may not be there.
func endedBy(c *conversation) string {
	remote := c.ep.Remote
	switch {
	case !c.ep.WasOpen || c.ep.ClosedByMe || c.ep.FailedByMe || remote == nil:
		return ""
	case !remote.HasCode:
		return "a close frame that gives no reason"
	case !remote.Code.Registered():
		return ""
	}
	how := "close code " + remote.Code.String()
	if len(remote.Reason) > 0 {
		how += fmt.Sprintf(" and the reason \"%s\"", showable(string(remote.Reason)))
	}
	return how
}

// joined returns the messages that frames carry, and what came of the last one.
func joined(frames []wsproto.Collected) (messages []wsproto.Collected) {
	for _, f := range frames {
		last := len(messages) - 1
		switch {
		case !f.Opcode.IsData():
		case f.Opcode == wsproto.OpContinuation && last >= 0 && !messages[last].Fin:
			messages[last].Payload = append(messages[last].Payload, f.Payload...)
			messages[last].Fin, messages[last].Length = f.Fin, messages[last].Length+f.Length
		default:
			messages = append(messages, f)
		}
	}
	return messages
}

// distorted reports whether a message looks like the echo of ours that went wrong:
// it is as long, a piece of it, begins or ends as ours does, or holds it in other letters,
// twice, or with little more. One that holds ours within more text is the application's.
func distorted(msg []byte) bool {
	const like = len(probeText) / 2
	text := strings.ToLower(string(msg))
	if strings.Count(string(msg), probeText) == 1 && len(msg) > len(probeText)+like {
		return false
	}
	return len(msg) == len(probeText) || strings.Contains(probeText, text) || strings.Contains(text, probeText) ||
		strings.HasPrefix(text, probeText[:like]) || strings.HasSuffix(text, probeText[len(probeText)-like:])
}

// plainProbe asks for an echo, since a peer may be slower to echo than to pong.
// offeringProbe is the same with an offer, as browsers make it, and silentProbe has no message
// at all. openingProbe ends with the opening handshake. The others are plainProbe and silentProbe with a reason in
// the close frame.
var (
	plainProbe    = catalogue.Case{ID: probeID, Script: probeScript()}
	offeringProbe = catalogue.Case{ID: probeID, Script: probeScript(deflate.Name)}
	silentProbe   = catalogue.Case{ID: probeID}
	openingProbe  = catalogue.Case{ID: probeID, Script: oracle.Script{End: oracle.EndNone}}

	plainReasonProbe  = catalogue.Case{ID: probeID, Script: withReason(probeScript())}
	silentReasonProbe = catalogue.Case{ID: probeID, Script: withReason(oracle.Script{})}
)

const (
	probeID   = "wscheck/probe"
	probeText = "wscheck"
)

func probeScript(offers ...string) oracle.Script {
	return oracle.Script{Handshake: oracle.Handshake{Offers: offers}, Steps: []oracle.Step{
		{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte(probeText)}},
		{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Timeout: time.Second},
	}}
}

// withReason ends a script by a close frame with a reason.
func withReason(s oracle.Script) oracle.Script {
	s.Steps = append(s.Steps, oracle.Step{Kind: oracle.StepClose, Code: wsproto.CloseNormal, Reason: probeText})
	s.End = oracle.EndAwait
	return s
}

// plainOnce is what the peer did in a plain conversation, which some verdicts are
// compared with. There is one for all conversations with a peer, made when it
// is first asked for.
type plainOnce struct {
	met  *oracle.Plain // what is known before; nil: nothing
	once sync.Once
	did  *oracle.Plain
}

// of returns it; converse has the conversation of a probe, and returns nil where it
// cannot. silent has it without messages. A peer that takes the close frame for an error
// has another conversation, whose close frame has a reason: it may take that one.
func (p *plainOnce) of(silent bool, converse func(*catalogue.Case) *oracle.Plain) *oracle.Plain {
	p.once.Do(func() {
		first, second := &plainProbe, &plainReasonProbe
		if silent {
			first, second = &silentProbe, &silentReasonProbe
		}
		if p.did = p.met; p.did == nil {
			p.did = converse(first)
		}
		if p.did != nil && !p.did.Closed {
			if again := converse(second); again != nil {
				did := *p.did
				did.Closed = again.Closed
				p.did = &did
			}
		}
	})
	return p.did
}
