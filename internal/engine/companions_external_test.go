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

// names are those that connections gave themselves.
type names struct {
	mu    sync.Mutex
	given map[string]bool
}

// namedConn is a connection whose name is read off its first message.
type namedConn struct {
	net.Conn
	names  *names
	frames wsproto.Collector
	head   []byte
}

func (c *namedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	octets := b[:n]
	if end := []byte("\r\n\r\n"); !bytes.Contains(c.head, end) {
		c.head = append(c.head, octets...)
		_, octets, _ = bytes.Cut(c.head, end)
	}
	for _, f := range c.frames.Feed(octets) {
		if bytes.HasPrefix(f.Payload, []byte("I am ")) {
			c.names.mu.Lock()
			c.names.given[string(f.Payload)] = true
			c.names.mu.Unlock()
		}
	}
	return n, err
}

// TestNamesSideBySide demands that connections side by side have names of their own in a
// dialect: a broker ends the older of two sessions that have the same.
func TestNamesSideBySide(t *testing.T) {
	t.Parallel()
	dialect, err := oracle.ParseDialect(named)
	if err != nil {
		t.Fatal(err)
	}
	seen := names{given: map[string]bool{}}
	server := func(conn net.Conn) {
		_ = reference.ServeConn(&namedConn{Conn: conn, names: &seen}, reference.Options{})
	}
	config := &engine.Config{Cases: []string{"rfc6455/10.4/side-by-side"}, Dialect: dialect, Limits: quick}
	if _, err := engine.Run(t.Context(), engine.Server(server), config); err != nil {
		t.Fatal(err)
	}
	const meeting, sideBySide = 1, 4
	if len(seen.given) < meeting+sideBySide {
		t.Errorf("%d names for %d connections, which are open at the same time but for the first", len(seen.given), meeting+sideBySide)
	}
}
