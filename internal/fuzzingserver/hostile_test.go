package fuzzingserver

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/wsproto"
)

func TestBadRequests(t *testing.T) {
	head := "GET /getCaseCount HTTP/1.1\r\nUpgrade: websocket\r\nX: "
	inBubble(t, few(), func(f *fixture) {
		f.wantRefusal([]byte(head+strings.Repeat("x", 80<<10)), 431, "65536 octets")
		f.wantRefusal([]byte(strings.Repeat("A: b\r\n", 20<<10)), 400, "not an HTTP request")
		f.wantRefusal([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400, "not an HTTP request")
		f.wantRefusal(nil, 408, "in time")
		f.wantRefusal([]byte(head), 408, "in time")
	})
}

// TestSlowRequest sends a request an octet at a time, for ever.
func TestSlowRequest(t *testing.T) {
	inBubble(t, few(), func(f *fixture) {
		conn := f.dial()
		began := time.Now()
		var err error
		for n := 0; err == nil && n < 1000; n++ {
			time.Sleep(100 * time.Millisecond)
			_, err = conn.Write([]byte("G")[:1])
		}
		conn.Close()
		f.conns.Wait()
		if held := time.Since(began); held > 7*time.Second {
			t.Errorf("the connection was held for %v", held)
		}
	})
}

// TestConnectionLimit opens more connections than there is room for: those
// beyond get an error, and when there is room again others come in.
func TestConnectionLimit(t *testing.T) {
	config := few()
	config.MaxConns = 20
	var notices []string
	config.Notice = func(line string) { notices = append(notices, line) }
	inBubble(t, config, func(f *fixture) {
		var held []net.Conn
		for range config.MaxConns {
			held = append(held, f.dial())
			synctest.Wait()
		}
		f.wantRefusal(opening("/getCaseCount"), http.StatusServiceUnavailable, "too many connections")
		if len(notices) == 0 || !strings.Contains(notices[0], "20") {
			t.Errorf("notices: %q", notices)
		}
		// Those that do not even read why are not kept in any number.
		for range 3 * maxRefusals {
			held = append(held, f.dial())
		}
		synctest.Wait()
		if n := len(f.door.refusals); n != maxRefusals {
			t.Errorf("%d connections are being turned away, want %d", n, maxRefusals)
		}
		for _, conn := range held {
			conn.Close()
		}
		synctest.Wait()
		f.wantAnswer("/getCaseCount", "4")
	})
}

func TestAgentLimit(t *testing.T) {
	config := few()
	config.MaxAgents = 2
	inBubble(t, config, func(f *fixture) {
		var present []net.Conn
		for i := range 2 {
			conn := f.dial()
			if _, err := conn.Write(opening(fmt.Sprint("/runCase?case=1&agent=agent", i))); err != nil {
				t.Fatal(err)
			}
			present = append(present, conn)
		}
		synctest.Wait()
		if f.agents.enter("third") != nil {
			t.Error("an agent made room while its case is being played")
		}
		for _, conn := range present {
			conn.Close()
		}
		f.conns.Wait()
		f.run(2, "agent1", reference.Options{})
		if n := len(f.settled("agent1")); n != 2 {
			t.Errorf("an agent that was there has %d results, want 2", n)
		}
		f.run(1, "third", reference.Options{})
		if f.agents.find("agent0") != nil || len(f.settled("agent1")) != 2 || len(f.settled("third")) != 1 {
			t.Error("the third did not take the place of the one with fewest results")
		}
		if n := f.Report().LeftOut; n != 1 {
			t.Errorf("%d are said to be left out", n)
		}
	})
}

// TestCrowd has an honest client come among hundreds that play one case each: it
// gets all of its report, and the index has a size that can be opened.
func TestCrowd(t *testing.T) {
	const crowd = 150
	config := &Config{Config: engine.Config{Cases: []string{"1.1.1", "1.1.2", "2.2"}, ReportDir: t.TempDir()}, MaxAgents: 32}
	inBubble(t, config, func(f *fixture) {
		junk := func(from, to int) {
			for i := from; i < to; i++ {
				f.run(1, fmt.Sprint("junk", i), reference.Options{})
			}
		}
		junk(0, crowd)
		for n := range 3 {
			f.run(1+n, "honest", reference.Options{})
			junk(crowd+n*20, crowd+n*20+20)
		}
		junk(crowd+60, 2*crowd)
		f.wantAnswer("/updateReports?agent=honest")
		if n := len(f.settled("honest")); n != 3 {
			t.Errorf("%d results of the honest client, want 3", n)
		}
	})
	r, err := store.Load(config.ReportDir)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(r.Agents, func(a *report.Agent) bool { return a.Name == "honest" })
	if at < 0 || len(r.Agents[at].Results) != 3 {
		t.Errorf("the honest client is agent %d of %d", at, len(r.Agents))
	}
	if len(r.Agents) > 2*config.MaxAgents || r.LeftOut == 0 {
		t.Errorf("%d agents, %d left out", len(r.Agents), r.LeftOut)
	}
	if info, err := os.Stat(filepath.Join(config.ReportDir, "index.html")); err != nil || info.Size() > 1<<20 {
		t.Errorf("the index has %d octets, %v", info.Size(), err)
	}
}

// TestUnwillingClients plays cases with clients that do everything to keep the
// server busy. Each conversation ends within the time of the case.
func TestUnwillingClients(t *testing.T) {
	flood := bytes.Repeat(masked(wsproto.OpPing, strings.Repeat("p", 125)), 100)
	for _, test := range []struct {
		name   string
		target string
		client func(net.Conn)
		within time.Duration
	}{
		{"says nothing after the opening handshake", "/runCase?case=1", func(c net.Conn) { drain(c) }, 3 * time.Second},
		{"does not answer the close frame", "/runCase?case=1", func(c net.Conn) {
			_, _ = c.Write(masked(wsproto.OpText, ""))
			drain(c)
		}, 3 * time.Second},
		{"closes and keeps TCP open", "/runCase?case=1", func(c net.Conn) {
			_, _ = c.Write(masked(wsproto.OpClose, "\x03\xe8"))
			drain(c)
		}, 3 * time.Second},
		{"reads nothing", "/runCase?casetuple=9.2.6", func(net.Conn) {}, 110 * time.Second},
		{"reads an octet a second", "/runCase?casetuple=9.2.6", func(c net.Conn) {
			for b := make([]byte, 1); ; time.Sleep(time.Second) {
				if _, err := c.Read(b); err != nil {
					return
				}
			}
		}, 110 * time.Second},
		{"floods", "/runCase?case=1", func(c net.Conn) {
			go drain(c)
			for {
				if _, err := c.Write(flood); err != nil {
					return
				}
			}
		}, 3 * time.Second},
		{"floods instead of reading", "/getCaseCount?", func(c net.Conn) {
			for {
				if _, err := c.Write(flood); err != nil {
					return
				}
			}
		}, 3 * time.Second},
		{"does not close after an answer", "/getCaseCount?", func(c net.Conn) { drain(c) }, 3 * time.Second},
		{"declares a message without end", "/getCaseCount?", func(c net.Conn) {
			_, _ = c.Write([]byte("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff1234"))
			drain(c)
		}, 3 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := &Config{Config: engine.Config{Cases: []string{"1.1.1", "9.2.6"}, Patience: time.Second / 4}}
			inBubble(t, config, func(f *fixture) {
				began := time.Now()
				conn := f.dial()
				if _, err := conn.Write(opening(test.target + "&agent=a")); err != nil {
					t.Fatal(err)
				}
				var client sync.WaitGroup
				client.Go(func() { test.client(conn) })
				f.conns.Wait()
				if took := time.Since(began); took > test.within {
					t.Errorf("it took %v, want at most %v", took, test.within)
				}
				conn.Close()
				client.Wait()
				if strings.HasPrefix(test.target, "/runCase") && len(f.settled("a")) != 1 {
					t.Error("there is no result")
				}
			})
		})
	}
}

