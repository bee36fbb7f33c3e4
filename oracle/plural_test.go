package oracle

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// TestSingular has counts of one in what findings say.
func TestSingular(t *testing.T) {
	var missing string
	var e echo
	e.overdue, e.queue = 1, []message{{done: true}}
	e.missing(func(_ rule, _, got string) { missing = got })
	var other echo
	other.partedAt = 1
	apart := other.difference()
	var close ours
	close.code, close.reason = wsproto.ClosePayload{HasCode: true, Code: 1000}, 1
	for got, want := range map[string]string{
		missing:                                  "1 message without an echo",
		apart[strings.LastIndex(apart, ", ")+2:]: "which differs after 1 octet",
		reaching(1):                              "1 distance that reaches",
		reaching(2):                              "2 distances that reach",
		close.closeWords():                       "code 1000 (normal closure) and a reason of 1 octet",
	} {
		if !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
