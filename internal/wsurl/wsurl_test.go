package wsurl

import "testing"

func TestCut(t *testing.T) {
	for raw, want := range map[string][2]string{
		"ws://h": {"h", ""}, "ws://h:1?a=/b": {"h:1", "?a=/b"}, "wss://[::1]:1/x?": {"[::1]:1", "/x?"}, "ws://h/": {"h", "/"},
	} {
		if authority, rest := Cut(raw); authority != want[0] || rest != want[1] {
			t.Errorf("%q: got %q and %q", raw, authority, rest)
		}
	}
}

func TestParse(t *testing.T) {
	for raw, address := range map[string]string{
		"ws://h": "h:80", "wss://h/": "h:443", "ws://h:9001/chat?a": "h:9001", "wss://[::1]:1": "[::1]:1",
		"http://h": "", "ws:///path": "", "ws://h/#f": "", "ws://h:port": "", "h:80": "", "": "",
	} {
		u, err := Parse(raw)
		if (err == nil) != (address != "") {
			t.Errorf("%q: got %v, %v", raw, u, err)
		}
		if err == nil && Address(u) != address {
			t.Errorf("%q: got address %s, want %s", raw, Address(u), address)
		}
	}
}
