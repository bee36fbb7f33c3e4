package process

import "testing"

// TestAnnounced takes the path from the first URL with the port, however what is printed
// is cut into pieces.
func TestAnnounced(t *testing.T) {
	for _, tt := range []struct{ name, printed, want string }{
		{"node", "Debugger listening on ws://127.0.0.1:4711/0f2c-55\nFor help, see: https://nodejs.org\n", "/0f2c-55"},
		{"no path", "listening on ws://localhost:4711\r\n", "/"},
		{"query and brackets", "at ws://[::1]:4711/a?b=c \n", "/a?b=c"},
		{"the first", "ws://127.0.0.1:4711/a ws://127.0.0.1:4711/b\nws://127.0.0.1:4711/c\n", "/a"},
		{"another port", "ws://127.0.0.1:47110/a\nws://127.0.0.1:4711/b\n", "/b"},
		{"not printed to its end", "ws://127.0.0.1:4711/a", ""},
		{"none", "http://127.0.0.1:4711/a\n", ""},
		{"control characters", "ws://127.0.0.1:4711/a\x1b[0m\n", "/a"},
	} {
		for size := 1; size <= len(tt.printed); size++ {
			a := announced{port: "4711"}
			for rest := tt.printed; rest != ""; rest = rest[min(size, len(rest)):] {
				if n, err := a.Write([]byte(rest[:min(size, len(rest))])); n != min(size, len(rest)) || err != nil {
					t.Fatal(n, err)
				}
			}
			if got := a.found(); got != tt.want {
				t.Fatalf("%s, in pieces of %d: %q, want %q", tt.name, size, got, tt.want)
			}
		}
	}
	a := announced{port: "1"}
	for range 100 {
		a.Write(make([]byte, 1000))
	}
	if len(a.line) > maxAnnounced {
		t.Errorf("%d octets of a line are kept", len(a.line))
	}
}
