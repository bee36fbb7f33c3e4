package engine_test

import (
	"bytes"
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// spoiler spoils one octet of what is written, after so many.
type spoiler struct {
	net.Conn
	after int
}

func (s *spoiler) Write(b []byte) (int, error) {
	if at := s.after; at >= 0 && at < len(b) {
		b = bytes.Clone(b)
		b[at] ^= 1
	}
	s.after -= len(b)
	return s.Conn.Write(b)
}

// TestLoopsAreCompared: of a loop of messages that the judge does not read to its
// end, each echo is compared, and a peer that leaves says why.
func TestLoopsAreCompared(t *testing.T) {
	loop := caseOf(t, wsproto.Client, "autobahn/9.7.6")
	leaves := func(code wsproto.CloseCode) reference.Options {
		return reference.Options{Freedom: reference.Freedom{Seed: 1, CloseAfter: 500, CloseCode: code}}
	}
	tests := []struct {
		name  string
		o     reference.Options
		spoil int // the octet, in the payload of an echo, or -1
		want  oracle.Outcome
	}{
		{"conforming", reference.Options{}, -1, oracle.Pass},
		{"spoilt", reference.Options{}, 3 << 20, oracle.Violation},
		{"overloaded", leaves(wsproto.CloseTryAgainLater), -1, oracle.Unsupported},
		{"leaves", leaves(wsproto.CloseNormal), -1, oracle.Inconclusive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := engine.Server(func(conn net.Conn) { _ = reference.ServeConn(&spoiler{conn, tt.spoil}, tt.o) })
			if v := verdict(t, server, loop); v.Outcome != tt.want {
				t.Errorf("got %+v, want %v", v, tt.want)
			}
		})
	}
}
