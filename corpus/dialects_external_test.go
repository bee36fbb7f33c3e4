package corpus_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/oracle"
)

// TestDialects demands that each dialect that comes with the kit is read and written
// exactly, and is the one that its name says.
func TestDialects(t *testing.T) {
	all := corpus.Dialects()
	for _, name := range []string{"echo", "none", "mqtt", "graphql-transport-ws", "nats", "stomp", "jsonrpc", "devtools", "signalr", "engine.io", "ocpp"} {
		d, err := corpus.DialectNamed(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if d == oracle.DialectEcho || d == oracle.DialectNone {
			continue
		}
		again, err := oracle.ParseDialect(d.String())
		if err != nil || again.String() != d.String() {
			t.Errorf("%s: written %s\nread again: %v, %v", name, d, again, err)
		}
		if d.Client == nil || len(d.About) == 0 {
			t.Errorf("%s does not say how to speak with a server, or what it is", name)
		}
	}
	if _, err := corpus.DialectNamed("esperanto"); err == nil || !strings.Contains(err.Error(), "mqtt, nats, none") {
		t.Errorf("error %v, want one that lists the %d dialects", err, len(all))
	}
}
