package engine_test

import (
	"bytes"
	"net"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// named is a dialect whose connections begin with a name, as those of MQTT do.
const named = `wscheck dialect 1
dialect "named"
as client
say TEXT "I am " nonce
hear TEXT "I am " any
ask TEXT "ask " counter " " octets
answer TEXT "ask " counter " " octets
ask BINARY "ask " counter " " octets
answer BINARY "ask " counter " " octets
`

// sessions are the connections by the names that they gave themselves.
type sessions struct {
	mu   sync.Mutex
	open map[string]net.Conn
}

// sniffed is a connection whose name is read off its first message. The connection
// before that has the same name, if there is one, is ended.
type sniffed struct {
	net.Conn
	of     *sessions
	frames wsproto.Collector
	head   []byte
	name   string
}

func (s *sniffed) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	octets := b[:n]
	if end := []byte("\r\n\r\n"); !bytes.Contains(s.head, end) {
		s.head = append(s.head, octets...)
		_, octets, _ = bytes.Cut(s.head, end)
	}
	for _, f := range s.frames.Feed(octets) {
		if s.name == "" && bytes.HasPrefix(f.Payload, []byte("I am ")) {
			s.name = string(f.Payload)
			s.of.mu.Lock()
			if before := s.of.open[s.name]; before != nil {
				before.Close()
			}
			s.of.open[s.name] = s.Conn
			s.of.mu.Unlock()
		}
	}
	return n, err
}

// TestSessionsSideBySide demands that connections side by side have names of their own in a
// dialect: a broker ends the older of two sessions that have the same.
func TestSessionsSideBySide(t *testing.T) {
	t.Parallel()
	dialect, err := oracle.ParseDialect(named)
	if err != nil {
		t.Fatal(err)
	}
	of := sessions{open: map[string]net.Conn{}}
	server := func(conn net.Conn) {
		s := &sniffed{Conn: conn, of: &of}
		_ = reference.ServeConn(s, reference.Options{})
		of.mu.Lock()
		if of.open[s.name] == s.Conn {
			delete(of.open, s.name)
		}
		of.mu.Unlock()
	}
	r, err := engine.Run(t.Context(), engine.Server(server), &engine.Config{
		Cases: []string{"rfc6455/10.4/side-by-side"}, Dialect: dialect, Limits: quick,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range r.Agents[0].Results {
		if result.RFC.Outcome != oracle.Pass {
			t.Errorf("%s: %v", result.Case.ID, result.RFC)
		}
	}
}
