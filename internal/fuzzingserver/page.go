package fuzzingserver

import (
	_ "embed"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page shows what this server is, and who has come.
type page struct{ report func() *report.Report }

// ServeHTTP answers a request other than an opening handshake.
func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "this is a WebSocket server: there is nothing but GET", http.StatusMethodNotAllowed)
		return
	}
	found := p.report()
	rows := make([]pageRow, len(found.Agents))
	for i, a := range found.Agents {
		rows[i] = pageRow{visible.Plain(a.Name), found.Count(a)}
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, struct {
		Cases   string
		Agents  []pageRow
		LeftOut int
	}{plural.Of(len(found.Cases), "case"), rows, found.LeftOut})
}

// pageRow is an agent on the page.
type pageRow struct {
	Name string
	report.Counts
}

// Ran is how many cases were run.
func (r pageRow) Ran() int { return r.Cases - r.Missing }

// pageTime bounds how long a plain HTTP request may take.
const pageTime = 30 * time.Second

// servePage has the handler answer the request that head begins, and closes the
// connection.
func servePage(pages http.Handler, conn net.Conn, head []byte) {
	_ = conn.SetDeadline(time.Now().Add(pageTime))
	l := link.NewOnce(link.Rewind(conn, head))
	server := &http.Server{
		Handler: pages,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed || state == http.StateHijacked {
				l.End()
			}
		},
		ErrorLog:  log.New(io.Discard, "", 0), // a client that goes away is not an error
		Protocols: new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.SetKeepAlivesEnabled(false)
	_ = server.Serve(l) // ends with the error of Accept
	_ = server.Close()
}
