package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/web"
	"github.com/wscheck/wscheck/wsproto"
)

// handler is the page for a few cases, with the report in dir.
func handler(t *testing.T, server, dir string) http.Handler {
	t.Helper()
	cases, err := catalogue.Select(catalogue.For(wsproto.Server), []string{"1.1.1", "4.2.*", "9.1.1", "rfc6455/5.5/*"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := net.ResolveTCPAddr("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	return web.Handler(web.Options{Server: addr, Cases: cases, Reports: dir})
}

// get asks a handler for a path, as it stands.
func get(h http.Handler, method, path string) *http.Response {
	r := httptest.NewRequest(method, "http://page.test/", nil)
	r.URL.Path, r.URL.RawPath = path, path
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestPageIsSelfContained(t *testing.T) {
	t.Run("cases", func(t *testing.T) {
		checkSelfContained(t, handler(t, "127.0.0.1:9001", ""), "/page.css", "/page.js", "/client.js")
	})
	t.Run("broadcast", func(t *testing.T) {
		checkSelfContained(t, web.Broadcast(web.Options{Server: &net.TCPAddr{Port: 9001}}), "/page.css", "/broadcast.js")
	})
}

// checkSelfContained follows what a page loads, and finds the files.
func checkSelfContained(t *testing.T, h http.Handler, files ...string) {
	t.Helper()
	loads := regexp.MustCompile(`(?:src|href)="([^"]*)"|from "\./([^"]*)"`)
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		if seen[path] {
			return
		}
		seen[path] = true
		r := get(h, http.MethodGet, path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, r.StatusCode)
		}
		text := body(t, r)
		for _, sink := range []string{"innerHTML", "outerHTML", "document.write", "eval(", "style=", "onclick="} {
			if strings.Contains(text, sink) {
				t.Errorf("%s has %s", path, sink)
			}
		}
		for _, m := range loads.FindAllStringSubmatch(text, -1) {
			name := m[1] + m[2]
			if strings.HasPrefix(name, "reports/") {
				continue
			}
			if strings.Contains(name, "//") {
				t.Errorf("%s loads %s from elsewhere", path, name)
				continue
			}
			visit("/" + name)
		}
	}
	visit("/")
	for _, path := range files {
		if !seen[path] {
			t.Errorf("%s is not loaded by the page", path)
		}
	}
}

func TestResponsesForbidWhatThePageDoesNotNeed(t *testing.T) {
	h := handler(t, "127.0.0.1:9001", "")
	for _, path := range []string{"/", "/page.js", "/suite.json", "/nothing"} {
		r := get(h, http.MethodGet, path)
		policy := r.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if got := r.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", path, got)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if r := get(h, method, "/"); r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, r.StatusCode)
		}
	}
	if r := get(h, http.MethodGet, "/reports/index.html"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a report where there is none: status %d", r.StatusCode)
	}
}

func TestSuite(t *testing.T) {
	for _, test := range []struct {
		server, host string
	}{
		{"127.0.0.1:9001", ""},
		{"0.0.0.0:9001", ""},
		{"[::1]:9001", ""},
		{"192.0.2.1:9001", "192.0.2.1"},
		{"[2001:db8::1]:9001", "2001:db8::1"},
	} {
		t.Run(test.server, func(t *testing.T) {
			var suite struct {
				Host   string
				Port   int
				Groups []struct {
					ID, Name string
					Cases    []struct {
						N         int
						ID, Title string
						Alone     bool
					}
				}
			}
			text := body(t, get(handler(t, test.server, ""), http.MethodGet, "/suite.json"))
			if err := json.Unmarshal([]byte(text), &suite); err != nil {
				t.Fatal(err)
			}
			if suite.Host != test.host || suite.Port != 9001 {
				t.Errorf("host %q and port %d, want %q and 9001", suite.Host, suite.Port, test.host)
			}
			var groups []string
			n := 0
			for _, g := range suite.Groups {
				groups = append(groups, g.ID)
				for _, c := range g.Cases {
					if n++; c.N != n {
						t.Errorf("%s has number %d, want %d", c.ID, c.N, n)
					}
					if c.Title == "" || strings.HasPrefix(c.ID, catalogue.AutobahnPrefix) {
						t.Errorf("case %q: %q", c.ID, c.Title)
					}
					if c.Alone != (c.ID == "9.1.1") {
						t.Errorf("%s: alone is %v", c.ID, c.Alone)
					}
				}
			}
			if got, want := strings.Join(groups, " "), "1 4 9 rfc6455/5"; got != want {
				t.Errorf("groups %q, want %q", got, want)
			}
		})
	}
}

func TestReports(t *testing.T) {
	const hidden = "not for visitors"
	dir := filepath.Join(t.TempDir(), "out")
	h := handler(t, "127.0.0.1:9001", dir)
	if r := get(h, http.MethodGet, "/reports/index.html"); r.StatusCode != http.StatusNotFound {
		t.Errorf("before there is one: status %d", r.StatusCode)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(filepath.Dir(dir), "secret.html"), hidden)
	write(filepath.Join(dir, "index.html"), "the index")
	write(filepath.Join(dir, "index.json"), "{}")
	write(filepath.Join(dir, "notes.txt"), hidden)
	write(filepath.Join(dir, "sub", "page.html"), hidden)
	if err := os.Mkdir(filepath.Join(dir, "folder.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.html", filepath.Join(dir, "link.html")); err != nil {
		t.Log(err) // not every system has them
	}
	for path, want := range map[string]string{
		"/reports/":           "the index",
		"/reports/index.html": "the index",
		"/reports/index.json": "{}",
	} {
		r := get(h, http.MethodGet, path)
		if got := body(t, r); r.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: status %d, %q", path, r.StatusCode, got)
		}
		if !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "default-src 'none';") {
			t.Errorf("%s: policy %q", path, r.Header.Get("Content-Security-Policy"))
		}
	}
	for _, path := range []string{
		"/reports/notes.txt", "/reports/sub/page.html", "/reports/sub", "/reports/folder.html", "/reports/link.html",
		"/reports/../secret.html", "/reports/..%2fsecret.html", "/reports/%2e%2e/secret.html", "/reports/\x00.html",
		"/reports//index.html", "/reports/" + strings.Repeat("a", 5000) + ".html",
	} {
		r := get(h, http.MethodGet, path)
		if got := body(t, r); r.StatusCode == http.StatusOK || strings.Contains(got, hidden) {
			t.Errorf("%.40q: status %d, %.40q", path, r.StatusCode, got)
		}
	}
}

