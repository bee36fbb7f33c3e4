package peers

import (
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkRandom measures random conversations with servers in bubbles, judged:
// use -cpu 1 for the figure of one core. The process collects garbage as one that fuzzes does. What
// these libraries do in the conversations is not the question here.
func BenchmarkRandom(b *testing.B) {
	engine.CollectLess()
	scripts := make([]*catalogue.Case, 2000)
	for n := range scripts {
		scripts[n] = engine.RandomCase(wsproto.Client, 1, n)
	}
	for _, lib := range All() {
		b.Run("lib="+lib.Name+"/role=server", func(b *testing.B) {
			engine.BenchmarkServer(b, lib.Server, &engine.Config{
				Select: scripts,
				Known:  []engine.Deviation{{Case: engine.RandomPrefix + "*", Reason: "measured, not tested"}},
			})
		})
	}
}
