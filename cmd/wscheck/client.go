package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/spec"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

type clientCmd struct {
	URLs []string `arg:"" optional:"" name:"url" help:"Servers to test: ${urls} (default: the embedded echo server)."`

	Cases   []string `sep:"none" placeholder:"PATTERN" help:"Cases to run, by pattern: 4.2.*, autobahn/4.2.4. May be repeated."`
	Exclude []string `sep:"none" placeholder:"PATTERN" help:"Cases to leave out, by pattern. May be repeated."`
	List    bool     `help:"List the selected cases and run none."`
	Spec    string   `placeholder:"FILE" help:"Read servers and cases from a fuzzingclient.json."`

	Agent []agentName `placeholder:"NAME" sep:"none" help:"Name of a server in the report (default: what it calls itself, or else its host and port). Repeated, for the URLs in their order."`
	dialFlags

	Command string `name:"run" placeholder:"'CMD'" help:"Start the server by this command; it listens on 127.0.0.1 and $$PORT."`

	Hook string `placeholder:"'CMD'" help:"Have the server act first by this command, for the cases peer-acts/*; WSCHECK_ACT says what: see docs/peers.md."`

	Out    string   `default:"reports/servers" placeholder:"DIR" help:"Where to write the report (${default}), from the first case on. One that is there is replaced."`
	Judge  string   `enum:"rfc,autobahn" default:"${judge}" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (${default})."`
	Parity []string `placeholder:"http1,http2" help:"Play each case over both, and report where the verdicts differ."`
	sinkFlags
	shardFlag

	Lacks      []string `placeholder:"FEATURE" help:"What the server does not have: permessage-deflate, text, binary or fragmentation. May be repeated."`
	MaxMessage number   `name:"max-message" placeholder:"OCTETS" help:"The longest message that the server takes."`
	Ignore     []string `sep:"none" placeholder:"CLAUSE" help:"Clauses that do not fail, by pattern: 'rfc6455/8.1/*'. What breaks them is reported as known. May be repeated."`

	FailFast bool `name:"fail-fast" help:"Stop after the first case that fails."`
	Retries  int  `default:"2" placeholder:"N" help:"How often a case is played again in which something did not come in time (${default}). 0 proves no silence: such a case is slow."`

	MostMemory number `name:"max-memory" placeholder:"OCTETS" help:"With --run: the most memory that the server may take for a message that is short on the wire and long once inflated (default: in proportion to what it takes)."`
	MostWork   int    `name:"max-work" default:"3" placeholder:"TIMES" help:"With --run: how many times as fast the server's work may grow as what it is sent (${default})."`
	MostKept   number `name:"max-kept" placeholder:"OCTETS" help:"With --run: the memory that the server may keep of each connection that is over (default: nine tenths of its message)."`

	Jobs  number `short:"j" placeholder:"N" help:"Cases to run side by side (default: to suit the machine)."`
	Quick *bool  `negatable:"" help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13, and do not idle for 35 s (default for the embedded server)."`
	waitFlags
	dialectFlag

	used specUse // of the spec file
}

// Run plays the suite with each server.
func (c *clientCmd) Run(e *env) error {
	config, targets, err := c.configure()
	if err != nil {
		return usage(err)
	}
	c.used.print(e.stderr, c.Spec)
	cases, err := plan(wsproto.Server, config)
	switch {
	case err != nil:
		return usage(err)
	case c.List:
		return list(e.stdout, cases, false)
	case len(cases) == 0 && c.Shard == (catalogue.Shard{}):
		hint := ""
		if config.Act == nil && slices.ContainsFunc(c.Cases, func(p string) bool { return strings.HasPrefix(p, catalogue.ActsPrefix) }) {
			hint = "; those of peer-acts need --hook"
		}
		return usage(errors.New("no case is selected: see --list for their names" + hint))
	}
	if slices.ContainsFunc(cases, func(cs *catalogue.Case) bool { return cs.Bulk }) {
		setMemoryGoal(bulkGoal)
	}
	ctx, stop := interruptible(e.ctx)
	defer stop()
	if len(targets) == 0 {
		own, end, err := c.ownServer(ctx)
		if err != nil {
			return err
		}
		defer end()
		targets = append(targets, own)
	}
	if config.Carrier != nil {
		printUncarried(e.stderr, config)
	}
	meter := newCaseMeter(e.stderr, len(cases)*len(targets))
	config.Progress = meter.add
	config.Preflight = meter.preflight
	r, err := engine.RunAll(ctx, targets, config)
	meter.done()
	if r == nil {
		return usage(err)
	}
	err = c.finish(e, r, err)
	if len(c.Parity) == 0 || r.Stopped != "" {
		return err
	}
	if differ := printDifferences(e.stdout, r); err == nil {
		err = differ
	}
	return err
}

