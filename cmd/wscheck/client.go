package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/harness/reference"
	"github.com/wscheck/wscheck/harness/report"
	"github.com/wscheck/wscheck/harness/spec"
	"github.com/wscheck/wscheck/wsproto"
)

type clientCmd struct {
	URLs []string `arg:"" optional:"" name:"url" help:"Servers to test: ${urls}. None: the embedded echo server."`

	Cases   []string `sep:"none" placeholder:"PATTERN" help:"Cases to run, by pattern: 4.2.*, autobahn/4.2.4. May be repeated."`
	Exclude []string `sep:"none" placeholder:"PATTERN" help:"Cases to leave out, by pattern. May be repeated."`
	List    bool     `help:"List the selected cases and run none."`
	Spec    string   `placeholder:"FILE" help:"Read servers and cases from a fuzzingclient.json."`

	Agent       string   `placeholder:"NAME" help:"Name of the server in the report (default: what it calls itself)."`
	Header      []string `sep:"none" short:"H" placeholder:"'NAME: VALUE'" help:"Header field to add to each opening handshake. May be repeated."`
	Subprotocol []string `placeholder:"NAME" help:"Subprotocol to offer. May be repeated."`

	CA         string `name:"ca" placeholder:"FILE" help:"Certificates to trust, in PEM, for wss."`
	Cert       string `placeholder:"FILE" help:"Client certificate, in PEM, for wss."`
	Key        string `placeholder:"FILE" help:"Key of the client certificate, if it is in another file."`
	ServerName string `name:"server-name" placeholder:"HOST" help:"Name to send as SNI and to check the certificate against."`
	Insecure   bool   `help:"Take any server certificate."`

	Command string `name:"run" placeholder:"'CMD'" help:"Start the server by this command; it listens on 127.0.0.1 and $$PORT."`

	Out   string `default:"reports/servers" placeholder:"DIR" help:"Where to write the report (${default}), from the first case on. One that is there is replaced."`
	Judge string `enum:"rfc,autobahn" default:"${judge}" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (${default})."`
	sinkFlags
	shardFlag

	Jobs   int           `short:"j" placeholder:"N" help:"Cases to run side by side (default: to suit the machine)."`
	Quick  *bool         `negatable:"" help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13 (default for the embedded server)."`
	Settle time.Duration `placeholder:"TIME" help:"How long a server may still act after it has read everything (50ms)."`

	unused []string // options of the spec file that have no effect
}

// Run plays the suite with each server.
func (c *clientCmd) Run(e *env) error {
	config := &harness.Config{Jobs: c.Jobs, Settle: c.Settle, ReportDir: c.Out, Judge: report.Judge(c.Judge), Shard: c.Shard}
	targets, err := c.configure(config)
	if err != nil {
		return usage(err)
	}
	tellUnused(e.stderr, c.Spec, c.unused)
	if c.List {
		return list(e.stdout, c.Shard.Of(config.Select))
	}
	if len(config.Select) == 0 {
		return usage(errors.New("no case is selected: see --list for their names"))
	}
	if slices.ContainsFunc(config.Select, func(cs *catalogue.Case) bool { return cs.Bulk }) {
		setMemoryGoal(bulkGoal)
	}
	ctx, cancel := context.WithCancelCause(e.ctx)
	defer cancel(nil)
	stop := context.AfterFunc(e.ctx, func() { cancel(errors.New("interrupted")) })
	defer stop()
	config.Quick = len(targets) == 0
	if c.Quick != nil {
		config.Quick = *c.Quick
	}
	if len(targets) == 0 {
		own, end, err := c.ownServer(ctx)
		if err != nil {
			return err
		}
		defer end()
		targets = append(targets, own)
	}
	meter := newMeter(e.stderr, len(c.Shard.Of(config.Select))*len(targets))
	config.Progress = meter.add
	config.Preflight = meter.preflight
	r, err := harness.RunAll(ctx, targets, config)
	meter.done()
	if r == nil {
		return usage(err)
	}
	return c.finish(e, r, err)
}

