package oracle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// opened is how the traces of these tests begin.
const opened = `wscheck trace 1
as client
events:
0s sent "GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
1ms received "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
`

// TestStall judges what a peer does while we do not read, and after that.
func TestStall(t *testing.T) {
	const open = opened + `2ms stopped-reading
3ms sent <898400000000> "ping"
`
	const pong = ` received <8a04> "ping"` + "\n"
	for _, c := range []struct {
		name, events string
		want         oracle.Outcome
	}{
		{"silent", "9s timer tag \"wait\"\n9s quiet\n9s reading\n9001ms" + pong + "9002ms closed", oracle.Pass},
		{"silent-after", "300ms reading\n2s timer tag \"pong\"\n2s closed", oracle.Violation},
		{"silent-for-a-moment-after", "9s reading\n9500ms timer tag \"pong\"\n9501ms" + pong + "9502ms closed", oracle.Pass},
		{"leaves-soon", "300ms reading\n301ms received-eof", oracle.Violation},
		{"leaves-while-we-catch-up", "900ms reading\n910ms" + pong + "1100ms received-eof", oracle.Pass},
		{"leaves-once-we-have-caught-up", "900ms reading\n910ms" + pong + "2s received-eof", oracle.Violation},
		{"leaves-late", "9s reading\n9001ms received-eof", oracle.Unsupported},
	} {
		trace, _, err := oracle.ParseTrace(open + c.events + "\n")
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != c.want {
			t.Errorf("%s: got %+v, want %v", c.name, v, c.want)
		}
	}
}

// TestStallBurden has a peer drop the connection soon after a stall in which it had to
// keep answers for us: a few, and more than it needs to.
func TestStallBurden(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		n          int
		want       oracle.Outcome
	}{
		{"few pings", "<898400000000> \"ping\"", 15, oracle.Violation},
		{"many pings", "<898400000000> \"ping\"", 16, oracle.Unsupported},
		{"small messages", "<82fe03e800000000> (<00> × 1000)", 100, oracle.Violation},
		{"large messages", "<82ff000000000001000000000000> (<00> × 65536)", 16, oracle.Unsupported},
	} {
		events := opened + "2ms stopped-reading\n" + strings.Repeat("3ms sent "+c.sent+"\n", c.n) + "303ms reading\n304ms received-eof\n"
		trace, _, err := oracle.ParseTrace(events)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != c.want {
			t.Errorf("%s: got %+v, want %v", c.name, v, c.want)
		}
	}
}

// TestTimeLimit has a peer end a connection over which octets come and go all the time.
func TestTimeLimit(t *testing.T) {
	for _, c := range []struct {
		ends string
		want oracle.Outcome
	}{
		{"28s", oracle.Violation},
		{"30s", oracle.Inconclusive},
	} {
		var events strings.Builder
		events.WriteString(opened)
		for at := range 7 {
			events.WriteString(fmt.Sprintf("%ds sent <818100000000> \"a\"\n%ds received <8101> \"a\"\n", 4*at+1, 4*at+2))
		}
		trace, _, err := oracle.ParseTrace(events.String() + "27s sent <818100000000> \"b\"\n" + c.ends + " received-eof\n")
		if err != nil {
			t.Fatal(err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != c.want {
			t.Errorf("ends after %s: got %+v, want %v", c.ends, v, c.want)
		}
	}
}

// TestStallReason has a peer say by the code of its close frame why it leaves: that is the reason, whatever we had not read.
func TestStallReason(t *testing.T) {
	const pings = opened + "2ms stopped-reading\n"
	events := pings + strings.Repeat("3ms sent <898400000000> \"ping\"\n", 20)
	for code, want := range map[string]string{
		"<880203f0>": "the peer closed with code 1008 (policy violation)",
		"<880203e8>": "the peer ended the connection rather than keep what we did not read",
	} {
		trace, _, err := oracle.ParseTrace(events + "303ms reading\n304ms received " + code + "\n305ms received-eof\n")
		if err != nil {
			t.Fatal(err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Reason != want {
			t.Errorf("%s: got %+v, want %q", code, v, want)
		}
	}
}
