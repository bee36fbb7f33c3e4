package http2_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
)

// TestSplit has clients run the cases at a fuzzing server that speaks both versions of
// HTTP, and asks for its page by each.
func TestSplit(t *testing.T) {
	server, err := fuzzingserver.New(&fuzzingserver.Config{Config: engine.Config{
		Carrier: http2.Carrier, Cases: []string{"rfc8441/5/whole-*", "rfc8441/5/window-1-*", "rfc9113/6.7/ping", "autobahn/1.1.*"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(context.WithoutCancel(t.Context()), ln) }()
	defer server.Stop()
	for name, protocols := range map[string]func(*http.Protocols){
		"HTTP/1.1": func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/2.0": func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		transport := &http.Transport{Protocols: new(http.Protocols)}
		protocols(transport.Protocols)
		resp, err := (&http.Client{Transport: transport}).Get("http://" + ln.Addr().String() + "/")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		transport.CloseIdleConnections()
		if err != nil || resp.Proto != name || !strings.Contains(string(body), plural(len(server.Cases()))) {
			t.Errorf("%s, %v: %s", resp.Proto, err, body)
		}
	}
	var visits sync.WaitGroup
	for i := range server.Cases() {
		for _, over := range []string{"http1", "http2"} {
			visits.Go(func() {
				conn, err := net.Dial("tcp", ln.Addr().String())
				if err != nil {
					t.Error(err)
					return
				}
				if over == "http2" {
					conn = http2.Connect(conn, http2.Options{})
				}
				url := fmt.Sprintf("ws://%s/runCase?case=%d&agent=%s", ln.Addr(), i+1, over)
				_ = reference.Connect(conn, url, reference.Options{Freedom: reference.Freedom{Seed: 1}})
			})
		}
	}
	visits.Wait()
	server.Stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, a := range server.Report().Agents {
		want := oracle.HTTP1
		if a.Name == "http2" {
			want = oracle.HTTP2
			if len(a.Results) != len(server.Cases()) {
				t.Errorf("%d of %d cases were run over HTTP/2", len(a.Results), len(server.Cases()))
			}
		}
		for _, r := range a.Results {
			if r.Failed("rfc") || r.Trace.Carrier != want || r.Case.Script.Uncarried(want) != "" {
				t.Errorf("%s, %s over %v: %v", a.Name, r.Case.ID, r.Trace.Carrier, r.RFC.Findings)
			}
		}
	}
}

func plural(n int) string { return fmt.Sprintf("%d cases", n) }
