//go:build unix

package http2_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/authority"
	"github.com/wscheck/wscheck/internal/browser"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/web"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// chromiumTakes are the cases about what Chromium is known to do: it ignores frames of
// streams that are idle and settings with values that they do not have, and sends close
// codes that are not defined.
var chromiumTakes = []string{"rfc9113/5.1/idle-*", "rfc9113/6.5.2/push-2", "rfc9113/6.5.2/window-*", "rfc9113/6.5.2/frame-*", "autobahn/7.9.*", "autobahn/7.13.*"}

// firefoxTakes are the cases about what Firefox is known to do: a WebSocket keeps the window
// that it had where SETTINGS_INITIAL_WINDOW_SIZE becomes smaller; settings with values that they
// do not have are ignored, and so are frames of streams that are idle or 0; close codes that are not defined are sent.
var firefoxTakes = []string{
	"rfc8441/5/window-*", "rfc8441/5/all-*", "rfc9113/6.9.2/window-0", "rfc9113/6.5.2/push-2", "rfc9113/6.5.2/window-*",
	"rfc9113/6/stream-zero-*", "rfc9113/5.1/idle-*", "autobahn/7.9.*", "autobahn/7.13.*",
}

// TestChromium has a real browser run the cases by the page, over HTTP/2.
func TestChromium(t *testing.T) {
	binary := browser.Binary(t)
	playInBrowser(t, chromiumTakes, func(page string, own *authority.Certificate) *browser.Run {
		return browser.Start(t, binary, page, "--ignore-certificate-errors-spki-list="+own.Pin)
	})
}

// TestFirefox is TestChromium with Firefox, which ends a connection with all WebSockets on
// it where it fails one: the cases are played one at a time.
func TestFirefox(t *testing.T) {
	binary := browser.Firefox(t)
	playInBrowser(t, firefoxTakes, func(page string, own *authority.Certificate) *browser.Run {
		return browser.StartFirefox(t, binary, strings.Replace(page, "jobs=8", "jobs=1", 1), own.PEM)
	})
}

// playInBrowser has a browser run the cases but some, and wants none of them to fail.
func playInBrowser(t *testing.T, exclude []string, start func(page string, own *authority.Certificate) *browser.Run) {
	updated := make(chan struct{}, 8)
	config := &fuzzingserver.Config{
		Config: engine.Config{
			Carrier: http2.Carrier, Exclude: exclude,
			Cases: []string{"rfc8441/*", "rfc9113/*", "autobahn/1.*", "autobahn/2.*", "autobahn/7.*"},
		},
		Updated: func(string) { updated <- struct{}{} },
	}
	cases, err := engine.Plan(wsproto.Client, &config.Config)
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.New()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config.Page = web.Handler(web.Options{Server: ln.Addr(), Secure: true, HTTP2: true, Cases: cases})
	server, err := fuzzingserver.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		ended <- server.Serve(ctx, tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{own.TLS}, NextProtos: []string{"h2", "http/1.1"}}))
	}()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	run := start("https://"+ln.Addr().String()+"/?autostart=1&jobs=8", own)
	defer run.Stop()
	waiting, over := context.WithTimeout(t.Context(), browser.Limit)
	defer over()
	select {
	case <-updated:
	case err := <-run.Ended:
		t.Fatalf("the browser ended: %v\n%s", err, run.Output())
	case <-waiting.Done():
		t.Errorf("the page was not done within %v\n%s", browser.Limit, run.Output())
	}
	agents := server.Report().Agents
	if len(agents) != 1 {
		t.Fatalf("%d agents came", len(agents))
	}
	for _, r := range agents[0].Results {
		if r.Trace.Carrier != oracle.HTTP2 {
			t.Errorf("%s came over %v", r.Case.ID, r.Trace.Carrier)
		}
		if r.Failed("rfc") {
			t.Errorf("%s: %v %v", r.Case.ID, r.RFC, r.RFC.Findings)
		}
	}
	if n := len(agents[0].Results); n != len(cases) {
		t.Errorf("%d of %d cases were run", n, len(cases))
	}
}
