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
	"strings"
	"time"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// probePeer makes a connection, to learn whether the peer is there, how it calls
// itself and how fast it answers. The error is that of a server that cannot be
// tested. One that can is asked what extensions it has on another connection.
func (s *liveRun) probePeer(ctx context.Context, config *Config) error {
	err := s.probeFirst(ctx, config.patience()) // nothing is known of it, and it may have to get warm
	if errors.Is(err, errDied) {
		return nil // of what, the cases say
	}
	if err != nil || ctx.Err() != nil {
		return err
	}
	if err := s.pick(ctx, config); err != nil || ctx.Err() != nil {
		return err
	}
	if !s.dialect.Open() {
		s.plain.met = s.met
	}
	if s.dialect != nil {
		s.preflight.Dialect = s.dialect.Name
	}
	if s.reach != dialled || slices.Contains(config.Lacks, FeatureDeflate) {
		return nil
	}
	plain := s.preflight
	_ = s.probeBy(ctx, &offeringProbe, config.patience()) // what goes wrong with an offer, the cases say
	plain.Extensions = s.preflight.Extensions
	s.preflight, s.agent = plain, plain.Agent
	return nil
}

// errDied is the error of a process that died of a conversation.
var errDied = errors.New("the peer died")

// probeBy has the conversation of a probe, with so much patience, and sets
// s.preflight.
func (s *liveRun) probeBy(ctx context.Context, cs *catalogue.Case, patience time.Duration) error {
	s.preflight = Preflight{URL: s.name}
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
	c := s.conversation(ctx, conn, run, cs, false)
	if patience > 0 {
		c.longOpen = openFactor * process.Stretch(patience)
	}
	c.playUntil(ctx, conn)
	c.awaitReturn(run)
	s.agent = c.opening.agent
	s.timing.learn(c.echoTime())
	s.greetings = s.preflight.learn(c)
	if cs == &plainProbe {
		s.met = plainOf(c)
	}
	s.ponged, s.flooded, s.ends = c.ep.probed, c.overflow, endedBy(c)
	silent := c.received == 0 && !c.broken && c.guessed
	refused := false // by an answer: it did not die of the request
	switch {
	case ctx.Err() != nil:
		return nil
	case silent:
		err = fmt.Errorf("it sent nothing within %v, though it took the connection", time.Since(c.start).Round(time.Second))
	case s.reach == dialled:
		err = s.whyRefused(c)
		refused = err != nil && (c.received > 0 || c.uncarried != nil)
	}
	if err == nil && cs != &offeringProbe {
		err = s.speaks(c)
	}
	if err != nil && !silent && !refused && s.process != nil && s.process.DiedIn(life) {
		return errDied
	}
	return err
}

// noProtocol ends the error of a server that takes none of the protocols that a client
// offers (RFC 7301 3.2): crypto/tls has no type for it.
const noProtocol = "tls: no application protocol"

// explained adds to the error of a connection what may be done about it.
func (s *liveRun) explained(err error) error {
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &record):
		scheme, _, _ := strings.Cut(s.serverURL(), "://")
		return &untestable{"it does not speak TLS: use " + strings.NewReplacer("wss", "ws", "https", "http").Replace(scheme) + "://"}
	case strings.HasSuffix(err.Error(), noProtocol) && s.endpoint.carrier == nil:
		return &untestable{"it does not take HTTP/1.1 in TLS (ALPN): test it with --http2"}
	case strings.HasSuffix(err.Error(), noProtocol):
		return &untestable{fmt.Sprintf("it does not take %q in TLS (ALPN): test it without --http2", s.endpoint.carrier.ALPN())}
	case errors.As(err, &authority):
		return fmt.Errorf("%w: name its authority by --ca FILE, or add --insecure", err)
	case errors.As(err, &host):
		return fmt.Errorf("%w: add --server-name HOST", err)
	}
	return err
}

// whyRefused returns why the server did not take the plain opening handshake, nil if
// it did.
func (s *liveRun) whyRefused(c *conversation) error {
	heard, _ := c.heard()
	resp, n, err := wsproto.ParseResponse(c.opening.response)
	switch {
	case c.opening.done && c.opening.err == nil:
		return nil
	case c.uncarried != nil:
		return &untestable{strings.TrimPrefix(c.uncarried.Error(), ErrUncarried.Error()+": ")}
	case len(heard) == 0:
		return &untestable{"it ends each connection without an answer: is " + showable(s.to().target) + " the path of the WebSocket?"}
	case err != nil || n == 0:
		return &untestable{s.notHTTP(heard)}
	case bytes.Contains(heard, []byte("HTTPS")) && s.endpoint.tls == nil && resp.Status == http.StatusBadRequest:
		return &untestable{"it speaks TLS: use wss://"}
	case c.opening.opens(resp):
		return nil // for the cases to judge
	}
	status := strings.TrimSpace(fmt.Sprint(resp.Status, " ", http.StatusText(resp.Status)))
	return &untestable{"the server answered " + status + advice(resp, s.to().target)}
}

