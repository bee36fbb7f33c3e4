package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// speak tells the conversation what the peer does with messages. It is called
// before the conversation begins.
func (c *conversation) speak(d *oracle.Dialect, cs *catalogue.Case) {
	if d == nil {
		return
	}
	c.options.Dialect, c.onlyEcho, c.opening.dialect = d, cs.OnlyEcho(), d
	c.judge.Reset(c.role, c.options)
}

// said is how often the peer has said what a step awaits.
func (c *conversation) said(a oracle.Await) int {
	if a == oracle.AwaitAnswer && !c.options.Dialect.Echoes() {
		if c.judge.Foreign() {
			return math.MaxInt // nothing is known to come
		}
		return c.judge.Answers()
	}
	if a == oracle.AwaitAnswer {
		a = oracle.AwaitMessage
	}
	return c.ep.Count(a)
}

// decidable returns the verdict, where the case is about what comes back and
// nothing could, as one that says so.
func (c *conversation) decidable(v oracle.Verdict) oracle.Verdict {
	d := c.options.Dialect
	if d.Echoes() || !c.onlyEcho || v.Outcome != oracle.Pass || !c.judge.Foreign() {
		return v
	}
	v.Outcome = oracle.Undecidable
	if v.Reason = "not decidable without an exchange: nothing has to come back"; !d.Open() {
		v.Reason = fmt.Sprintf("not decidable: the dialect %s has no such message", d.Name)
	}
	return v
}

// checkDialect reports a dialect that does not go with the rest of c.
func (c *Config) checkDialect() error {
	if c.Dialect.Echoes() {
		return nil
	}
	if c.judge() == report.JudgeAutobahn {
		return fmt.Errorf("judge: Autobahn's verdict is about echoes, and the dialect is %s: use %q", c.Dialect.Name, report.JudgeRFC)
	}
	return nil
}

// CheckSpeech reports a dialect that does not say how our side, in a role, speaks.
func CheckSpeech(d *oracle.Dialect, role wsproto.Role) error {
	if d.Echoes() || d.Open() || d.Of(role) != nil {
		return nil
	}
	return fmt.Errorf("dialect: %s does not say how to speak with a %s: it needs lines after \"as %s\"", d.Name, role.Peer(), role)
}

// in returns the endpoint with what a dialect adds to the opening handshake.
func (e *endpointURL) in(d *oracle.Dialect) *endpointURL {
	if d.Echoes() || d.Client == nil {
		return e
	}
	added, s := *e, d.Client
	if s.Target != "" && (e.target == "/" || e.target == "") {
		added.target = s.Target
	}
	added.fields = slices.Clone(e.fields)
	for _, f := range s.Fields {
		if !slices.ContainsFunc(e.fields, func(of wsproto.Field) bool {
			return http.CanonicalHeaderKey(of.Name) == http.CanonicalHeaderKey(f.Name)
		}) {
			added.fields = append(added.fields, f)
		}
	}
	if len(e.subprotocols) == 0 {
		added.subprotocols = s.Subprotocols
	}
	return &added
}

// chosen returns the subprotocol that our side, as a server, takes of those that a
// client offers: "" for none.
func chosen(d *oracle.Dialect, request *wsproto.Request) string {
	if d.Echoes() || d.Server == nil {
		return ""
	}
	offered := request.Fields.Tokens("Sec-WebSocket-Protocol")
	for _, name := range d.Server.Subprotocols {
		if slices.Contains(offered, name) {
			return name
		}
	}
	return ""
}

// pickPatience is how long a server has to echo a message, on a machine with
// nothing else to do, before it is taken for one that does not.
const pickPatience = 2 * time.Second

// pick sets the dialect of a server whose first conversation is over, where the
// configuration does not: an echo if it echoed, and none if it does not echo with
// patience either, and has a message of its own or answers a ping where it is sent no
// message. A server that does neither is taken for an echo that is broken.
func (s *liveServer) pick(ctx context.Context, config *Config) error {
	if s.dialect != nil || s.local != nil || s.incoming != nil {
		return nil
	}
	s.dialect = oracle.DialectEcho
	if s.preflight.Echoes || config.judge() == report.JudgeAutobahn || slices.Contains(config.Lacks, FeatureText) {
		return nil
	}
	met, plain := s.preflight, s.met
	defer func() {
		if s.met = plain; !s.preflight.Echoes {
			s.preflight = met
		}
	}()
	if met.distorts {
		return nil
	}
	speaks := !s.flooded && (met.First != "" || met.Instead != "")
	if err := s.meetBy(ctx, &wordless, 0); err != nil || !s.ponged && !speaks {
		return err
	}
	// On a busy machine an echo may be slow.
	slow := meeting
	slow.Script = meetingScript("")
	await := &slow.Script.Steps[1]
	await.Count, await.Timeout = maxGreetings, loaded(min(pickPatience, config.patience()))
	if err := s.meetBy(ctx, &slow, 0); err != nil {
		return err
	}
	if !s.preflight.Echoes {
		s.dialect = oracle.DialectNone
	}
	return nil
}

// distorted reports whether a message looks like the echo of ours that went wrong:
// it is as long, a piece of it, holds it in whatever letters, or begins or ends as
// ours does.
func distorted(msg []byte) bool {
	const like = len(meetingText) / 2
	text := strings.ToLower(string(msg))
	return len(msg) == len(meetingText) || strings.Contains(meetingText, text) || strings.Contains(text, meetingText) ||
		strings.HasPrefix(text, meetingText[:like]) || strings.HasSuffix(text, meetingText[len(meetingText)-like:])
}

// maxGreetings is more messages than a server sends while its echo is waited for.
const maxGreetings = 1 << 20

// speaks returns the error of a server that did not speak its dialect in its first
// conversation.
func (s *liveServer) speaks(c *conversation) error {
	if s.dialect.Echoes() || s.dialect.Open() || c.judge == nil {
		return nil
	}
	if wanted := c.expectedAnswers(); c.judge.Answers() < wanted {
		return &untestable{fmt.Sprintf("it does not speak the dialect %s: of %d answers %d came, and it sent %s",
			s.dialect.Name, wanted, c.judge.Answers(), cmp.Or(s.preflight.First, s.preflight.Instead, "no message"))}
	}
	return nil
}

// expectedAnswers is how many answers the script awaits at most.
func (c *conversation) expectedAnswers() (most int) {
	for i := range c.script.Steps {
		if s := &c.script.Steps[i]; s.Kind == oracle.StepAwait && s.Until == oracle.AwaitAnswer {
			most = max(most, s.Count)
		}
	}
	return most
}
