package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/wsproto"
)

// dialFlags say how a server is reached.
type dialFlags struct {
	http2Flag

	Header      []string `sep:"none" short:"H" placeholder:"'NAME: VALUE'" help:"Header field to add to each opening handshake. May be repeated."`
	Subprotocol []string `placeholder:"NAME" help:"Subprotocol to offer. May be repeated."`

	CA         string `name:"ca" placeholder:"FILE" help:"Certificates to trust, in PEM, for wss."`
	Cert       string `placeholder:"FILE" help:"Certificate, in PEM: the client's for wss, ours where we listen."`
	Key        string `placeholder:"FILE" help:"Key of the certificate, if it is in another file."`
	ServerName string `name:"server-name" placeholder:"HOST" help:"Name to send as SNI and to check the certificate against."`
	Insecure   bool   `help:"Take any server certificate."`
}

// tlsFlags are the flags that are given and mean something with TLS alone.
func (d *dialFlags) tlsFlags() (names []string) {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"--ca", d.CA != ""}, {"--cert", d.Cert != ""}, {"--key", d.Key != ""},
		{"--server-name", d.ServerName != ""}, {"--insecure", d.Insecure},
	} {
		if f.given {
			names = append(names, f.name)
		}
	}
	return names
}

// options returns the options of a connection to any of the URLs. An empty URL stands
// for a ws URL.
func (d *dialFlags) options(urls ...string) (*engine.DialOptions, error) {
	fields, err := headerFields(d.Header)
	if err != nil {
		return nil, err
	}
	if err := checkSubprotocols(d.Subprotocol); err != nil {
		return nil, err
	}
	if d.Key != "" && d.Cert == "" {
		return nil, errors.New("--key: it belongs to a certificate: add --cert")
	}
	o := &engine.DialOptions{
		Fields: fields, Subprotocols: d.Subprotocol,
		CAFile: d.CA, CertFile: d.Cert, KeyFile: d.Key, ServerName: d.ServerName, Insecure: d.Insecure,
	}
	if names := d.tlsFlags(); names != nil {
		for _, u := range urls {
			if !secureURL(u) {
				return nil, fmt.Errorf("%s: only wss URLs have TLS, and %q is not one: write wss, or leave the flag out",
					strings.Join(names, ", "), plainURL(u))
			}
		}
	}
	return o, nil
}

// dialled is the server at a URL, which a command starts where there is one.
func dialled(command, url string, o *engine.DialOptions) engine.Target {
	if command != "" {
		return engine.Command(command, url, o)
	}
	return engine.URL(url, o)
}

// secureURL reports whether a URL asks for TLS, or for something that there is not.
func secureURL(u string) bool {
	return u != "" && !strings.HasPrefix(u, "ws:") && !strings.HasPrefix(u, "ws+unix:")
}

func plainURL(u string) string {
	if u == "" {
		return "ws://127.0.0.1"
	}
	return u
}

// headerFields reads "Name: value" flags.
func headerFields(flags []string) (fields []wsproto.Field, err error) {
	for _, s := range flags {
		name, value, ok := strings.Cut(s, ":")
		f := wsproto.Field{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		switch {
		case !ok || f.Name == "" || strings.ContainsAny(s, "\r\n\x00"):
			return nil, fmt.Errorf("--header %q: want 'NAME: VALUE' on one line", s)
		case strings.EqualFold(f.Name, "Host"):
			return nil, fmt.Errorf("--header %q: the URL names the host: write ws://%s/ (--server-name is that of TLS)", s, f.Value)
		case strings.EqualFold(f.Name, "Sec-WebSocket-Protocol"):
			return nil, fmt.Errorf("--header %q: offer subprotocols by --subprotocol NAME", s)
		}
		if err := engine.CheckField(f); err != nil {
			return nil, fmt.Errorf("--header %q: %w: leave it out", s, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}
