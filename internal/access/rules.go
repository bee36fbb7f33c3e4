package access

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Rules are what is allowed besides the addresses of this machine. The zero
// value allows these alone. A nil *Rules allows everything.
type Rules struct {
	// Hosts are names by which the server may be reached, without a port: of a
	// reverse proxy, for example. IP addresses, localhost and the name of this
	// machine need not be listed.
	Hosts []string

	// Origins are those of pages that may use the server: "https://example.test",
	// "http://localhost:3000", or "null".
	Origins []string

	// Ports are those at which the server's own pages are served. The port at
	// which a request arrives need not be listed.
	Ports []int
}

// Check reports which entry makes no sense, and the flag that it is from.
func (r *Rules) Check() error {
	for _, host := range r.Hosts {
		if host == "" || strings.ContainsAny(host, "/:@?# \t") {
			return fmt.Errorf("--allow-host %q: want a name without scheme and port, as example.test", host)
		}
	}
	for _, text := range r.Origins {
		if text == "null" {
			continue
		}
		if o, ok := parseOrigin(text); !ok || o.rest {
			return fmt.Errorf("--allow-origin %q: want SCHEME://HOST or SCHEME://HOST:PORT, as http://localhost:3000", text)
		}
	}
	return nil
}

// Request is what counts of a request.
type Request struct {
	Upgrade bool                       // it is an opening handshake of WebSocket
	Query   bool                       // its target has a query
	Field   func(name string) []string // the values of a header field
	Local   net.Addr                   // where it arrived
}

// Refusal is why a request is not answered: a status of HTTP, and one line.
type Refusal struct {
	Status int
	Reason string
}

// Refuse returns why a request is to be refused, or nil.
func (r *Rules) Refuse(q *Request) *Refusal {
	if r == nil {
		return nil
	}
	origins, site := q.Field("Origin"), q.Field("Sec-Fetch-Site")
	if q.Upgrade && len(origins) == 0 && len(site) == 0 {
		return nil // no browser: each of them sends an Origin
	}
	hosts := q.Field("Host")
	for _, host := range hosts {
		if !r.isOurs(hostOf(host)) {
			return &Refusal{http.StatusMisdirectedRequest, fmt.Sprintf(
				"the host %s is not known to be this server: --allow-host %s allows it", quoted(host), shown(hostOf(host)))}
		}
	}
	for _, origin := range origins {
		if !r.allows(origin, hosts, q.Local) {
			return &Refusal{http.StatusForbidden, fmt.Sprintf(
				"pages of the origin %s may not use this server: --allow-origin %s allows it", quoted(origin), shown(origin))}
		}
	}
	if len(origins) == 0 && foreign(site) && !follows(q) {
		return &Refusal{http.StatusForbidden, "pages of other sites may not load this: open it by its address"}
	}
	return nil
}

// foreign reports whether a browser says that a page of another site or port has
// asked for this.
func foreign(site []string) bool {
	return slices.ContainsFunc(site, func(s string) bool { return s != "same-origin" && s != "none" })
}

// follows reports whether the user follows a link to this: a page as such, which
// the page that links to it cannot read. One with a query may do something at once.
func follows(q *Request) bool {
	return !q.Query && slices.Equal(q.Field("Sec-Fetch-Mode"), []string{"navigate"}) &&
		slices.Equal(q.Field("Sec-Fetch-Dest"), []string{"document"})
}

// allows reports whether pages of an origin may use the server that was reached
// by the hosts.
func (r *Rules) allows(text string, hosts []string, local net.Addr) bool {
	if slices.ContainsFunc(r.Origins, func(listed string) bool { return sameOrigin(listed, text) }) {
		return true
	}
	o, ok := parseOrigin(text)
	if !ok || o.scheme != "http" && o.scheme != "https" && o.scheme != "ws" && o.scheme != "wss" {
		return false
	}
	ourPort := o.port == portOf(local) || slices.ContainsFunc(r.Ports, func(p int) bool { return o.port == strconv.Itoa(p) })
	if ourPort && (isLoopback(o.host) || r.isNamed(o.host) || o.host == addressOf(local)) {
		return true
	}
	for _, host := range hosts {
		name, port := splitHost(host)
		if name == o.host && (ourPort || port == o.port || port == "" && o.port == defaultPorts[o.scheme]) {
			return true
		}
	}
	return false
}

// isOurs reports whether a server on this machine can be meant by the host.
// Nobody can have an address of somebody else's lead here.
func (r *Rules) isOurs(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || isLoopback(host) || r.isNamed(host)
}

// isNamed reports whether a name is this machine's, or listed.
func (r *Rules) isNamed(host string) bool {
	if slices.ContainsFunc(r.Hosts, func(listed string) bool { return clean(listed) == host }) {
		return true
	}
	own, err := os.Hostname()
	if err != nil || own == "" {
		return false
	}
	own = clean(own)
	short, _, _ := strings.Cut(own, ".")
	return host == own || host == short
}

func isLoopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().IsLoopback()
	}
	return host == "localhost"
}

// defaultPorts are those that an origin need not name.
var defaultPorts = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}

// origin is the origin of a page. rest reports that more than a slash follows it.
type origin struct {
	scheme, host, port string
	rest               bool
}

func parseOrigin(text string) (o origin, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil {
		return origin{}, false
	}
	o = origin{scheme: u.Scheme, host: clean(u.Hostname()), port: u.Port()}
	o.port = cmp.Or(o.port, defaultPorts[o.scheme])
	o.rest = u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != ""
	return o, true
}

// sameOrigin reports whether two texts mean one origin.
func sameOrigin(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := parseOrigin(a)
	y, too := parseOrigin(b)
	return ok && too && x.scheme == y.scheme && x.host == y.host && x.port == y.port
}

// splitHost takes a Host field apart. The port is "" where there is none.
func splitHost(field string) (host, port string) {
	field = strings.TrimSpace(field)
	if i := strings.LastIndexByte(field, ':'); i >= 0 && !strings.HasSuffix(field, "]") {
		field, port = field[:i], field[i+1:]
	}
	return clean(strings.TrimSuffix(strings.TrimPrefix(field, "["), "]")), port
}

func hostOf(field string) string {
	host, _ := splitHost(field)
	return host
}

// clean is the form of a host in which it is compared.
func clean(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

func portOf(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	_, port, _ := net.SplitHostPort(addr.String())
	return port
}

func addressOf(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	host, _, _ := net.SplitHostPort(addr.String())
	return host
}

// quoted shows what a client sent.
func quoted(s string) string { return strconv.QuoteToASCII(s[:min(len(s), 100)]) }

// shown is quoted as a word of a command line.
func shown(s string) string {
	q := quoted(s)
	if inner := q[1 : len(q)-1]; inner == s && s != "" && !strings.ContainsAny(s, " '\"$`\\;&|<>()*?!#~") {
		return s
	}
	return "NAME"
}
