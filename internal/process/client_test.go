//go:build unix

package process

import (
	"slices"
	"testing"
)

func TestClientArguments(t *testing.T) {
	for _, test := range []struct {
		command, want []string
		shell         bool
	}{
		{[]string{"client"}, []string{"client", "ws://x"}, false},
		{[]string{"/opt/client", "-v"}, []string{"/opt/client", "-v", "ws://x"}, false},
		{[]string{"client", "--url={}", "-v"}, []string{"client", "--url=ws://x", "-v"}, false},
		{[]string{"client", "{}", "{}"}, []string{"client", "ws://x", "ws://x"}, false},
		{[]string{"my client -v"}, []string{`my client -v "$URL"`}, true},
		{[]string{"client {} -v"}, []string{`client "$URL" -v`}, true},
		{[]string{"client $URL -v"}, []string{"client $URL -v"}, true},
	} {
		c := &Client{Command: test.command}
		if words, shell := c.arguments("ws://x"); !slices.Equal(words, test.want) || shell != test.shell {
			t.Errorf("%q: %q, shell %v", test.command, words, shell)
		}
	}
}
