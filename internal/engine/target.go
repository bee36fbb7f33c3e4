package engine

import (
	"cmp"
	"context"
	"net"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Target is a peer under test: see [URL], [Command], [Server], [ClientFunc], [Incoming] and
// [ClientCommand]. It holds nothing of a run.
type Target interface {
	role() wsproto.Role // the peer's
	check() error

	// begin returns a run with the peer, which is not started yet.
	begin(*Config) (*liveRun, error)
}

// URL is the server at a WebSocket URL: see [URLForms]. A URL of HTTP is an error
// that names the one to write.
func URL(url string, o *DialOptions) Target { return newServerTarget("", url, o) }

// Command is a server that is started for the test by a shell command, and
// again when it dies. The environment variable PORT has its port. The
// URL may be "", which means ws://127.0.0.1:$PORT/, or have $PORT in it. Where its path is
// /$TARGET, the command prints its URL each time that it is started, and that one counts.
func Command(command, url string, o *DialOptions) Target {
	return newServerTarget(command, cmp.Or(url, "ws://127.0.0.1:"+portVariable+"/"), o)
}

// serverTarget is a server elsewhere.
type serverTarget struct {
	url     string
	command string // starts it; "" where it runs
	options *DialOptions
}

// portVariable stands in the URL of a command for a port that is free.
const portVariable = "$PORT"

// targetVariable is the path of the URL of a command that prints its URL.
const targetVariable = "/$TARGET"

func newServerTarget(command, url string, o *DialOptions) *serverTarget {
	return &serverTarget{url: url, command: command, options: cmp.Or(o, new(DialOptions))}
}

func (*serverTarget) role() wsproto.Role { return wsproto.Server }

func (t *serverTarget) check() error {
	url := t.url
	if t.command != "" {
		url = strings.ReplaceAll(url, portVariable, "1")
	}
	_, err := parseURL(url, t.options)
	return err
}

func (t *serverTarget) begin(config *Config) (*liveRun, error) {
	url, port, free := t.url, "", t.command != "" && strings.Contains(t.url, portVariable)
	if free {
		var err error
		if port, err = process.FreePort(); err != nil {
			return nil, err
		}
		url = strings.ReplaceAll(url, portVariable, port)
	}
	endpoint, err := parseURL(url, t.options)
	if err != nil {
		return nil, err
	}
	if t.command == "" {
		return newLiveRun(dialServer(url, endpoint), endpoint, t.options, config)
	}
	if port == "" && endpoint.network == "tcp" {
		if _, port, err = net.SplitHostPort(endpoint.address); err != nil {
			return nil, err
		}
	}
	return newLiveRun(startServer(url, endpoint, free, process.Config{
		Command: t.command, Port: port, Network: endpoint.network, Address: endpoint.address, Output: t.options.Output,
		Announces: endpoint.target == targetVariable,
	}), endpoint, t.options, config)
}

// Server is a server in this process that is called with each connection, over
// the loopback interface. A panic of its own goroutine ends the case, and not
// the process. [TestServer] does without a network.
func Server(serve func(net.Conn)) Target { return &localTarget{localPeer{server: serve}} }

// ClientFunc is a client in this process that is called for each case, over the
// loopback interface. [TestClient] does without a network.
func ClientFunc(client Client) Target { return &localTarget{localPeer{client: client}} }

// localTarget is a peer in this process.
type localTarget struct{ peer localPeer }

func (t *localTarget) role() wsproto.Role { return t.peer.role() }

func (*localTarget) check() error { return nil }

func (t *localTarget) begin(config *Config) (*liveRun, error) {
	endpoint, err := config.local()
	if err != nil {
		return nil, err
	}
	return newLiveRun(newLoopback(t.peer), endpoint, new(DialOptions), config)
}

// Incoming is a client that connects to ln of its own accord, again and again, and echoes:
// each connection is one conversation, with our side as the server. ln is closed at the end
// of the run, so it serves one run. A client that has not connected within 30 seconds is not
// reachable.
func Incoming(ln net.Listener) Target { return &incomingTarget{incoming{ln: ln}} }

// incomingTarget is a client elsewhere.
type incomingTarget struct{ client incoming }

func (*incomingTarget) role() wsproto.Role { return wsproto.Client }

func (*incomingTarget) check() error { return nil }

func (t *incomingTarget) begin(config *Config) (*liveRun, error) {
	return newLiveRun(t.client.connector(), localEndpoint, new(DialOptions), config)
}

// runTarget plays the cases with a target: first those that may run side by side,
// then those that measure time.
func runTarget(ctx context.Context, t Target, config *Config, cases []*catalogue.Case, meter *progressMeter) (*report.Agent, error) {
	s, err := t.begin(config)
	if err != nil {
		return nil, err
	}
	agent := &report.Agent{URL: s.serverURL(), Name: s.options.Agent}
	stop, err := s.start(ctx)
	if err == nil {
		defer stop()
		err = s.probePeer(ctx, config)
	}
	if err != nil {
		agent.Name = cmp.Or(agent.Name, s.options.Unnamed, s.unnamed)
		meter.join(agent)
		if ctx.Err() != nil {
			return agent, nil
		}
		agent.Unreachable = err.Error()
		return agent, &UnreachableError{URL: s.name, Err: err}
	}
	agent.Name = cmp.Or(agent.Name, s.agent, s.options.Unnamed, s.unnamed)
	if !s.dialect.Echoes() {
		agent.Dialect = s.dialect.Name
	}
	if s.options.Carrier != nil {
		agent.Name += " over " + s.endpoint.over().String()
	}
	if config.Preflight != nil && ctx.Err() == nil {
		config.Preflight(s.preflight)
	}
	meter.join(agent)
	known, err := newDeviations(config.Known)
	if err != nil {
		return nil, err
	}
	s.gate = config.gate()
	p := &scheduler{
		server: s, config: config, agent: agent, meter: meter, known: known,
		doubts: doubts{most: config.plays(), judge: config.decidingJudge()}, gate: s.gate, left: make(chan struct{}),
	}
	p.playAll(ctx, cases)
	if s.process != nil {
		agent.PeakMemory = s.process.PeakMemory()
		agent.Deaths = s.process.Deaths()
	}
	if p.gone != nil {
		return agent, &UnreachableError{URL: s.name, Err: p.gone}
	}
	return agent, nil
}