// advice is what may be done about a status.
func advice(resp *wsproto.Response, target string) string {
	field := func(name string) string {
		value, _ := resp.Get(name)
		return showable(value)
	}
	switch {
	case resp.Status == http.StatusUnauthorized:
		return ": add -H 'Authorization: …'"
	case resp.Status == http.StatusProxyAuthRequired:
		return ": a proxy wants -H 'Proxy-Authorization: …'"
	case resp.Status == http.StatusForbidden:
		return ": it may want -H 'Origin: …', or a cookie"
	case resp.Status == http.StatusNotFound, resp.Status == http.StatusGone, resp.Status == http.StatusMethodNotAllowed:
		return ": is " + showable(target) + " the path of the WebSocket?"
	case resp.Status == http.StatusHTTPVersionNotSupported:
		return ": it may speak HTTP/2 alone: try --http2"
	case resp.Status == http.StatusUpgradeRequired && field("Sec-WebSocket-Version") != "":
		return ": it wants version " + field("Sec-WebSocket-Version") + " of the protocol, not 13"
	case resp.Status == http.StatusUpgradeRequired:
		return ": something between drops the Upgrade field, or it wants another one"
	case resp.Status == http.StatusBadRequest:
		return ": it may want --subprotocol NAME, or -H 'NAME: VALUE'"
	case resp.Status >= 300 && resp.Status < 400 && field("Location") != "":
		return ": it redirects to " + field("Location") + ": test that"
	case resp.Status >= 200 && resp.Status < 300:
		return ": it serves HTTP at " + showable(target) + ", and no WebSocket"
	}
	return ""
}

// firstOctets are what servers of other protocols begin with.
var firstOctets = []struct{ begin, what string }{
	{"\x15\x03", "it speaks TLS: use wss://"},
	{"\x16\x03", "it speaks TLS: use wss://"},
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
func (s *liveRun) notHTTP(heard []byte) string {
	what := "it does not speak HTTP"
	for _, p := range firstOctets {
		if bytes.HasPrefix(heard, []byte(p.begin)) && (s.endpoint.tls == nil || p.begin[0] != 0x15 && p.begin[0] != 0x16) {
			what = p.what
			break
		}
	}
	if speaksHTTP2(heard) {
		what = "it speaks HTTP/2: test it with --http2"
	}
	if bytes.HasPrefix(heard, []byte("HTTP/")) {
		what = "its response is not valid HTTP, or not complete"
	}
	return fmt.Sprintf("%s: what it sends begins with \"%s\"", what, showable(string(heard[:min(len(heard), 24)])))
}

// pickPatience is how long a server has to echo a message, on a machine with
// nothing else to do, before it is taken for one that does not. A patience that the
// configuration names takes its place.
const pickPatience = 2 * time.Second

// pick sets the dialect of a server whose first conversation is over, where the
// configuration does not: an echo if it echoed, perhaps after a greeting, and none if it does not echo with
// patience either, and has a message of its own or answers a ping where it is sent no
// message. A server that does neither is taken for an echo that is broken, unless it ends
// each connection of its own accord: that is the error.
func (s *liveRun) pick(ctx context.Context, config *Config) error {
	if s.dialect != nil || s.reach != dialled {
		return nil
	}
	s.dialect, s.picked = oracle.DialectEcho, config.decidingJudge() != report.JudgeAutobahn
	if s.preflight.Echoes && s.greetings > 0 && config.decidingJudge() != report.JudgeAutobahn {
		return s.pickGreeting(ctx)
	}
	if s.preflight.Echoes || config.decidingJudge() == report.JudgeAutobahn || slices.Contains(config.Lacks, FeatureText) {
		return nil
	}
	met, plain, ends := s.preflight, s.met, s.ends
	defer func() {
		if s.met = plain; !s.preflight.Echoes {
			s.preflight = met
		}
	}()
	if met.distorts {
		return nil
	}
	speaks := !s.flooded && (met.First != "" || met.Instead != "")
	if s.probeBy(ctx, &silentProbe, 0) != nil {
		return nil // of what, the cases say
	}
	if !s.ponged && s.ends != "" && ends != "" {
		return &untestable{"it ends each connection of its own accord, with " + s.ends + ": it may want another path, --dialect NAME, --subprotocol NAME, or -H 'NAME: VALUE'"}
	}
	if !s.ponged && !speaks {
		return nil
	}
	// On a busy machine an echo may be slow.
	slow := plainProbe
	slow.Script = probeScript()
	await := &slow.Script.Steps[1]
	wait := cmp.Or(config.Patience, pickPatience)
	await.Count, await.Timeout = maxGreetings, process.Stretch(wait)
	if s.probeBy(ctx, &slow, 0) == nil && !s.preflight.Echoes {
		s.dialect, met.Silent = oracle.DialectNone, wait
	}
	return nil
}

// pickGreeting sets the dialect of a server that has greetings for each connection, and
// then echoes, where another conversation shows the same.
func (s *liveRun) pickGreeting(ctx context.Context) error {
	greeting, err := corpus.DialectNamed("greeting")
	if err != nil {
		return err
	}
	speech := *greeting.Client
	speech.Ready = slices.Repeat(speech.Ready, s.greetings)
	met, plain := s.preflight, s.met
	s.dialect = &oracle.Dialect{Name: greeting.Name, About: greeting.About, Client: &speech}
	err = s.probeBy(ctx, &plainProbe, 0)
	if s.preflight = met; err != nil {
		s.dialect, s.met = oracle.DialectEcho, plain
	}
	return nil
}

// maxGreetings is more messages than a server sends while its echo is waited for.
const maxGreetings = 1 << 20

// speaks returns the error of a server that did not speak its dialect in its first
// conversation.
func (s *liveRun) speaks(c *conversation) error {
	if s.dialect.Echoes() || s.dialect.Open() || c.judge == nil {
		return nil
	}
	if wanted := c.expectedAnswers(); c.judge.Answers() < wanted {
		why := fmt.Sprintf("it does not speak the dialect %s: of %d answers %d came, and it sent %s",
			s.dialect.Name, wanted, c.judge.Answers(), cmp.Or(s.preflight.First, s.preflight.Instead, "no message"))
		if s.ends != "" {
			why += ", and ended the connection with " + s.ends
		}
		return &untestable{why}
	}
	return nil
}
