package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/wsproto"
)

// ClientCommand is a client that is started by a command: see [process.Client]. Each conversation
// has one of its own, whose URL has the host host, an address of this machine. At most atOnce
// of them run at a time; 0 means two for each processor.
func ClientCommand(command, host string, atOnce int) Target {
	if atOnce <= 0 {
		atOnce = 2 * runtime.GOMAXPROCS(0)
	}
	return &guestTarget{host: host, atOnce: atOnce, client: process.Client{Command: []string{command}, Grace: time.Second}}
}

// guestTarget is a client that is started for each conversation.
type guestTarget struct {
	client process.Client
	host   string
	atOnce int
}

func (*guestTarget) role() wsproto.Role { return wsproto.Client }

func (t *guestTarget) check() error { return t.client.Find() }

func (t *guestTarget) begin(config *Config) (*liveRun, error) {
	g := &guests{guestTarget: t, places: make(chan struct{}, t.atOnce)}
	return newLiveRun(connector{
		role: wsproto.Client, reach: incomes, name: fmt.Sprintf("%q", t.client.Command[0]), unnamed: programOf(t.client.Command[0]), dial: g.connect,
	}, localEndpoint, new(DialOptions), config)
}

// guests are the clients of a run.
type guests struct {
	*guestTarget
	guide
	places chan struct{} // one for each that is there
	met    atomic.Bool   // one has come
	plain  atomic.Bool   // they do not come to a URL with escapes
	came   atomic.Bool   // one came to such a URL
}

// guest is a client that was started for one conversation.
type guest struct {
	*guests
	command *process.Command
	first   *accept.First
	url     string
	learns  bool // the conversation shows whether it follows the URL
}

// ClientError says why a client that is started did not come.
type ClientError struct{ why string }

// Error returns the reason.
func (e *ClientError) Error() string { return e.why }

// firstPath is the path of the first URL, which shows whether a client follows one.
const firstPath = "/wscheck?client=first"

// connect starts a client and waits for it.
func (g *guests) connect(ctx context.Context, _ *endpointURL) (net.Conn, *peerRun, error) {
	path := firstPath
	if g.follows.Load() && !g.plain.Load() {
		_, path = splitURL(catalogue.EscapedURL)
	}
	conn, run, err := g.start(ctx, path)
	var absent *ClientError
	switch {
	case path == firstPath:
	case err == nil:
		g.came.Store(true)
	case errors.As(err, &absent) && !g.came.Load():
		g.plain.Store(true)
		return g.start(ctx, firstPath)
	}
	return conn, run, err
}

func (g *guests) start(ctx context.Context, path string) (net.Conn, *peerRun, error) {
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(g.host, "0"))
	if err != nil {
		<-g.places
		return nil, nil, &ClientError{fmt.Sprintf("no port to listen on: %v", err)}
	}
	link.ShortenSegments(ln)
	conns := make(chan net.Conn, 1)
	v := &guest{guests: g, url: "ws://" + ln.Addr().String() + path, learns: !g.met.Load()}
	v.first = accept.AwaitFirst(ln.(*net.TCPListener), Arrival, func(conn net.Conn, head []byte) { conns <- link.Rewind(conn, head) })
	if v.command, err = g.client.Start(v.url, nil); err != nil {
		v.first.Close()
		<-g.places
		return nil, nil, &ClientError{fmt.Sprintf("the command cannot be started: %v", err)}
	}
	inTime := v.command.Await(ctx, v.first.Done(), process.Stretch(arrivalLimit))
	if !v.first.Begun() {
		v.first.Last()
	}
	<-v.first.Done()
	select {
	case conn := <-conns:
		g.met.Store(true)
		return conn, &peerRun{guest: v}, nil
	default:
	}
	v.end(0)
	switch {
	case ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case !inTime:
		return nil, nil, &ClientError{fmt.Sprintf("the command was ended after %v, without %s", arrivalLimit, v.first.Missed())}
	}
	return nil, nil, &ClientError{fmt.Sprintf("the command ended (%s) without %s", v.command.DeathReport(), v.first.Missed())}
}

// arrive has a conversation with the client judged by its URL.
func (v *guest) arrive(c *conversation) { v.send(c, v.url, v.learns) }

// leave ends the client, a while after its conversation, and returns how it died; "" if it did not.
func (v *guest) leave(c *conversation) (how string) {
	v.learn(c)
	v.end(v.client.Grace)
	return v.command.Crash()
}

// end ends the client, once it has had a time to end by itself.
func (v *guest) end(grace time.Duration) {
	v.command.Await(context.Background(), nil, grace)
	v.command.End()
	v.first.Close()
	<-v.places
}
