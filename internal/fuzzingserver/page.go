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

// pageTime bounds how long a plain HTTP request may take.
const pageTime = 30 * time.Second

// servePage has the page answer the request that head begins, and closes the
// connection.
func (s *Server) servePage(conn net.Conn, head []byte) {
	_ = conn.SetDeadline(time.Now().Add(pageTime))
	l := link.NewOnce(link.Rewind(conn, head))
	server := &http.Server{
		Handler: s.pages(),
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

// pages answers requests that are not an opening handshake.
func (s *Server) pages() http.Handler {
	if s.config.Page != nil {
		return s.config.Page
	}
	return http.HandlerFunc(s.page)
}

// pageRow is an agent on the page.
type pageRow struct {
	Name string
	report.Counts
}

// Ran is how many cases were run.
func (r pageRow) Ran() int { return r.Cases - r.Missing }

// page shows what this server is, and who has come.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
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
	found := s.Report()
	rows := make([]pageRow, len(found.Agents))
	for i, a := range found.Agents {
		rows[i] = pageRow{visible.Plain(a.Name), found.Count(a)}
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, struct {
		Cases   string
		Agents  []pageRow
		LeftOut int
	}{plural.Of(len(s.cases), "case"), rows, found.LeftOut})
}
