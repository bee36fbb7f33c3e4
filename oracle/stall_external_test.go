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
		{"leaves-once-we-have-caught-up", "900ms reading\n910ms" + pong + "1905ms received-eof", oracle.Violation},
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

// TestTimeLimit has a peer end a connection over which octets come and go all the time, one over which none do, and
// one on which a message of ours does not end.
func TestTimeLimit(t *testing.T) {
	var busy, slow strings.Builder
	for at := range 8 {
		fmt.Fprintf(&busy, "%ds sent <818100000000> \"a\"\n%dms received <8101> \"a\"\n", at+1, 1000*at+1500)
		fmt.Fprintf(&slow, "%dms sent \"a\"\n", 1500+500*at)
	}
	for _, c := range []struct {
		events, ends string
		want         oracle.Outcome
	}{
		{busy.String()[:strings.Index(busy.String(), "8s")] + "7800ms sent <818100000000> \"b\"\n", "7900ms", oracle.Violation},
		{busy.String() + "9s sent <818100000000> \"b\"\n", "9s", oracle.Unsupported},
		{busy.String() + "9s sent <818100000000> \"b\"\n", "15s", oracle.Inconclusive}, // it should have answered
		{"1s sent <818100000000> \"a\"\n2s received <8101> \"a\"\n", "2900ms", oracle.Violation},
		{"1s sent <818100000000> \"a\"\n2s received <8101> \"a\"\n", "3s", oracle.Unsupported},
		{"1s sent <818100000000> \"a\"\n2s received <890161>\n", "5900ms", oracle.Violation}, // it should have answered
		{"1s sent <818100000000> \"a\"\n2500ms send-failed tag \"they had not all left\"\n", "2500ms", oracle.Unsupported},
		{"1s sent <818100000000> \"a\"\n1500ms send-failed tag \"they had not all left\"\n", "1500ms", oracle.Violation},
		{"1s sent <818100000000> \"a\"\n2500ms send-failed tag \"they had not all left\"\n2600ms written\n", "4s", oracle.Violation},
		{"1s sent <818a00000000>\n", "1900ms", oracle.Violation},
		{"1s sent <818a00000000>\n", "2s", oracle.Unsupported},
		{"1s sent <818a00000000>\n" + slow.String(), "5900ms", oracle.Violation},
		{"1s sent <818a00000000>\n" + slow.String(), "6s", oracle.Unsupported},
		{"1s sent <018200000000> \"ab\" <008a00000000>\n" + slow.String(), "6s", oracle.Unsupported},
		{"1s sent <818200000000> \"ab\"\n1500ms received <8102> \"ab\"\n2s sent <818a00000000>\n" + slow.String()[len("1500ms sent \"a\"\n"):], "5900ms", oracle.Violation},
	} {
		trace, _, err := oracle.ParseTrace(opened + c.events + c.ends + " received-eof\n")
		if err != nil {
			t.Fatal(err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != c.want {
			t.Errorf("%sends after %s: got %+v, want %v", c.events, c.ends, v, c.want)
		}
	}
}

// TestCrossing has a peer end a connection right after octets of ours: where neither side had sent anything before, it may
// have done so on its own, once.
func TestCrossing(t *testing.T) {
	for _, c := range []struct {
		events string
		want   oracle.Basis
	}{
		{"2s sent <818100000000> \"a\"\n2001ms received-eof\n", oracle.Waited},
		{"2s sent <818100000000> \"a\"\n2001ms received <8101> \"a\"\n2002ms sent <818100000000> \"a\"\n2003ms received-eof\n", oracle.Seen},
		{"2ms sent <818100000000> \"a\"\n2001ms received <8101> \"a\"\n2002ms sent <818100000000> \"a\"\n2003ms received-eof\n", oracle.Waited},
		{"2ms sent <818100000000> \"a\"\n3ms received-eof\n", oracle.Seen},
	} {
		trace, _, err := oracle.ParseTrace(opened + c.events)
		if err != nil {
			t.Fatal(err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != oracle.Violation || v.Basis() != c.want {
			t.Errorf("%s: got %+v, want a violation, %v", c.events, v, c.want)
		}
	}
}

// TestReset has a peer reset a connection: where octets were unread that may have destroyed its close frame.
func TestReset(t *testing.T) {
	const ping, pong = "898400000000> \"ping\"\n", "2ms received <8a04> \"ping\"\n"
	for _, c := range []struct {
		events string
		want   oracle.Outcome
	}{
		{"1ms sent <" + ping + "3ms received-reset tag \"connection reset by peer\"\n", oracle.Unsupported},
		{"1ms sent <" + ping + "3ms received-reset\n", oracle.Violation}, // in memory nothing is lost
		{"1ms sent <" + ping + "3ms received-eof\n", oracle.Violation},
		{"1ms sent <" + ping + pong + "3ms received-reset tag \"connection reset by peer\"\n", oracle.Violation},
		{"1ms sent <" + ping + pong + "3ms sent <82>\n4ms received-reset tag \"connection reset by peer\"\n", oracle.Unsupported},
		{"1ms sent <" + ping + pong + "3ms sent <81840000>\n4ms received-reset tag \"connection reset by peer\"\n", oracle.Unsupported},
		{"1ms sent <" + ping + "2ms received <880203e8>\n3ms received-reset tag \"connection reset by peer\"\n", oracle.Violation}, // it says why
		{"1ms sent <" + ping + "2ms received <8a04> \"pong\" <8101> \"a\"\n3ms received-reset tag \"connection reset by peer\"\n", oracle.Violation},
	} {
		trace, _, err := oracle.ParseTrace(opened + c.events)
		if err != nil {
			t.Fatal(err)
		}
		if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true}); v.Outcome != c.want {
			t.Errorf("%s: got %+v, want %v", c.events, v, c.want)
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

// TestResetOfAResponse has a client reset the connection before it has sent a frame: it refuses our response, unless
// it may have had a limit.
func TestResetOfAResponse(t *testing.T) {
	for _, c := range []struct {
		message string
		want    oracle.Outcome
	}{
		{"<8102> \"ab\"", oracle.Violation},
		{"<827e03e8> (<00> × 1000)", oracle.Unsupported},
	} {
		events := strings.NewReplacer("as client", "as server", "0s sent", "0s received", "1ms received", "1ms sent").Replace(opened) +
			"2ms sent " + c.message + "\n3ms received-reset tag \"connection reset by peer\"\n"
		trace, _, err := oracle.ParseTrace(events)
		if err != nil {
			t.Fatal(err)
		}
		v := oracle.JudgeTrace(trace, oracle.Options{Echo: true, Stay: true})
		if v.Outcome != c.want || v.Outcome == oracle.Violation && v.Basis() != oracle.Waited {
			t.Errorf("%s: got %+v, want %v that the same has to show again", c.message, v, c.want)
		}
	}
}
