package peers

import (
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkConversation measures conversations in bubbles: a short one, and the
// mean over the protocol's cases.
func BenchmarkConversation(b *testing.B) {
	for _, lib := range All() {
		for _, cases := range []struct {
			name     string
			patterns []string
		}{
			{"echo", []string{"1.1.2"}},
			{"protocol", protocol},
		} {
			config := &engine.Config{Cases: cases.patterns, Known: lib.Known(wsproto.Server)}
			b.Run("lib="+lib.Name+"/role=server/cases="+cases.name, func(b *testing.B) {
				engine.BenchmarkServer(b, lib.Server, config)
			})
		}
	}
}