// TestHostileNames has agents whose names would be somewhere else as a path, or
// something else in a page. What is written stays within the directory, and
// markup is text.
func TestHostileNames(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "reports")
	config := few()
	config.ReportDir = dir
	names := []string{
		"..%2f..%2fevil", "%2fetc%2fpasswd", "..", "%2e%2e%5c%2e%2e%5cevil", "%00", "%ff%fe", "a%0d%0ab%1b[31m",
		"%3cscript%3ealert(1)%3c%2fscript%3e", "%22%3e%3cimg+src=x+onerror=alert(1)%3e", "%e2%80%ae", "100%", "%zz",
		strings.Repeat("n", maxAgentName),
	}
	var page []byte
	inBubble(t, config, func(f *fixture) {
		for _, name := range names {
			f.run(1, name, reference.Options{})
			f.wantAnswer("/updateReports?agent=" + name)
		}
		if n := len(f.Report().Agents); n != len(names) {
			t.Errorf("%d agents, want %d", n, len(names))
		}
		var resp *wsproto.Response
		resp, page = ask(t, f.dial(), []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		if resp.Status != 200 {
			t.Errorf("the page has status %d", resp.Status)
		}
	})
	pages := map[string][]byte{"/": page}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if filepath.Dir(path) != dir {
			t.Errorf("%s is outside the directory of the report", path)
		}
		if filepath.Ext(path) == ".html" {
			pages[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < len(names) {
		t.Errorf("%d pages of %d agents", len(pages), len(names))
	}
	for path, b := range pages {
		for _, markup := range []string{"<script>alert", "<img", "\x1b", "\u202e"} {
			if bytes.Contains(b, []byte(markup)) {
				t.Errorf("%s: %q is not escaped", path, markup)
			}
		}
	}
}

func TestPage(t *testing.T) {
	inBubble(t, few(), func(f *fixture) {
		for _, test := range []struct {
			request string
			status  int
			body    string
		}{
			{"GET / HTTP/1.1", 200, "serves 4 cases"},
			{"GET /runCase?case=1&agent=a HTTP/1.1", 200, "serves 4 cases"},
			{"HEAD / HTTP/1.1", 200, ""},
			{"POST / HTTP/1.1", 405, "nothing but GET"},
		} {
			resp, body := ask(t, f.dial(), []byte(test.request+"\r\nHost: localhost\r\n\r\n"))
			if resp.Status != test.status || !bytes.Contains(body, []byte(test.body)) {
				t.Errorf("%s: status %d, %q", test.request, resp.Status, body)
			}
			if connection, _ := resp.Get("Connection"); connection != "close" {
				t.Errorf("%s: the connection is kept: %q", test.request, connection)
			}
		}
		f.run(1, "Spam%26Eggs", reference.Options{})
		f.settled("Spam&Eggs")
		_, body := ask(t, f.dial(), []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		if want := "<td>Spam&amp;Eggs<td>1<td>1<td>0<td>0<td>3"; !bytes.Contains(body, []byte(want)) {
			t.Errorf("the page is without %q: %s", want, body)
		}
	})
}

// TestOwnPage has a page of the caller's, which gets the request as it came.
func TestOwnPage(t *testing.T) {
	config := few()
	config.Page = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("at the handler")
		}
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, b)
	})
	inBubble(t, config, func(f *fixture) {
		_, body := ask(t, f.dial(), []byte("POST /x?y HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nspam"))
		if want := `POST /x?y "spam"`; string(body) != want {
			t.Errorf("got %q, want %q", body, want)
		}
		conn := f.dial()
		if _, err := conn.Write([]byte("GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		drain(conn)
		f.conns.Wait()
	})
}
