package engine

import "testing"

// TestDistorted takes for an echo that went wrong what an application hardly says.
func TestDistorted(t *testing.T) {
	for msg, want := range map[string]bool{
		"WSCHECK": true, "wschec": true, "wscheck\x00": true, "wscheckwscheck": true, "wscheck!": true, "xscheck": true, "scheck": true,
		"someone says: wscheck": false, `{"text":"wscheck"}`: false, "wscheck, said a guest": false, "what?": false, "welcome to the chat": false,
	} {
		if got := distorted([]byte(msg)); got != want {
			t.Errorf("%q: %v, want %v", msg, got, want)
		}
	}
}
