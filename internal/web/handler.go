package web

import (
	"cmp"
	"embed"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

//go:embed page
var page embed.FS

// Options says what a page is to know of the fuzzing server that it is for.
type Options struct {
	// Server is where the fuzzing server listens. Visitors connect to the host
	// by which they reached the page, if the server listens on every address or
	// on the loopback interface only.
	Server net.Addr

	// Secure says that the fuzzing server speaks TLS: wss, not ws.
	Secure bool

	// HTTP2 says that the fuzzing server speaks HTTP/2, and serves the page as well.
	// A browser opens a WebSocket over HTTP/2 where it has a connection to the server
	// already: the page makes one by a request.
	HTTP2 bool

	// Access says which requests of browsers are answered; nil means all.
	Access *access.Rules

	// Cases are what it plays: case N is Cases[N-1].
	Cases []*catalogue.Case

	// Reports is the directory of the report, served read-only under /reports/;
	// "" means that there is none. It need not exist yet.
	Reports string
}

// policy forbids the page everything but its own files and WebSocket
// connections. Those may go anywhere: the visitor may name another server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page at /, what it needs, and the report under /reports/.
// Other methods than GET and HEAD, and other paths, are refused.
func Handler(o Options) http.Handler {
	mux := newMux(&o, map[string]string{"/{$}": "index.html", "/page.css": "", "/page.js": "", "/client.js": ""})
	if o.Reports != "" {
		mux.Handle("GET /reports/{name...}", reports(o.Reports))
	}
	return guard(&o, mux)
}

// Broadcast serves the page of a server that broadcasts: it shows the messages,
// and sends some. Of the options, Server and Secure count.
func Broadcast(o Options) http.Handler {
	return guard(&o, newMux(&o, map[string]string{"/{$}": "broadcast.html", "/page.css": "", "/broadcast.js": ""}))
}

// kinds are the media types of the pages' files.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// newMux serves files by their path, or the name that stands with that, and what
// the scripts read first.
func newMux(o *Options, files map[string]string) *http.ServeMux {
	mux := http.NewServeMux()
	for at, name := range files {
		name = cmp.Or(name, strings.TrimPrefix(at, "/"))
		b, err := page.ReadFile("page/" + name)
		if err != nil {
			panic(err) // the file is embedded
		}
		mux.Handle("GET "+at, content(kinds[path.Ext(name)], b))
	}
	b, err := json.Marshal(newSuite(o))
	if err != nil {
		panic(err) // strings and numbers
	}
	mux.Handle("GET /suite.json", content("application/json", b))
	return mux
}

// guard keeps out requests that the rules refuse, and sets the fields that every
// response has.
func guard(o *Options, next http.Handler) http.Handler {
	next = o.Access.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// content serves octets that do not change.
func content(kind string, b []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(b) // the visitor may have gone
	})
}

// suite is what the page's script reads first.
type suite struct {
	Host    string  `json:"host"` // "" for the visitor's own
	Port    int     `json:"port"`
	Secure  bool    `json:"secure"`
	HTTP2   bool    `json:"http2"` // a request has to come before each WebSocket
	Reports bool    `json:"reports"`
	Groups  []group `json:"groups"`
}

// group is a part of the suite, as the page shows it.
type group struct {
	ID    string      `json:"id"`
	Name  string      `json:"name"`
	Cases []suiteCase `json:"cases"`
}

type suiteCase struct {
	Number int    `json:"n"`  // of /runCase?case=N
	ID     string `json:"id"` // "4.2.4", "rfc6455/5.5/ping-126"
	Title  string `json:"title"`
	Alone  bool   `json:"alone,omitempty"` // it measures time, or is about the connection
}

// ofConnection reports whether a script is about the connection, which others may
// share.
func ofConnection(s *oracle.Script) bool {
	return s.Delivery.Window > 0 || slices.ContainsFunc(s.Steps, func(st oracle.Step) bool { return st.Beneath })
}

func newSuite(o *Options) *suite {
	s := &suite{Secure: o.Secure, HTTP2: o.HTTP2, Reports: o.Reports != ""}
	if addr, err := netip.ParseAddrPort(o.Server.String()); err == nil {
		s.Port = int(addr.Port())
		if ip := addr.Addr(); !ip.IsLoopback() && !ip.IsUnspecified() {
			s.Host = ip.String()
		}
	}
	at := make(map[string]int) // group by its id
	for i, c := range o.Cases {
		g := c.Group()
		k, ok := at[g.ID]
		if !ok {
			k = len(s.Groups)
			at[g.ID] = k
			s.Groups = append(s.Groups, group{ID: g.ID, Name: g.Name})
		}
		s.Groups[k].Cases = append(s.Groups[k].Cases, suiteCase{
			Number: i + 1, ID: shortID(c), Title: firstLine(c.Description), Alone: c.Alone || ofConnection(&c.Script),
		})
	}
	return s
}
