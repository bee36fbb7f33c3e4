package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
}

// String returns all of it in one line. What the peer sent is escaped and bounded.
func (p Preflight) String() string {
	facts := []string{cmp.Or(shown(p.Agent), "a server that does not name itself")}
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
	default:
		facts = append(facts, "does not echo")
	}
	facts = append(facts, cmp.Or(shown(p.Extensions), "no extensions"))
	if p.Subprotocol != "" {
		facts = append(facts, "subprotocol "+shown(p.Subprotocol))
	}
	if p.Dialect == oracle.DialectNone.Name {
		facts = append(facts, "so that what comes back proves nothing (--dialect: what it does with messages)")
	}
	return p.URL + ": " + strings.Join(facts, ", ")
}

// shownOctets bounds what a line shows of a text of the peer's.
const shownOctets = 120

// shown is a text of the peer's as it can be shown anywhere.
func shown(s string) string {
	cut := ""
	if len(s) > shownOctets {
		s, cut = s[:shownOctets], "…"
	}
	quoted := strconv.QuoteToGraphic(s)
	return quoted[1:len(quoted)-1] + cut
}

// untestable is the reason why a peer that can be reached cannot be tested.
type untestable struct{ why string }

func (e *untestable) Error() string { return e.why }

// meet makes a connection, to learn whether the peer is there, how it calls
// itself and how fast it answers. The error is that of a server that cannot be
// tested. One that can is asked what extensions it has on another connection.
func (s *liveServer) meet(ctx context.Context, config *Config) error {
	begun := time.Now()
	err := s.meetBy(ctx, &meeting, config.patience()) // nothing is known of it, and it may have to get warm
	if refused := new(untestable); errors.As(err, &refused) && ctx.Err() == nil && time.Since(begun) < config.patience() {
		err = s.meetBy(ctx, &meeting, config.patience()) // once may be an accident
	}
	if errors.Is(err, errDied) {
		return nil // of what, the cases say
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	if err := s.pick(ctx, config); err != nil || ctx.Err() != nil {
		return nil // of what, the cases say
	}
	if !s.dialect.Open() {
		s.plain.of(func() *oracle.Plain { return s.met })
	}
	if s.dialect != nil {
		s.preflight.Dialect = s.dialect.Name
	}
	if s.local != nil || s.incoming != nil || slices.Contains(config.Lacks, FeatureDeflate) {
		return nil
	}
	plain := s.preflight
	_ = s.meetBy(ctx, &offering, 0) // what goes wrong with an offer, the cases say
	plain.Extensions = s.preflight.Extensions
	s.preflight, s.agent = plain, plain.Agent
	return nil
}

// errDied is the error of a process that died of a conversation.
var errDied = errors.New("the peer died")

// meeting asks for an echo, since a peer may be slower to echo than to pong.
// offering is the same with an offer, as browsers make it, and wordless has no message
// at all.
var (
	meeting  = catalogue.Case{ID: "wscheck/meeting", Script: meetingScript("")}
	offering = catalogue.Case{ID: "wscheck/meeting", Script: meetingScript(deflate.Name)}
	wordless = catalogue.Case{ID: "wscheck/meeting"}
)

const meetingText = "wscheck"

func meetingScript(offer string) oracle.Script {
	s := oracle.Script{Steps: []oracle.Step{
		{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte(meetingText)}},
		{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Timeout: time.Second},
	}}
	if offer != "" {
		s.Handshake.Offers = []string{offer}
	}
	return s
}