// configure makes a run of the flags and the spec file, and checks them. No target
// means the embedded server.
func (c *clientCmd) configure() (config *engine.Config, targets []engine.Target, err error) {
	config = &engine.Config{
		Cases: c.Cases, Exclude: c.Exclude, Jobs: int(c.Jobs), Settle: c.Settle.duration(), Patience: c.Patience.duration(),
		ReportDir: c.Out, Judge: report.Judge(c.Judge), Shard: c.Shard,
		Lacks: features(c.Lacks), MaxMessage: int(c.MaxMessage), FailFast: c.FailFast,
		Proportion: engine.Proportion{Memory: int(c.MostMemory), Work: c.MostWork, Kept: int(c.MostKept)}, Retries: cmp.Or(c.Retries, -1),
		Carrier: c.carrier(),
	}
	if c.Hook != "" {
		config.Act = engine.Hook(c.Hook)
	}
	for _, pattern := range c.Ignore {
		config.Known = append(config.Known, engine.Deviation{Clause: oracle.ClauseID(pattern), Reason: "--ignore " + pattern})
	}
	if config.Dialect, err = c.dialect(); err != nil {
		return nil, nil, err
	}
	urls := c.URLs
	if c.Command != "" && len(urls) == 0 {
		urls = []string{""}
	}
	base, err := c.options(urls...)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return nil, nil, err
	}
	for i, u := range urls {
		o := *base
		if i < len(c.Agent) {
			o.Agent = string(c.Agent[i])
		}
		targets = append(targets, dialled(c.Command, u, &o))
	}
	if len(c.Parity) > 0 {
		targets, err = pair(config, func(carrier engine.Carrier) engine.Target {
			o := *base
			o.Carrier = carrier
			return dialled(c.Command, urls[0], &o)
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if c.Spec != "" {
		if targets, err = c.fromSpec(config, base, targets); err != nil {
			return nil, nil, err
		}
	}
	if err := c.checkFiles("--out", config.ReportDir); err != nil {
		return nil, nil, err
	}
	config.Quick = len(targets) == 0
	if c.Quick != nil {
		config.Quick = *c.Quick
	}
	err = c.prepare()
	config.Baseline = c.baseline
	return config, targets, err
}

// check reports flags that make no sense together.
func (c *clientCmd) check() error {
	if err := c.checkParity(); err != nil {
		return err
	}
	servers := max(1, len(c.URLs))
	switch {
	case c.Command != "" && len(c.URLs) > 1:
		return fmt.Errorf("--run starts one server, but there are %d URLs: give its own, or none", len(c.URLs))
	case c.Hook != "" && len(c.URLs) == 0 && c.Command == "" && c.Spec == "":
		return errors.New("--hook has a server of yours act: add its URL, or --run")
	case c.Retries < 0:
		return fmt.Errorf("--retries: %d is less than 0", c.Retries)
	case c.MostWork < 1 || c.MostWork > engine.MaxWork:
		return fmt.Errorf("--max-work: %d is not in 1 to %d", c.MostWork, engine.MaxWork)
	case c.Command == "" && (c.MostMemory > 0 || c.MostKept > 0 || c.MostWork != defaultMostWork):
		return errors.New("--max-memory, --max-work and --max-kept are for a server that wscheck starts: add --run")
	case len(c.Agent) > 0 && len(c.Agent) != servers && (c.Spec == "" || len(c.URLs) > 0):
		return fmt.Errorf("--agent is given %s, for %s: give one for each, in their order, or none",
			times(len(c.Agent)), plural.Of(servers, "server"))
	case len(c.URLs) == 0 && c.Command == "" && c.Spec == "" && (len(c.Header) > 0 || len(c.Subprotocol) > 0 || len(c.tlsFlags()) > 0 || c.HTTP2 && !c.List):
		return errors.New("--header, --subprotocol, --http2 and the flags of TLS are for a server of yours: add its URL")
	}
	for _, pattern := range c.Ignore {
		if _, err := report.ClauseGlob(pattern); err != nil {
			return fmt.Errorf("--ignore: %w", err)
		}
	}
	return nil
}

// waitFlags are for commands that wait for a peer.
type waitFlags struct {
	Settle   span `placeholder:"TIME" help:"How long the peer may still act after it has read everything (50ms; 25ms where it is fuzzed)."`
	Patience span `placeholder:"TIME" help:"How long the peer may be silent where it owes something, before that counts (10s where a case is played again)."`
}

// features are what a flag names; [engine.Config] is checked for them later.
func features(names []string) (features []engine.Feature) {
	for _, name := range names {
		features = append(features, engine.Feature(name))
	}
	return features
}

// fromSpec adds what a spec file says. Flags go before it: targets are those of the
// command line.
func (c *clientCmd) fromSpec(config *engine.Config, base *engine.DialOptions, targets []engine.Target) ([]engine.Target, error) {
	s, err := c.used.take(c.Spec, defaultOut, config, wsproto.Server)
	if err != nil {
		return nil, err
	}
	if targets != nil {
		if len(s.Servers) > 0 {
			c.used.replaced = append(c.used.replaced, `"servers" (by the command line)`)
		}
		return targets, nil
	}
	if len(s.Servers) == 0 {
		return nil, fmt.Errorf("%s: it lists no servers: add \"servers\", or give a URL", c.Spec)
	}
	secure := func(s spec.Server) bool { return secureURL(s.URL) }
	if names := c.tlsFlags(); names != nil && !slices.ContainsFunc(s.Servers, secure) {
		return nil, fmt.Errorf("%s: no server of %s has a wss URL: write wss, or leave it out", strings.Join(names, ", "), c.Spec)
	}
	for i, server := range s.Servers {
		if server.URL == "" {
			return nil, fmt.Errorf("%s: servers[%d] has no \"url\"", c.Spec, i)
		}
		o := *base
		o.Unnamed = engine.UnknownServer
		if o.Agent = server.Agent; i < len(c.Agent) {
			o.Agent = string(c.Agent[i])
		}
		o.Subprotocols = slices.Concat(o.Subprotocols, server.Protocols)
		if server.Origin != "" {
			o.Fields = append(o.Fields, wsproto.Field{Name: "Origin", Value: server.Origin})
		}
		// The original checks a certificate only if it is given a host name.
		o.ServerName = cmp.Or(o.ServerName, server.Hostname)
		o.Insecure = o.Insecure || o.ServerName == "" && o.CAFile == ""
		if !secureURL(server.URL) {
			o.CAFile, o.CertFile, o.KeyFile, o.ServerName, o.Insecure = "", "", "", "", false
		}
		targets = append(targets, engine.URL(server.URL, &o))
	}
	return targets, nil
}

// The defaults of flags.
const (
	defaultOut      = "reports/servers"
	defaultMostWork = 3
)

// ownServer starts the embedded server.
func (c *clientCmd) ownServer(ctx context.Context) (engine.Target, func(), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	stop := background(ctx, func(ctx context.Context) error {
		return reference.Serve(ctx, ln, reference.Options{Deflate: new(reference.Deflate)})
	})
	name := "wscheck-echo"
	if len(c.Agent) > 0 {
		name = string(c.Agent[0])
	}
	target := engine.URL("ws://"+ln.Addr().String()+"/", &engine.DialOptions{Agent: name})
	return target, stop, nil
}

// background has serve run in a goroutine until stop is called, which waits for its end.
func background(ctx context.Context, serve func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- serve(ctx) }()
	return func() {
		cancel()
		<-done
	}
}

// list prints the names of cases and what they do, after their numbers if that is wanted.
func list(w io.Writer, cases []*catalogue.Case, numbered bool) error {
	for i, c := range cases {
		number := ""
		if numbered {
			number = fmt.Sprintf("%4d  ", i+1)
		}
		if _, err := fmt.Fprintf(w, "%s%-18s %s\n", number, c.ID, firstLine(c.Description)); err != nil {
			return err
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
