package peers

import (
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
)

// BenchmarkBlackBox plays random conversations with each library over loopback,
// judged; both sides share the machine. What the libraries get wrong is counted
// and not looked into.
func BenchmarkBlackBox(b *testing.B) {
	for _, lib := range All() {
		b.Run("lib="+lib.Name, func(b *testing.B) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_ = Serve(ln, lib) // net.ErrClosed
			}()
			defer func() {
				ln.Close()
				<-ended
			}()
			o, err := blackbox.Run(b.Context(), blackbox.Options{
				Target: engine.URL("ws://"+ln.Addr().String()+"/", nil), Seed: 1, Scripts: max(b.N, 1), Ignore: []string{"*"},
			})
			if err != nil {
				b.Fatal(err)
			}
			if o.Stopped != "" {
				b.Fatalf("stopped: %s", o.Stopped)
			}
			b.ReportMetric(o.PerSecond(), "conversations/s")
			b.ReportMetric(float64(o.Reached()), "clauses")
		})
	}
}
