package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/spec"
)

// wstestCmd is the command line of Autobahn|Testsuite's wstest.
type wstestCmd struct {
	Mode    string `short:"m" placeholder:"MODE" help:"One of ${wstestModes}."`
	Spec    string `short:"s" placeholder:"FILE" help:"Spec file of a mode that fuzzes, and of massconnect (MODE.json). If it does not exist, it is written."`
	WSURI   string `name:"wsuri" short:"w" placeholder:"URL" help:"Where to connect, or to listen; for fuzzingclient, the server of a spec file without any."`
	Webport *int   `short:"u" placeholder:"PORT" help:"Port of a page for browsers, for fuzzingserver and broadcastserver; 0 for none (8080)."`
	Ident   string `short:"i" placeholder:"NAME" help:"Name of a testee: as the client's agent, or in the server's response."`
	Key     string `short:"k" placeholder:"FILE" help:"Key of a server's certificate, in PEM."`
	Cert    string `short:"c" placeholder:"FILE" help:"Certificate of a server, in PEM."`

	Outfile string `short:"o" placeholder:"FILE" help:"Has no effect: no mode here writes a file."`
	Testset string `short:"t" placeholder:"NAME" help:"Has no effect: no mode here has test sets."`

	Debug           bool `short:"d" help:"Say more: how each connection ended."`
	Autobahnversion bool `short:"a" help:"Print the version, and which Autobahn|Testsuite it stands for."`
	waitFlags
	ExitZero bool `help:"Exit with 0 even if a case fails, as the original does."`
}

// wstestName is the name under which the binary has that command line.
const wstestName = "wstest"

// arguments are those of our command line, for the name and the arguments with
// which the program was started.
func arguments(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	if strings.TrimSuffix(filepath.Base(argv[0]), ".exe") == wstestName {
		return append([]string{wstestName}, argv[1:]...)
	}
	return argv[1:]
}

// wstestMode is what a mode does.
type wstestMode struct {
	name  string
	run   func(*wstestCmd, *env) error
	wsuri bool // it needs one
	spec  bool // it reads one
}

// wstestModes are the modes, in the order in which they are listed.
func wstestModes() []wstestMode {
	return []wstestMode{
		{name: spec.FuzzingClient, run: (*wstestCmd).fuzzingClient, spec: true},
		{name: spec.FuzzingServer, run: (*wstestCmd).fuzzingServer, spec: true},
		{name: "echoserver", run: (*wstestCmd).echoServer, wsuri: true},
		{name: "echoclient", run: (*wstestCmd).echoClient, wsuri: true},
		{name: "testeeserver", run: (*wstestCmd).testeeServer, wsuri: true},
		{name: "testeeclient", run: (*wstestCmd).testeeClient, wsuri: true},
		{name: "broadcastserver", run: (*wstestCmd).broadcastServer, wsuri: true},
		{name: "broadcastclient", run: (*wstestCmd).broadcastClient, wsuri: true},
		{name: spec.MassConnectMode, run: (*wstestCmd).massConnect, spec: true},
	}
}

