//go:build unix

package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/browser"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/web"
	"github.com/wscheck/wscheck/wsproto"
)

// TestChromium has a real browser run the cases by the page, and holds what it
// does against what it is known to do. The page says when it is done, by asking
// for the report.
func TestChromium(t *testing.T) {
	binary := browser.Binary(t)
	cases, err := catalogue.Select(catalogue.For(wsproto.Server), nil, []string{"9.*"})
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t, cases)
	site.visit(t, binary, url.Values{"jobs": {"8"}}, "Chromium")
	known, err := report.LoadBaseline("testdata/chromium.json")
	if err != nil {
		t.Fatal(err)
	}
	found, difference := site.compare(t, known)
	for _, k := range difference.New {
		t.Errorf("new: %s", k.String())
	}
	for _, k := range difference.Gone {
		t.Errorf("gone, so that testdata/chromium.json can do without it: %s", k.String())
	}
	if n := len(found.Agents[0].Results); n != len(cases) {
		t.Errorf("%d of %d cases were run", n, len(cases))
	}
}

// TestChromiumTabs has two tabs run at once, each with a name of its own.
func TestChromiumTabs(t *testing.T) {
	binary := browser.Binary(t)
	cases, err := catalogue.Select(catalogue.For(wsproto.Server), []string{"1.1.*", "7.1.*"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t, cases)
	site.visit(t, binary, url.Values{"jobs": {"2"}}, "One", "Two <b>")
	found := site.server.Report()
	if len(found.Agents) != 2 {
		t.Fatalf("%d agents came, want 2: %s", len(found.Agents), site.ran())
	}
	for _, a := range found.Agents {
		if len(a.Results) != len(cases) {
			t.Errorf("%s ran %d of %d cases", a.Name, len(a.Results), len(cases))
		}
	}
}

// site is a fuzzing server and the page for it.
type site struct {
	server  *fuzzingserver.Server
	page    string // its URL
	updated chan string
}

func newSite(t *testing.T, cases []*catalogue.Case) *site {
	t.Helper()
	s := &site{updated: make(chan string, 8)}
	var err error
	s.server, err = fuzzingserver.New(&fuzzingserver.Config{
		Config:  engine.Config{Select: cases, Quick: true, Judge: report.JudgeAutobahn},
		Updated: func(agent string) { s.updated <- agent },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server, page := listen(t), listen(t)
	s.page = "http://" + page.Addr().String() + "/"
	ended := make(chan error, 2)
	go func() { ended <- s.server.Serve(ctx, server) }()
	go func() {
		ended <- web.Serve(ctx, page, web.Handler(web.Options{Server: server.Addr(), Cases: s.server.Cases()}))
	}()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if err := s.server.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// visit opens a tab for each agent, and waits until all have asked for the
// report.
func (s *site) visit(t *testing.T, binary string, query url.Values, agents ...string) {
	t.Helper()
	query.Set("autostart", "1")
	var tabs []string
	for _, agent := range agents {
		query.Set("agent", agent)
		tabs = append(tabs, s.page+"?"+query.Encode())
	}
	first := tabs[0]
	var args []string
	if len(tabs) > 1 {
		first = opener(t, tabs)
		args = append(args, "--disable-popup-blocking")
	}
	run := browser.Start(t, binary, first, args...)
	defer run.Stop()
	waiting, cancel := context.WithTimeout(t.Context(), browser.Limit)
	defer cancel()
	for range agents {
		select {
		case <-s.updated:
		case err := <-run.Ended:
			t.Fatalf("the browser ended: %v\n%s", err, run.Output())
		case <-waiting.Done():
			t.Fatalf("the page was not done within %v: %s\n%s", browser.Limit, s.ran(), run.Output())
		}
	}
}

// opener returns the URL of a page that opens others in tabs of their own: the
// command line takes one.
func opener(t *testing.T, pages []string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<!DOCTYPE html><script>")
		for _, page := range pages {
			fmt.Fprintf(w, "open(%q);", page)
		}
		fmt.Fprint(w, "</script>")
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// ran returns how far the agents got.
func (s *site) ran() string {
	var b strings.Builder
	for _, a := range s.server.Report().Agents {
		fmt.Fprintf(&b, "%s ran %d cases. ", a.Name, len(a.Results))
	}
	return b.String()
}

// compare holds what was found against what is known.
func (s *site) compare(t *testing.T, known *report.Baseline) (*report.Report, *report.Comparison) {
	t.Helper()
	found := s.server.Report()
	if len(found.Agents) != 1 {
		t.Fatalf("%d agents came, want 1", len(found.Agents))
	}
	difference, err := known.Apply(found)
	if err != nil {
		t.Fatal(err)
	}
	return found, difference
}
