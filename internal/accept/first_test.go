package accept

import (
	"io"
	"net"
	"testing"
)

func TestFirst(t *testing.T) {
	for _, test := range []struct {
		says   []string // on each connection
		begun  bool
		missed string
	}{
		{nil, false, "connecting"},
		{[]string{""}, false, "sending anything on its connection"},
		{[]string{"b"}, false, "asking for a WebSocket"},
		{[]string{"", "a"}, true, "asking for a WebSocket"},
		{[]string{"b", "", "a"}, true, "asking for a WebSocket"},
	} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		heads := make(chan string, len(test.says))
		look := func(conn net.Conn) ([]byte, bool) {
			head := make([]byte, 1)
			n, _ := conn.Read(head)
			return head[:n], string(head[:n]) == "a"
		}
		f := AwaitFirst(ln.(*net.TCPListener), look, func(conn net.Conn, head []byte) {
			conn.Close()
			heads <- string(head)
		})
		var conns []net.Conn
		for _, says := range test.says {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conns = append(conns, conn)
			if _, err := io.WriteString(conn, says); err != nil {
				t.Fatal(err)
			}
		}
		if !test.begun {
			for _, conn := range conns { // until it was taken, and closed
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = conn.Read(make([]byte, 1))
			}
			f.Last()
		}
		<-f.Done()
		if f.Begun() != test.begun || len(heads) > 1 || test.begun && <-heads != "a" {
			t.Errorf("%q: begun %v", test.says, f.Begun())
		}
		if missed := f.Missed(); missed != test.missed {
			t.Errorf("%q: without %s, want %s", test.says, missed, test.missed)
		}
		f.Close()
		for _, conn := range conns {
			if _, err := conn.Read(make([]byte, 1)); err == nil {
				t.Errorf("%q: a connection is not closed", test.says)
			}
		}
	}
}
