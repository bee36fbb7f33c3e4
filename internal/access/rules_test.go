package access

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// fields are those of a request, by their name.
type fields map[string]string

func (f fields) values(name string) []string {
	if v, ok := f[name]; ok {
		return []string{v}
	}
	return nil
}

func TestRefuse(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	rules := &Rules{
		Hosts: []string{"Proxy.Test"}, Origins: []string{"http://localhost:3000", "https://pages.test", "null"}, Ports: []int{8080},
	}
	local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 9001}
	for _, test := range []struct {
		why     string
		upgrade bool
		fields  fields
		want    int // 0: it is answered
	}{
		{"a driver", true, fields{"Host": "127.0.0.1:9001"}, 0},
		{"a driver that knows the server by another name", true, fields{"Host": "fuzzer:9001"}, 0},
		{"a driver without a Host", true, fields{}, 0},
		{"a driver with the server's address as its origin", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://127.0.0.1:9001"}, 0},
		{"the same through a forwarded port", true, fields{"Host": "localhost:19001", "Origin": "http://localhost:19001"}, 0},
		{"the same in the form of a URL", true, fields{"Host": "localhost:9001", "Origin": "http://localhost:9001/"}, 0},
		{"the page at its port", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://localhost:8080"}, 0},
		{"the page over IPv6", true, fields{"Host": "[::1]:9001", "Origin": "http://[::1]:8080"}, 0},
		{"the page by the machine's name", true, fields{"Host": own + ":9001", "Origin": "http://" + own + ":8080"}, 0},
		{"the page by an address from elsewhere", true, fields{"Host": "192.0.2.7:9001", "Origin": "http://192.0.2.7:8080"}, 0},
		{"the page by a name that is listed", true, fields{"Host": "proxy.test", "Origin": "https://proxy.test"}, 0},
		{"an origin that is listed", true, fields{"Host": "localhost:9001", "Origin": "http://localhost:3000"}, 0},
		{"one with its scheme's port", true, fields{"Host": "localhost:9001", "Origin": "https://pages.test:443"}, 0},
		{"null, listed", true, fields{"Host": "localhost:9001", "Origin": "null"}, 0},

		{"a page of another site", true, fields{"Host": "127.0.0.1:9001", "Origin": "https://evil.test"}, 403},
		{"one at our port", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://evil.test:9001"}, 403},
		{"one at an address, at our port", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://198.51.100.1:8080"}, 403},
		{"another server of this machine", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://localhost:5173"}, 403},
		{"a name that begins like ours", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://localhost.evil.test:9001"}, 403},
		{"a user in front", true, fields{"Host": "127.0.0.1:9001", "Origin": "http://localhost:9001@evil.test"}, 403},
		{"another scheme", true, fields{"Host": "127.0.0.1:9001", "Origin": "chrome-extension://localhost:9001"}, 403},
		{"no origin at all", true, fields{"Host": "127.0.0.1:9001", "Origin": ""}, 403},
		{"a rebound name", true, fields{"Host": "evil.test:9001", "Origin": "http://evil.test:9001"}, 421},
		{"a rebound name, and no Origin", false, fields{"Host": "evil.test:9001"}, 421},
		{"a browser's handshake without Origin", true, fields{"Host": "evil.test:9001", "Sec-Fetch-Site": "cross-site"}, 421},

		{"a page that is opened", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "none"}, 0},
		{"what the page loads", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "same-origin"}, 0},
		{"curl", false, fields{"Host": "localhost:8080"}, 0},
		{"a link", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 0},
		{"a frame", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403},
		{"a script of another site", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"of another port", false, fields{"Host": "localhost:8080", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"a request that wants to read", false, fields{"Host": "localhost:8080", "Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}, 403},
	} {
		no := rules.Refuse(&Request{Upgrade: test.upgrade, Field: test.fields.values, Local: local})
		got := 0
		if no != nil {
			got = no.Status
			if strings.ContainsAny(no.Reason, "\r\n") {
				t.Errorf("%s: more than a line: %q", test.why, no.Reason)
			}
		}
		if got != test.want {
			t.Errorf("%s: status %d, want %d: %v", test.why, got, test.want, test.fields)
		}
	}
	if no := (*Rules)(nil).Refuse(&Request{Field: fields{"Host": "evil.test", "Origin": "null"}.values}); no != nil {
		t.Errorf("without rules: %v", no)
	}
	if no := new(Rules).Refuse(&Request{Upgrade: true, Field: fields{"Host": "localhost", "Origin": "null"}.values}); no == nil {
		t.Error("null is allowed, and nobody said so")
	}
}

// TestRefusalNamesTheFlag holds refusals to say what allows the request, without
// letting a client write what it likes into a terminal.
func TestRefusalNamesTheFlag(t *testing.T) {
	for want, f := range map[string]fields{
		"--allow-host evil.test ":               {"Host": "evil.test:80"},
		"--allow-origin https://evil.test:444 ": {"Host": "localhost", "Origin": "https://evil.test:444"},
		"--allow-origin NAME ":                  {"Host": "localhost", "Origin": "http://x/\x1b[31m`reboot`"},
	} {
		no := new(Rules).Refuse(&Request{Field: f.values})
		if no == nil || !strings.Contains(no.Reason, want) || strings.Contains(no.Reason, "\x1b") {
			t.Errorf("%v: %v, want %q", f, no, want)
		}
	}
}

func TestLinkWithQuery(t *testing.T) {
	f := fields{"Host": "localhost", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
	if no := new(Rules).Refuse(&Request{Field: f.values, Query: true}); no == nil || no.Status != http.StatusForbidden {
		t.Errorf("a link that could start a run is answered: %v", no)
	}
}

func TestCheck(t *testing.T) {
	for _, good := range []*Rules{
		{}, {Hosts: []string{"example.test", "fuzzer"}}, {Origins: []string{"null", "http://localhost:3000", "https://example.test/", "chrome-extension://abc"}},
	} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for want, bad := range map[string]*Rules{
		"--allow-host ":   {Hosts: []string{"http://example.test"}},
		"--allow-host \"": {Hosts: []string{""}},
		"--allow-origin ": {Origins: []string{"example.test"}},
		"--allow-origin":  {Origins: []string{"http://example.test/page"}},
	} {
		if err := bad.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", bad, err, want)
		}
	}
}

func TestHandler(t *testing.T) {
	h := new(Rules).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for host, want := range map[string]int{"localhost:8080": 204, "127.0.0.1": 204, "": 204, "evil.test": 421} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: status %d, want %d: %s", host, w.Code, want, w.Body)
		}
	}
}
