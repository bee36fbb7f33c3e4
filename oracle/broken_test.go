package oracle

import (
	"strings"
	"testing"
)

// TestBroken holds the words for a broken clause to what they are: for every
// clause that can be seen.
func TestBroken(t *testing.T) {
	for c := range Clauses() {
		got := c.Broken()
		if got == "" || strings.HasSuffix(got, ".") || strings.Contains(got, "\n") || strings.Contains(got, "  ") {
			t.Errorf("%s: %q", c.ID, got)
		}
		if c.Visible() && testing.Verbose() {
			t.Logf("%-50s %s", c.ID, got)
		}
	}
	for id, want := range map[ClauseID]string{
		"rfc6455/8.1/utf8-fail":               "text that is not UTF-8 is accepted",
		"rfc6455/5.5/control-fragmented-fail": "a fragmented control frame is accepted",
		"rfc6455/5.1/server-masks-not":        "masks a frame",
		"rfc6455/5.2/opcode":                  "sends an opcode that is reserved",
		"rfc6455/5.5.2/pong":                  "does not answer a ping with a pong",
		"rfc6455/4.1/request-http":            "sends a request that is not valid HTTP",
		"rfc6455/4.2.2/respond":               "does not answer an opening handshake",
		"rfc6455/4.1/response-extension":      "keeps the connection where the response has an extension that was not offered",
		"rfc7692/7.2.2/overrun-fail": "a back-reference beyond the agreed window, or into a message that was to be forgotten," +
			" is accepted",
	} {
		if got := Lookup(id).Broken(); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}