// meetBy has the conversation of a case, with so much patience, and sets
// s.preflight.
func (s *liveServer) meetBy(ctx context.Context, cs *catalogue.Case, patience time.Duration) error {
	s.preflight = Preflight{URL: s.name()}
	life := 0
	if s.process != nil {
		var err error
		if life, err = s.process.Ensure(ctx); err != nil {
			return err
		}
	}
	conn, run, err := s.connect(ctx)
	if err != nil {
		return s.explained(err)
	}
	c := s.conversation(ctx, conn, cs)
	if patience > 0 {
		c.longOpen = openFactor * loaded(patience)
	}
	c.playUntil(ctx, conn)
	run.seeOff(c)
	s.agent = c.opening.agent
	s.pace.learn(c.echoTime())
	s.preflight.learn(c)
	if cs == &meeting {
		s.met = plainOf(c)
	}
	s.ponged, s.flooded = c.ep.Probed(), c.overflow
	silent := c.received == 0 && !c.broken && c.guessed
	switch {
	case ctx.Err() != nil:
		return nil
	case silent:
		err = fmt.Errorf("it takes connections, and sent nothing within %v", time.Since(c.start).Round(time.Second))
	case s.local == nil && s.incoming == nil:
		err = s.refused(c)
	}
	if err == nil && cs.ID == meeting.ID && cs != &offering {
		err = s.speaks(c)
	}
	if err != nil && !silent && s.process != nil && s.process.DiedIn(life) {
		return errDied
	}
	return err
}

// learn reads the facts off a conversation.
func (p *Preflight) learn(c *conversation) {
	p.Agent, p.RoundTrip = c.opening.agent, c.echoTime()
	if resp, n, err := wsproto.ParseResponse(c.opening.response); err == nil && n > 0 && c.opening.accepted(resp) {
		p.Extensions, _ = resp.Get("Sec-WebSocket-Extensions")
		p.Subprotocol, _ = resp.Get("Sec-WebSocket-Protocol")
	}
	octets, unasked := c.heard()
	before, after, found := bytes.Cut(octets, c.opening.response)
	if !found {
		return
	}
	unasked -= len(before) + len(c.opening.response)
	var frames wsproto.Collector
	for _, f := range frames.Feed(after) {
		switch {
		case !f.Opcode.IsData() || p.Echoes:
		case f.Opcode == wsproto.OpText && string(f.Payload) == meetingText:
			p.Echoes = true
			p.First, p.Instead, p.distorts = cmp.Or(p.First, p.Instead), "", false
		case f.Offset < int64(unasked):
			p.First = cmp.Or(p.First, f.String())
		default:
			p.Instead = cmp.Or(p.Instead, f.String())
			p.distorts = p.distorts || distorted(f.Payload)
		}
	}
}

// heard returns what is kept of all that the peer sent, and how many octets of it
// came before the first message of ours was sent.
func (c *conversation) heard() (octets []byte, unasked int) {
	asked := false
	for i := range c.rec.Trace.Events {
		switch ev := &c.rec.Trace.Events[i]; ev.Kind {
		case oracle.EventSent:
			asked = asked || ev.Step >= 0
		case oracle.EventReceived:
			octets = append(octets, ev.Data...)
			if !asked {
				unasked = len(octets)
			}
		}
	}
	return octets, unasked
}

// refused returns why the server did not take the plain opening handshake, nil if
// it did.
func (s *liveServer) refused(c *conversation) error {
	heard, _ := c.heard()
	resp, n, err := wsproto.ParseResponse(c.opening.response)
	switch {
	case c.opening.done && c.opening.err == nil:
		return nil
	case c.uncarried != nil:
		return &untestable{strings.TrimPrefix(c.uncarried.Error(), ErrUncarried.Error()+": ")}
	case len(heard) == 0:
		return &untestable{"it ends each connection without an answer"}
	case err != nil || n == 0:
		return &untestable{s.notHTTP(heard)}
	case bytes.Contains(heard, []byte("HTTPS")) && s.endpoint.tls == nil && resp.Status == http.StatusBadRequest:
		return &untestable{"it speaks TLS: use wss://"}
	case c.opening.accepted(resp):
		return nil // for the cases to judge
	}
	status := strings.TrimSpace(fmt.Sprint(resp.Status, " ", http.StatusText(resp.Status)))
	return &untestable{"the server answered " + status + advice(resp, s.endpoint.target)}
}

