package peers

import (
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkRandom measures random conversations with servers in bubbles, judged:
// use -cpu 1 for the figure of one core. What these libraries do in them is not
// the question here.
func BenchmarkRandom(b *testing.B) {
	scripts := make([]*catalogue.Case, 2000)
	for n := range scripts {
		scripts[n] = harness.RandomCase(wsproto.Client, 1, n)
	}
	for _, lib := range All() {
		b.Run("lib="+lib.Name+"/role=server", func(b *testing.B) {
			harness.BenchmarkServer(b, lib.Server, &harness.Config{
				Select: scripts,
				Known:  []harness.Deviation{{Case: harness.RandomPrefix + "*", Reason: "measured, not tested"}},
			})
		})
	}
}