// wstestModeNames are for the help and for messages.
func wstestModeNames() string {
	var names []string
	for _, m := range wstestModes() {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

// autobahnVersion is the release whose cases, verdicts and files are those of
// wstest here.
const autobahnVersion = "25.10.1"

// Run does what the mode says.
func (c *wstestCmd) Run(e *env) error {
	if c.Autobahnversion {
		fmt.Fprintf(e.stdout, "wscheck %s, in place of AutobahnTestSuite %s\n", version(), autobahnVersion)
		return nil
	}
	modes := wstestModes()
	i := slices.IndexFunc(modes, func(m wstestMode) bool { return m.name == c.Mode })
	switch {
	case c.Mode == "":
		return usage(fmt.Errorf("no mode: add -m and one of %s", wstestModeNames()))
	case i < 0:
		return usage(fmt.Errorf("-m %q: want one of %s", c.Mode, wstestModeNames()))
	}
	mode := modes[i]
	switch {
	case mode.wsuri && c.WSURI == "":
		return usage(fmt.Errorf("-m %s: it needs a URL: add -w ws://127.0.0.1:9001", mode.name))
	case c.Webport != nil && (*c.Webport < 0 || *c.Webport > 65535):
		return usage(fmt.Errorf("-u %d: want a port, 0 to 65535", *c.Webport))
	case c.Key != "" && c.Cert == "":
		return usage(errors.New("-k: it belongs to a certificate: add -c"))
	}
	if mode.wsuri {
		if _, _, err := listenAddress(c.WSURI); err != nil {
			return usage(fmt.Errorf("-w: %w", err))
		}
	}
	for flag, given := range map[string]bool{"-o": c.Outfile != "", "-t": c.Testset != ""} {
		if given {
			fmt.Fprintf(e.stderr, "wscheck: %s has no effect with -m %s\n", flag, mode.name)
		}
	}
	if mode.spec {
		if err := c.findSpec(e); err != nil {
			return usage(err)
		}
	}
	err := mode.run(c, e)
	var exit *exitError
	if c.ExitZero && errors.As(err, &exit) && exit.code == exitFailed {
		if exit.err != nil {
			fmt.Fprintf(e.stderr, "wscheck: %v\n", exit.err)
		}
		return nil
	}
	return err
}

// findSpec names the spec file, and writes it if there is none.
func (c *wstestCmd) findSpec(e *env) error {
	given := c.Spec != ""
	c.Spec = cmp.Or(c.Spec, c.Mode+".json")
	generated, err := spec.Generate(c.Mode, c.Spec)
	switch {
	case err != nil:
		return fmt.Errorf("spec file: %w", err)
	case generated:
		fmt.Fprintf(e.stdout, "There was no spec file %q: it was written, with the defaults.\n", c.Spec)
	case !given:
		fmt.Fprintf(e.stdout, "The spec file is %q.\n", c.Spec)
	}
	return nil
}

// wscheck runs another command of this program.
func (c *wstestCmd) wscheck(e *env, args ...string) error {
	if code := runFor(true, args, e.stdout, e.stderr); code != exitOK {
		return &exitError{code: code}
	}
	return nil
}

// waits are the flags for another command.
func (c *wstestCmd) waits() (flags []string) {
	if c.Settle != 0 {
		flags = append(flags, "--settle", c.Settle.duration().String())
	}
	if c.Patience != 0 {
		flags = append(flags, "--patience", c.Patience.duration().String())
	}
	return flags
}

// fuzzingClient is wscheck client.
func (c *wstestCmd) fuzzingClient(e *env) error {
	s, err := spec.Load(c.Spec)
	if err != nil {
		return usage(err)
	}
	args := []string{"client", "--spec", c.Spec, "--judge", "autobahn"}
	switch {
	case c.WSURI == "":
	case len(s.Servers) > 0:
		fmt.Fprintf(e.stderr, "wscheck: -w is not used: %s lists servers\n", c.Spec)
	default:
		if strings.HasPrefix(c.WSURI, "wss:") {
			args = append(args, "--insecure")
		}
		args = append(args, c.WSURI)
	}
	args = append(args, c.waits()...)
	return c.wscheck(e, args...)
}

// fuzzingServer is wscheck server, with the page for browsers.
func (c *wstestCmd) fuzzingServer(e *env) error {
	s, err := spec.Load(c.Spec)
	if err != nil {
		return usage(err)
	}
	args := append([]string{"server", "--spec", c.Spec, "--judge", "autobahn"}, c.waits()...)
	address, _, err := listenAddress(cmp.Or(c.WSURI, s.URL, "ws://127.0.0.1:9001"))
	if err != nil {
		return usage(err)
	}
	if c.WSURI != "" {
		args = append(args, "--listen", address.String())
	}
	for flag, file := range map[string]string{"--cert": c.Cert, "--key": c.Key} {
		if file != "" {
			args = append(args, flag, file)
		}
	}
	if page := c.pageAddress(e, address.host); page != "" {
		args = append(args, "--web", page)
	}
	c.printReach(e, address)
	return c.wscheck(e, args...)
}

// defaultWebport is the port of the page for browsers.
const defaultWebport = 8080

// pageAddress is where the page for browsers is served, "" for nowhere. That a
// port is taken matters only to those who asked for it.
func (c *wstestCmd) pageAddress(e *env, host string) string {
	if c.Webport != nil {
		if *c.Webport == 0 {
			return ""
		}
		return hostPort{host, *c.Webport}.String()
	}
	page := hostPort{host, defaultWebport}
	ln, err := page.listen(e.ctx)
	if err != nil {
		fmt.Fprintf(e.stderr, "wscheck: there is no page for browsers: %v (-u names another port)\n", err)
		return ""
	}
	ln.Close()
	return page.String()
}

// printReach says who can reach a server, for those who know the original, which
// listens on every address, not only on that of its URL.
func (c *wstestCmd) printReach(e *env, a hostPort) {
	if a.loopback() {
		fmt.Fprintf(e.stdout, "Only this machine reaches %s. For others, the URL has to name another host: ws://0.0.0.0:%d.\n", a, a.port)
	}
}
