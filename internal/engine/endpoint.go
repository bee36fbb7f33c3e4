package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// DialOptions say how a server under test is reached.
type DialOptions struct {
	// Agent is the peer's name in reports. "" takes the Server field of its
	// answers, or else Unnamed.
	Agent string

	// Unnamed is the name of a peer that does not name itself. "" takes the host
	// and the port of its URL, or the command that started it.
	Unnamed string

	Fields       []wsproto.Field // added to each opening handshake
	Subprotocols []string        // offered in each opening handshake

	// Carrier is that of this server's WebSockets; nil means that of the Config. The
	// server's name in reports says which it is.
	Carrier Carrier

	// For wss URLs.
	CAFile     string // certificates to trust, in PEM; "" means the system's
	CertFile   string // client certificate and key, in PEM; "" means none
	KeyFile    string
	ServerName string // sent as SNI and checked; "" means the URL's host
	Insecure   bool   // take any certificate

	// Output takes what the process of [Command] prints; nil means that only
	// its last words are kept, for when it dies.
	Output io.Writer
}

// ownFields are the fields of an opening handshake that the kit makes, in lower
// case, each with what to do instead of adding another one.
var ownFields = map[string]string{
	"host":                     "it is the host of the URL",
	"upgrade":                  "each case has its own",
	"connection":               "each case has its own",
	"sec-websocket-key":        "each case has its own",
	"sec-websocket-accept":     "a server alone sends it",
	"sec-websocket-version":    "each case has its own",
	"sec-websocket-extensions": "each case has its own",
	"sec-websocket-protocol":   "offer subprotocols instead",
	"content-length":           "an opening handshake has no body",
	"transfer-encoding":        "an opening handshake has no body",
}

// CheckField returns an error where a header field cannot be added to opening
// handshakes: it makes no sense, or the kit makes it itself.
func CheckField(f wsproto.Field) error {
	own, ok := ownFields[strings.ToLower(f.Name)]
	switch {
	case ok:
		return fmt.Errorf("header field %q: %s", f.Name, own)
	case !wsproto.IsToken(f.Name):
		return fmt.Errorf("header field %q: its name is not a token", f.Name)
	case strings.ContainsFunc(f.Value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return fmt.Errorf("header field %q: its value %q has a control character", f.Name, f.Value)
	}
	return nil
}

// checkHandshake reports what cannot be added to an opening handshake.
func checkHandshake(fields []wsproto.Field, subprotocols []string) error {
	for _, f := range fields {
		if err := CheckField(f); err != nil {
			return err
		}
	}
	return CheckSubprotocols(subprotocols)
}

// CheckSubprotocols reports a subprotocol that cannot be offered beside the others.
func CheckSubprotocols(names []string) error {
	for i, name := range names {
		if !wsproto.IsToken(name) {
			return fmt.Errorf("subprotocol %q: want a token, such as chat or v2.example", name)
		}
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("subprotocol %q: it is given twice", name)
		}
	}
	return nil
}

// checkAgent reports a name that cannot be shown.
func checkAgent(name string) error {
	if strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name) {
		return fmt.Errorf("agent %q: its name has a control character, or is not UTF-8", name)
	}
	return nil
}

// check reports what in o makes no sense.
func (o *DialOptions) check() error {
	if o.KeyFile != "" && o.CertFile == "" {
		return errors.New("client certificate: there is a key, and no certificate that it belongs to")
	}
	return errors.Join(checkAgent(o.Agent), checkHandshake(o.Fields, o.Subprotocols))
}

// endpointURL is a URL under test, taken apart.
type endpointURL struct {
	raw          string
	network      string // "tcp" or "unix"
	address      string // for net.Dial
	authority    string // for the Host field
	target       string // path and query
	tls          *tls.Config
	fields       []wsproto.Field
	subprotocols []string
	carrier      Carrier // nil: HTTP/1.1
}

// URLForms names the URLs that a server can be reached by.
const URLForms = "ws://host:port/path, wss://host:port/path, ws+unix:///path/to/socket[:/path]"