func TestServeEnds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, ln, handler(t, "127.0.0.1:9001", "")) }()
	r, err := http.Get("http://" + ln.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, r); !strings.Contains(got, "<title>") {
		t.Errorf("the page is %.80q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		t.Error("the port is still open")
	}
}

// TestForeignPages has pages of other sites ask for the page and the report: they
// get neither.
func TestForeignPages(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := web.Handler(web.Options{Server: &net.TCPAddr{Port: 9001}, Reports: dir, Access: new(access.Rules)})
	for _, test := range []struct {
		host, field, value string
		want               int
	}{
		{"127.0.0.1:8080", "", "", http.StatusOK},
		{"localhost:8080", "Origin", "http://localhost:8080", http.StatusOK},
		{"localhost:8080", "Sec-Fetch-Site", "same-origin", http.StatusOK},
		{"evil.test:8080", "", "", http.StatusMisdirectedRequest},
		{"evil.test:8080", "Origin", "http://evil.test:8080", http.StatusMisdirectedRequest},
		{"localhost:8080", "Origin", "https://evil.test", http.StatusForbidden},
		{"localhost:8080", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
	} {
		for _, path := range []string{"/", "/suite.json", "/reports/index.json"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = test.host
			if test.field != "" {
				r.Header.Set(test.field, test.value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.want {
				t.Errorf("%s from %s, %s %s: status %d, want %d", path, test.host, test.field, test.value, w.Code, test.want)
			}
			if got := w.Result().Header.Get("Cross-Origin-Resource-Policy"); got != "same-origin" {
				t.Errorf("%s: Cross-Origin-Resource-Policy %q", path, got)
			}
		}
	}
}