// configure makes a run of the flags and the spec file, and checks them.
func (c *clientCmd) configure(config *harness.Config) ([]harness.Target, error) {
	fields, err := headerFields(c.Header)
	if err != nil {
		return nil, err
	}
	base := harness.DialOptions{
		Agent: c.Agent, Fields: fields, Subprotocols: c.Subprotocol,
		CAFile: c.CA, CertFile: c.Cert, KeyFile: c.Key, ServerName: c.ServerName, Insecure: c.Insecure,
	}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	if c.Jobs < 0 {
		return nil, fmt.Errorf("--jobs: %d is less than 1", c.Jobs)
	}
	if c.Settle < 0 {
		return nil, fmt.Errorf("--settle: %v is less than 0", c.Settle)
	}
	if c.Agent != "" && len(c.URLs) > 1 {
		return nil, fmt.Errorf("--agent names one server, but there are %d URLs: test them one at a time, or leave it out", len(c.URLs))
	}
	var targets []harness.Target
	if c.Command != "" && len(c.URLs) > 1 {
		return nil, fmt.Errorf("--run starts one server, but there are %d URLs: give its own, or none", len(c.URLs))
	}
	for _, u := range c.URLs {
		o := base
		if c.Command != "" {
			targets = append(targets, harness.Command(c.Command, u, &o))
		} else {
			targets = append(targets, harness.URL(u, &o))
		}
	}
	if c.Command != "" && len(c.URLs) == 0 {
		targets = append(targets, harness.Command(c.Command, "", &base))
	}
	if c.Spec != "" {
		more, err := c.fromSpec(config, base)
		return append(targets, more...), err
	}
	all, err := harness.AllCases(wsproto.Client)
	if err != nil {
		return nil, err
	}
	config.Select, err = catalogue.Select(all, c.Cases, c.Exclude)
	return targets, err
}

// fromSpec adds what a spec file says. Flags go before it.
func (c *clientCmd) fromSpec(config *harness.Config, base harness.DialOptions) ([]harness.Target, error) {
	s, err := spec.Load(c.Spec)
	if err != nil {
		return nil, err
	}
	if config.Select, err = s.Select(catalogue.For(wsproto.Client)); err != nil {
		return nil, err
	}
	if c.Cases != nil || c.Exclude != nil {
		if config.Select, err = catalogue.Select(config.Select, c.Cases, c.Exclude); err != nil {
			return nil, err
		}
	}
	if config.ExcludeAgent, err = s.Exclude(); err != nil {
		return nil, err
	}
	if config.Limits, c.unused, err = s.Times(); err != nil {
		return nil, err
	}
	if s.OutDir != "" && c.Out == defaultOut {
		config.ReportDir = s.OutDir
	}
	if len(c.URLs) > 0 || c.Command != "" {
		return nil, nil // the command line names the servers
	}
	var targets []harness.Target
	if len(s.Servers) == 0 {
		return nil, fmt.Errorf("%s: it lists no servers: add \"servers\", or give a URL", c.Spec)
	}
	for i, server := range s.Servers {
		if server.URL == "" {
			return nil, fmt.Errorf("%s: servers[%d] has no \"url\"", c.Spec, i)
		}
		o := base
		o.Agent = cmp.Or(server.Agent, o.Agent)
		o.Subprotocols = append(o.Subprotocols, server.Protocols...)
		if server.Origin != "" {
			o.Fields = append(o.Fields, wsproto.Field{Name: "Origin", Value: server.Origin})
		}
		// The original checks a certificate where it is told a host name only.
		o.ServerName = cmp.Or(o.ServerName, server.Hostname)
		o.Insecure = o.Insecure || o.ServerName == "" && o.CAFile == ""
		targets = append(targets, harness.URL(server.URL, &o))
	}
	return targets, nil
}

const defaultOut = "reports/servers"

// headerFields reads "Name: value" flags.
func headerFields(flags []string) (fields []wsproto.Field, err error) {
	for _, s := range flags {
		name, value, ok := strings.Cut(s, ":")
		if !ok || strings.TrimSpace(name) == "" || strings.ContainsAny(s, "\r\n\x00") {
			return nil, fmt.Errorf("--header %q: want 'NAME: VALUE' on one line", s)
		}
		fields = append(fields, wsproto.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
	}
	return fields, nil
}

// ownServer starts the embedded server.
func (c *clientCmd) ownServer(ctx context.Context) (harness.Target, func(), error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	served := make(chan error, 1)
	serve, stop := context.WithCancel(ctx)
	go func() { served <- reference.Serve(serve, ln, reference.Options{Deflate: new(reference.Deflate)}) }()
	target := harness.URL("ws://"+ln.Addr().String()+"/", &harness.DialOptions{Agent: cmp.Or(c.Agent, "wscheck-echo")})
	return target, func() { stop(); <-served }, nil
}

// list prints the names of cases and what they do.
func list(w interface{ WriteString(string) (int, error) }, cases []*catalogue.Case) error {
	for _, c := range cases {
		if _, err := w.WriteString(fmt.Sprintf("%-18s %s\n", c.ID, firstLine(c.Description))); err != nil {
			return err
		}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
