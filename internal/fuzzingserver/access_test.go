package fuzzingserver

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// TestForeignPages has a page of another site try all that there is: it gets one
// line, nothing is played, and nothing stops. Drivers do all of it before and
// after.
func TestForeignPages(t *testing.T) {
	config := few()
	config.Access = new(access.Rules)
	var notices []string
	config.Notice = func(line string) { notices = append(notices, line) }
	inBubble(t, config, func(f *fixture) {
		drive := func(agent string) {
			f.wantAnswer("/getCaseCount", "4")
			f.wantAnswer("/getCaseInfo?case=1", `{"id": "1.1.1", "description": "`+f.Cases()[0].Description+`"}`)
			f.run(1, agent, reference.Options{})
			f.wantAnswer("/getCaseStatus?case=1&agent="+agent, `{"behavior": "OK"}`)
			f.wantAnswer("/updateReports?agent=" + agent)
		}
		drive("before")
		for _, target := range []string{
			"/runCase?case=1&agent=evil", "/getCaseCount", "/getCaseInfo?case=1", "/getCaseStatus?case=1&agent=before",
			"/updateReports?agent=before&shutdownOnComplete=true", "/stopServer", "/",
		} {
			for _, from := range []wsproto.Field{
				{Name: "Origin", Value: "https://evil.test"}, {Name: "Origin", Value: "null"}, {Name: "Sec-Fetch-Site", Value: "cross-site"},
			} {
				resp, body := ask(t, f.dial(), opening(target, from))
				if resp.Status != http.StatusForbidden || strings.Count(string(body), "\n") != 1 {
					t.Errorf("%s from %v: status %d, %q", target, from, resp.Status, body)
				}
			}
			rebound := wsproto.NewRequest("evil.test:9001", target, "dGhlIHNhbXBsZSBub25jZQ==", wsproto.Field{Name: "Origin", Value: "http://evil.test:9001"})
			if resp, body := ask(t, f.dial(), rebound.AppendTo(nil)); resp.Status != http.StatusMisdirectedRequest || !strings.Contains(string(body), "--allow-host evil.test") {
				t.Errorf("%s by a rebound name: status %d, %q", target, resp.Status, body)
			}
		}
		for _, host := range []string{"evil.test", "evil.test:9001"} {
			if resp, _ := ask(t, f.dial(), []byte("GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n")); resp.Status != http.StatusMisdirectedRequest {
				t.Errorf("the page by %s: status %d", host, resp.Status)
			}
		}
		drive("after")
		select {
		case <-f.Stopped():
			t.Error("the server is stopped")
		default:
		}
		var agents []string
		for _, a := range f.Report().Agents {
			agents = append(agents, a.Name)
		}
		if want := []string{"before", "after"}; !slices.Equal(agents, want) {
			t.Errorf("agents %q, want %q", agents, want)
		}
		if len(notices) == 0 || !strings.Contains(notices[0], "--allow-origin https://evil.test") {
			t.Errorf("notices %q", notices)
		}
		if len(notices) > 3 {
			t.Errorf("%d notices: each refusal has one", len(notices))
		}
	})
}