// advice is what may be done about a status.
func advice(resp *wsproto.Response, target string) string {
	field := func(name string) string {
		value, _ := resp.Get(name)
		return shown(value)
	}
	switch {
	case resp.Status == http.StatusUnauthorized:
		return ": add -H 'Authorization: …'"
	case resp.Status == http.StatusProxyAuthRequired:
		return ": a proxy wants -H 'Proxy-Authorization: …'"
	case resp.Status == http.StatusForbidden:
		return ": it may want -H 'Origin: …', or a cookie"
	case resp.Status == http.StatusNotFound, resp.Status == http.StatusGone, resp.Status == http.StatusMethodNotAllowed:
		return ": is " + shown(target) + " the path of the WebSocket?"
	case resp.Status == http.StatusUpgradeRequired && field("Sec-WebSocket-Version") != "":
		return ": it wants version " + field("Sec-WebSocket-Version") + " of the protocol, not 13"
	case resp.Status == http.StatusUpgradeRequired:
		return ": something between drops the Upgrade field, or it wants another one"
	case resp.Status == http.StatusBadRequest:
		return ": it may want --subprotocol NAME, or -H 'NAME: VALUE'"
	case resp.Status >= 300 && resp.Status < 400 && field("Location") != "":
		return ": it redirects to " + field("Location") + ": test that"
	case resp.Status >= 200 && resp.Status < 300:
		return ": it serves HTTP at " + shown(target) + ", and no WebSocket"
	}
	return ""
}

// firstOctets are what servers of other protocols begin with.
var firstOctets = []struct{ begin, what string }{
	{"\x15\x03", "it speaks TLS: use wss://"},
	{"\x16\x03", "it speaks TLS: use wss://"},
	{"\x00\x00\x06\x04\x00\x00\x00\x00\x00", "it speaks HTTP/2"},
	{"SSH-", "it speaks SSH"},
	{"220 ", "it speaks SMTP or FTP"},
	{"220-", "it speaks SMTP or FTP"},
	{"+OK", "it speaks POP3 or Redis"},
	{"* OK", "it speaks IMAP"},
	{"-ERR", "it speaks Redis"},
	{"RFB ", "it speaks VNC"},
	{"\x81", "it sends frames without an opening handshake"},
	{"\x82", "it sends frames without an opening handshake"},
}

// notHTTP says what a server sent in the place of a response.
func (s *liveServer) notHTTP(heard []byte) string {
	what := "it does not speak HTTP"
	for _, p := range firstOctets {
		if bytes.HasPrefix(heard, []byte(p.begin)) && (s.endpoint.tls == nil || p.begin[0] != 0x15 && p.begin[0] != 0x16) {
			what = p.what
			break
		}
	}
	if len(heard) > 5 && string(heard[:2]) == "\x00\x00" && string(heard[3:5]) == "\x04\x00" {
		what = "it speaks HTTP/2 (see http2)"
	}
	if bytes.HasPrefix(heard, []byte("HTTP/")) {
		what = "its response is not valid HTTP, or not complete"
	}
	return fmt.Sprintf("%s: what it sends begins with \"%s\"", what, shown(string(heard[:min(len(heard), 24)])))
}

// explained adds to the error of a connection what may be done about it.
func (s *liveServer) explained(err error) error {
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &record):
		scheme, _, _ := strings.Cut(s.url, "://")
		return &untestable{"it does not speak TLS: use " + strings.NewReplacer("wss", "ws", "https", "http").Replace(scheme) + "://"}
	case errors.As(err, &authority):
		return fmt.Errorf("%w: name its authority by --ca FILE, or add --insecure", err)
	case errors.As(err, &host):
		return fmt.Errorf("%w: add --server-name HOST", err)
	}
	return err
}
