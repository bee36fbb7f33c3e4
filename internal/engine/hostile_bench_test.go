package engine

import (
	"bufio"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkHostile plays the whole catalogue with servers that would hold a run for
// good, or fill the memory or the disk, and reports what a run costs: the time, the
// memory of this process at most, which the server shares, the octets of the report,
// and how many cases were played before the run gave the server up.
//
//	go test -run '^$' -bench Hostile -benchtime 1x ./internal/engine
func BenchmarkHostile(b *testing.B) {
	silent := accepting(func(_ net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) })
	for _, h := range []struct {
		name  string
		serve func(net.Conn)
	}{
		{"sends 100 Continue for ever", endless("", many(interim))},
		{"sends header lines for ever", endless(accepts, many("X-Field: value\r\n"))},
		{"sends an octet of its response a second", dripping(time.Second, accepts)},
		{"reads nothing", func(net.Conn) { <-b.Context().Done() }},
		{"closes at once", func(conn net.Conn) { conn.Close() }},
		{"is silent after the handshake", silent},
		{"answers pings and never echoes", accepting(answerPings)},
		{"sends messages for ever", flooding("", many(unmasked(wsproto.OpText, true, "x")))},
		{"sends a frame without end", flooding("\x82\x7f\x3f\x00\x00\x00\x00\x00\x00\x00", many("x"))},
		{"sends bombs for ever", accepting(func(conn net.Conn, _ *bufio.Reader) { withoutEnd(conn, bomb()) })},
	} {
		b.Run(h.name, func(b *testing.B) {
			for b.Loop() {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				go accept.All(ln, nil, func(conn net.Conn) { go h.serve(conn) }, nil)
				dir := b.TempDir()
				stop, most := peakHeap()
				r, err := Run(b.Context(), URL("ws://"+ln.Addr().String()+"/", nil), &Config{ReportDir: dir})
				close(stop)
				ln.Close()
				if r == nil {
					b.Fatal(err)
				}
				if err != nil {
					b.Log(err)
				}
				played := 0
				for _, agent := range r.Agents {
					played += len(agent.Results)
				}
				b.ReportMetric(float64(played), "cases")
				b.ReportMetric(float64(<-most)/(1<<20), "MiB")
				b.ReportMetric(float64(sizeOf(b, dir))/(1<<20), "report-MiB")
			}
		})
	}
}

// peakHeap watches the octets of heap in use until stop is closed. Then most has the
// most that it saw.
func peakHeap() (stop chan struct{}, most <-chan uint64) {
	stop, peak := make(chan struct{}), make(chan uint64, 1)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		seen := uint64(0)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			metrics.Read(sample)
			seen = max(seen, sample[0].Value.Uint64())
			select {
			case <-tick.C:
			case <-stop:
				tick.Stop()
				peak <- seen
				return
			}
		}
	}()
	return stop, peak
}

// sizeOf returns the octets of all files in a folder.
func sizeOf(b *testing.B, dir string) (octets int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			octets += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return octets
}