// parseURL takes apart the URL of a server under test. Errors name the URL and
// what is wrong with it.
func parseURL(raw string, o *DialOptions) (*endpointURL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("URL %q: %w (want %s)", raw, errors.Unwrap(err), URLForms)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if u.User != nil {
		return nil, fmt.Errorf("URL %q: a WebSocket URL has no user: take it out, and add the header field Authorization", u.Redacted())
	}
	e := &endpointURL{raw: raw, fields: o.Fields, subprotocols: o.Subprotocols}
	secure := strings.HasPrefix(u.Scheme, "wss")
	switch u.Scheme {
	case "ws", "wss":
	case "http", "https":
		return nil, fmt.Errorf("URL %q: the scheme of a WebSocket URL is ws or wss: write %q", raw, "ws"+strings.TrimPrefix(raw[:5], "http")+raw[5:])
	case "ws+unix", "wss+unix":
		return e, errors.Join(e.unix(u), e.secure(secure, "localhost", o))
	default:
		return nil, fmt.Errorf("URL %q: scheme %q (want %s)", raw, u.Scheme, URLForms)
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("URL %q: no host (want %s)", raw, URLForms)
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return r == ' ' || r > 0x7e }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(raw[i:])
		return nil, fmt.Errorf("URL %q: %q cannot stand in a URL: write %s", raw, r, url.PathEscape(string(r)))
	}
	if u.Fragment != "" {
		return nil, fmt.Errorf("URL %q: a WebSocket URL has no fragment: remove #%s", raw, u.Fragment)
	}
	if n, err := strconv.ParseUint(wsurl.Port(u), 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("URL %q: there is no port %s: want 1 to 65535", raw, u.Port())
	}
	e.network, e.address, e.authority, e.target = "tcp", wsurl.Address(u), u.Host, u.RequestURI()
	if !strings.HasPrefix(e.target, "/") {
		e.target = "/" + e.target
	}
	return e, e.secure(secure, u.Hostname(), o)
}

// unix takes the path of a socket, and after a colon the request target.
func (e *endpointURL) unix(u *url.URL) error {
	path, target, ok := strings.Cut(u.Path, ":")
	if u.Host != "" || path == "" {
		return fmt.Errorf("URL %q: want ws+unix:///path/to/socket, with three slashes", e.raw)
	}
	if !ok || target == "" {
		target = "/"
	}
	if u.RawQuery != "" {
		target += "?" + u.RawQuery
	}
	e.network, e.address, e.authority, e.target = "unix", path, "localhost", target
	return nil
}

func (e *endpointURL) secure(on bool, host string, o *DialOptions) error {
	if !on {
		if o.CAFile != "" || o.CertFile != "" || o.ServerName != "" || o.Insecure {
			return fmt.Errorf("URL %q: without TLS there is no certificate, authority or server name: want a wss URL, or none of these options", e.raw)
		}
		return nil
	}
	c := &tls.Config{
		ServerName:         cmp.Or(o.ServerName, host),
		InsecureSkipVerify: o.Insecure,
		NextProtos:         []string{"http/1.1"},
	}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return fmt.Errorf("certificate authority: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("certificate authority %s: no certificate in PEM form in it", o.CAFile)
		}
	}
	if o.CertFile != "" || o.KeyFile != "" {
		cert, err := tls.LoadX509KeyPair(o.CertFile, cmp.Or(o.KeyFile, o.CertFile))
		if err != nil {
			return fmt.Errorf("client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	e.tls = c
	return nil
}

// dialLimit bounds how long a connection may take to be made, on a machine with nothing else to do.
const dialLimit = 5 * time.Second

// dial connects, and makes the TLS handshake where there is one.
func (e *endpointURL) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, process.Stretch(dialLimit))
	defer cancel()
	conn, err := link.Dial(ctx, e.network, e.address)
	if err != nil || e.tls == nil {
		return conn, err
	}
	secure := tls.Client(conn, e.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, fmt.Errorf("TLS with %s: %w", e.address, err)
	}
	if got := secure.ConnectionState().NegotiatedProtocol; e.carrier != nil && got != e.carrier.ALPN() {
		conn.Close()
		return nil, &untestable{fmt.Sprintf("it agrees on %q in TLS (ALPN), and not on %q: test it without --%s", showable(got), e.carrier.ALPN(), e.over())}
	}
	return secure, nil
}

// carry has the connections of an endpoint carry WebSockets by c; nil is HTTP/1.1.
func (e *endpointURL) carry(c Carrier) *endpointURL {
	if c == nil {
		return e
	}
	carried := *e
	carried.carrier = c
	if e.tls != nil {
		carried.tls = e.tls.Clone()
		carried.tls.NextProtos = []string{c.ALPN()}
	}
	return &carried
}

// over returns what the endpoint's WebSockets are over.
func (e *endpointURL) over() oracle.Carrier {
	if e == nil || e.carrier == nil {
		return oracle.HTTP1
	}
	return e.carrier.Carrier()
}

// scheme is that of an extended CONNECT to the endpoint.
func (e *endpointURL) scheme() string {
	if e.tls != nil {
		return "https"
	}
	return "http"
}

// inDialect returns the endpoint with what a dialect adds to the opening handshake.
func (e *endpointURL) inDialect(d *oracle.Dialect) *endpointURL {
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

// localEndpoint is where a client of ours believes to be connected to, for a
// peer in this process.
var localEndpoint = &endpointURL{authority: "localhost", target: "/"}
