package http2

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
)

// BenchmarkCarriers plays the same cases with the same net/http server in a bubble over
// each version of HTTP. Extended CONNECT is switched on by GODEBUG=http2xconnect=1.
func BenchmarkCarriers(b *testing.B) {
	if !strings.Contains(os.Getenv("GODEBUG"), extended) {
		b.Skip("GODEBUG=" + extended + " is not set")
	}
	cases := []string{"1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*"}
	b.Run("over=http1", func(b *testing.B) {
		working(b, func() {
			engine.BenchmarkServer(b, engine.Handler(http.HandlerFunc(hijacked)), &engine.Config{Cases: cases})
		})
	})
	b.Run("over=http2", func(b *testing.B) {
		working(b, func() {
			engine.BenchmarkServer(b, Handler(Bridge(echo)), &engine.Config{Carrier: Carrier, Cases: cases})
		})
	})
}

// working reports the processors' time that an operation of a benchmark takes, with what
// it needs to begin. Other processes change it less than the time.
func working(b *testing.B, play func()) {
	before := process.OwnWork()
	play()
	b.ReportMetric(float64(process.OwnWork()-before)/float64(b.N), "cpu-ns/op")
}

// hijacked is what Bridge does over HTTP/1.1.
func hijacked(w http.ResponseWriter, r *http.Request) {
	var head bytes.Buffer
	if err := r.Write(&head); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	echo(link.Rewind(conn, head.Bytes()))
}
