package main

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/wsproto"
)

// peerFlags say which peer the commands fuzz and replay play with.
type peerFlags struct {
	Listen  string `placeholder:"ADDR" help:"Test a client that connects to this address again and again, such as 127.0.0.1:9001. Without a host, none but this machine's clients can."`
	Command string `name:"run" placeholder:"'CMD'" help:"Start the server by this command; it listens on 127.0.0.1 and $$PORT. With --listen HOST:0: start the client by it for each conversation; {} in it is the URL to connect to, else that is added to it."`

	dialFlags

	Lacks      []string `placeholder:"FEATURE" help:"What the peer does not have: permessage-deflate, text, binary or fragmentation. May be repeated."`
	MaxMessage number   `name:"max-message" placeholder:"OCTETS" help:"The longest message that the peer takes."`

	waitFlags
	dialectFlag

	listener net.Listener
	atOnce   int // clients of the command; 0: to suit the machine
}

// role is the one that our side plays.
func (p *peerFlags) role() wsproto.Role {
	if p.Listen != "" {
		return wsproto.Server
	}
	return wsproto.Client
}

// config is what the flags say of the peer.
func (p *peerFlags) config() (*engine.Config, error) {
	d, err := p.dialect()
	return &engine.Config{
		MaxMessage: int(p.MaxMessage), Lacks: features(p.Lacks), Settle: p.Settle.duration(), Patience: p.Patience.duration(),
		Dialect: d, Carrier: p.carrier(),
	}, err
}

// target is the peer, and how a command line names it.
func (p *peerFlags) target(url string) (t engine.Target, again string, err error) {
	if p.Listen != "" {
		if url != "" {
			return nil, "", errors.New("--listen waits for a client: it goes without a URL")
		}
		if p.CA != "" || p.ServerName != "" || p.Insecure || p.HTTP2 || len(p.Header)+len(p.Subprotocol) > 0 {
			return nil, "", errors.New("--listen waits for a client: --header, --http2, --subprotocol, --ca, --server-name and --insecure are for a server's URL")
		}
		if p.Key != "" && p.Cert == "" {
			return nil, "", errors.New("--key: it belongs to a certificate: add --cert")
		}
		if p.Command != "" {
			return p.clients()
		}
		return p.listen()
	}
	o, err := p.options(url)
	if err != nil {
		return nil, "", err
	}
	switch {
	case p.Command != "":
		t, again = engine.Command(p.Command, url, o), "--run "+visible.Word(p.Command)
		if url != "" {
			again += " " + visible.Word(url)
		}
	case url != "":
		t, again = engine.URL(url, o), visible.Word(url)
	default:
		return nil, "", errors.New("no peer: give a server's URL, --run with its command, or --listen for a client")
	}
	return t, p.flagsAgain() + again, nil
}

// flagsAgain are the flags that a peer has to be reached by again.
func (p *peerFlags) flagsAgain() string {
	var b strings.Builder
	for _, f := range []struct{ name, value string }{
		{"--ca", p.CA}, {"--cert", p.Cert}, {"--key", p.Key}, {"--server-name", p.ServerName}, {"--dialect", p.Dialect},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "%s %s ", f.name, visible.Word(f.value))
		}
	}
	for _, h := range p.Header {
		fmt.Fprintf(&b, "-H %s ", visible.Word(h))
	}
	for _, s := range p.Subprotocol {
		fmt.Fprintf(&b, "--subprotocol %s ", visible.Word(s))
	}
	if p.HTTP2 {
		b.WriteString("--http2 ")
	}
	if p.Insecure {
		b.WriteString("--insecure ")
	}
	return b.String()
}

// listen opens the address for clients: on this machine alone, unless a host is
// named.
func (p *peerFlags) listen() (t engine.Target, again string, err error) {
	address, err := loopbackByDefault("--listen", p.Listen)
	if err != nil {
		return nil, "", err
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, "", fmt.Errorf("--listen: %w", err)
	}
	p.listener = ln
	again = p.flagsAgain() + "--listen " + visible.Word(ln.Addr().String())
	if p.Cert == "" {
		return engine.Incoming(ln), again, nil
	}
	key := cmp.Or(p.Key, p.Cert)
	cert, err := tls.LoadX509KeyPair(p.Cert, key)
	if err != nil {
		ln.Close()
		return nil, "", fmt.Errorf("--cert: %w", err)
	}
	return engine.Incoming(tls.NewListener(ln, &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"},
	})), again, nil
}

// clients are those that the command starts.
func (p *peerFlags) clients() (t engine.Target, again string, err error) {
	address, err := loopbackByDefault("--listen", p.Listen)
	if err != nil {
		return nil, "", err
	}
	host, port, _ := net.SplitHostPort(address)
	switch {
	case port != "0":
		return nil, "", fmt.Errorf("--listen %q: each client that --run starts has a port of its own: write %s", p.Listen, net.JoinHostPort(host, "0"))
	case p.Cert != "":
		return nil, "", errors.New("--cert: a client that --run starts comes without TLS: leave it out")
	}
	again = p.flagsAgain() + "--listen " + visible.Word(address) + " --run " + visible.Word(p.Command)
	return engine.ClientCommand(p.Command, host, p.atOnce), again, nil
}

// announce prints where clients are to connect to.
func (p *peerFlags) announce(w io.Writer) {
	if p.listener != nil {
		fmt.Fprint(w, listening(p.listener, p.Cert != ""))
	}
}

// notBegun turns the error of a run that did not begin into one with its exit
// code.
func (e *env) notBegun(err error) error {
	var unreachable *engine.UnreachableError
	var absent *engine.ClientError
	switch {
	case errors.As(err, &absent):
		return &exitError{exitUnreachable, absent}
	case errors.As(err, &unreachable):
		return err
	case e.ctx.Err() != nil:
		return &exitError{exitFailed, errors.New("interrupted")}
	}
	return usage(err)
}

// replayCommand is the command that plays a finding again.
func replayCommand(file, peer string) string {
	return "wscheck replay " + visible.Word(file) + " " + peer
}
