//go:build unix

package drive

import (
	"slices"
	"testing"
)

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		command, want []string
		shell         bool
		agent         string
	}{
		{[]string{"client"}, []string{"client", "ws://x"}, false, "client"},
		{[]string{"/opt/client", "-v"}, []string{"/opt/client", "-v", "ws://x"}, false, "client"},
		{[]string{"client", "--url={}", "-v"}, []string{"client", "--url=ws://x", "-v"}, false, "client"},
		{[]string{"client", "{}", "{}"}, []string{"client", "ws://x", "ws://x"}, false, "client"},
		{[]string{"my client -v"}, []string{`my client -v "$URL"`}, true, "my"},
		{[]string{"client {} -v"}, []string{`client "$URL" -v`}, true, "client"},
		{[]string{"client $URL -v"}, []string{"client $URL -v"}, true, "client"},
	} {
		c := &Config{Command: test.command}
		if words, shell := c.arguments("ws://x"); !slices.Equal(words, test.want) || shell != test.shell {
			t.Errorf("%q: %q, shell %v", test.command, words, shell)
		}
		if agent := c.agent(); agent != test.agent {
			t.Errorf("%q: agent %q", test.command, agent)
		}
	}
}
