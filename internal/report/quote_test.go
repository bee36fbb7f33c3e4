package report

import (
	"testing"
)

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "''",
		"ws://127.0.0.1:9": "ws://127.0.0.1:9",
		"a b":              "'a b'",
		"it's; rm -rf /":   `'it'\''s; rm -rf /'`,
		"$(reboot)":        "'$(reboot)'",
		"-flag":            "'-flag'",
		"a\nb":             `'a\nb'`,
	} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
