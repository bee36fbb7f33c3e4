//go:build unix

package drive

import "testing"

func TestAgent(t *testing.T) {
	for command, want := range map[string]string{
		"client": "client", "/opt/client": "client", "my client -v": "my", "client {} -v": "client",
	} {
		if agent := (&Config{Command: []string{command}}).agent(); agent != want {
			t.Errorf("%q: agent %q", command, agent)
		}
	}
}
