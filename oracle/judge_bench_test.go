package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func BenchmarkJudge(b *testing.B) {
	for _, role := range []wsproto.Role{client, server} {
		trace := traceOf(role, open(), tx(text("hello"), ping("a")), rx(text("hello"), pong("a")), quiet(), farewell())
		b.Run(fmt.Sprintf("conversation/role=%v", role), func(b *testing.B) { benchmarkTrace(b, trace, 0) })
	}
	for _, size := range []int{64, 4 << 10, 1 << 20} {
		for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
			payload := strings.Repeat("0123456789abcdef", size/16)
			var parts []part
			n := max(1, 1<<16/size)
			for range n {
				parts = append(parts, tx(frame(op, payload)), rx(frame(op, payload)))
			}
			trace := traceOf(client, open(), all(parts...), farewell())
			b.Run(fmt.Sprintf("echo/op=%v/size=%d", op, size), func(b *testing.B) { benchmarkTrace(b, trace, n*2*size) })
		}
	}
	hello := text(helloDeflated).rsv(4)
	trace := traceOf(client, deflated(permessageDeflate, permessageDeflate), tx(hello), rx(hello), quiet(), farewell())
	b.Run("deflate", func(b *testing.B) { benchmarkTrace(b, trace, 0) })
}

func benchmarkTrace(b *testing.B, trace *Trace, octets int) {
	j := new(Judge)
	b.SetBytes(int64(octets))
	b.ReportAllocs()
	for b.Loop() {
		j.Reset(trace.Role, echoing)
		for i := range trace.Events {
			j.Feed(&trace.Events[i])
		}
		if v := j.Verdict(); v.Outcome > Allowed {
			b.Fatalf("%+v", v)
		}
	}
}
