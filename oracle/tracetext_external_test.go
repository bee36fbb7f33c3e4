package oracle_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

var anyEvent = rapid.Custom(func(t *rapid.T) oracle.Event {
	ev := oracle.Event{
		Kind: oracle.EventKind(rapid.IntRange(0, int(oracle.EventOverflow)).Draw(t, "kind")),
		At:   time.Duration(rapid.Int64Min(0).Draw(t, "at")),
		Step: rapid.IntRange(-1, 5000).Draw(t, "step"),
		Tag:  maybe(anyText).Draw(t, "tag"),
		Sync: rapid.Bool().Draw(t, "sync"),
	}
	if data := maybe(anyOctets).Draw(t, "data"); len(data) > 0 {
		ev.Data = data
	}
	ev.N = len(ev.Data) + rapid.IntRange(0, 1000).Draw(t, "elided")
	return ev
})

func TestTraceTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &oracle.Trace{Role: rapid.SampledFrom([]wsproto.Role{wsproto.Client, wsproto.Server}).Draw(t, "role")}
		if events := rapid.SliceOfN(anyEvent, 0, 5).Draw(t, "events"); len(events) > 0 {
			want.Events = events
		}
		var script *oracle.Script
		if rapid.Bool().Draw(t, "with its script") {
			script = anyScript.Draw(t, "script")
			script.Role = want.Role
		}
		text := oracle.FormatTrace(want, script)
		got, gotScript, err := oracle.ParseTrace(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotScript, script) {
			t.Fatalf("got  %#v, %#v\nwant %#v, %#v\n%s", got, gotScript, want, script, text)
		}
		if again := oracle.FormatTrace(got, gotScript); again != text {
			t.Fatalf("the text is no fixed point:\n%s\n%s", text, again)
		}
	})
}

func TestTraceTextGolden(t *testing.T) {
	trace := &oracle.Trace{Role: wsproto.Client, Events: []oracle.Event{
		{Kind: oracle.EventSent, Data: []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), Step: -1},
		{Kind: oracle.EventReceived, At: 1500 * time.Microsecond, Data: []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"), Step: -1},
		{Kind: oracle.EventStep, At: 2 * time.Millisecond},
		{Kind: oracle.EventSent, At: 2 * time.Millisecond, Data: []byte{0x81, 0x00}, N: 70000, Sync: true},
		{Kind: oracle.EventTimer, At: time.Second, Tag: "await pong", Step: 1},
		{Kind: oracle.EventPeerDied, At: time.Minute, Data: []byte("panic: boom\n"), N: 12, Tag: "exit status 2", Step: -1},
	}}
	script := &oracle.Script{Steps: []oracle.Step{{Kind: oracle.StepReset}}}
	const want = `wscheck trace 1
as client
reset
end: ping, await the pong, close
events:
0s sent "GET / HTTP/1.1\r\n"
  "Host: 127.0.0.1:9001\r\n"
  "Upgrade: websocket\r\n"
  "Connection: Upgrade\r\n\r\n"
1.5ms received "HTTP/1.1 101 Switching Protocols\r\n\r\n"
2ms step [step 0]
2ms sent <8100> [step 0, 70000 octets in all, by itself]
1s timer tag "await pong" [step 1]
1m0s peer-died "panic: boom\n" tag "exit status 2"
`
	if got := oracle.FormatTrace(trace, script); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := oracle.FormatTrace(trace, nil); !strings.HasPrefix(got, "wscheck trace 1\nas client\nevents:\n0s sent") {
		t.Errorf("without a script:\n%s", got)
	}
}

// A trace that was saved is judged as the one that was played.
func TestTraceTextKeepsTheVerdict(t *testing.T) {
	const handshake = "0s sent \"GET / HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\"\n" +
		"  \"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n\"\n" +
		"1ms received \"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\"\n" +
		"  \"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n\"\n"
	for name, test := range map[string]struct {
		events string
		want   oracle.Outcome
	}{
		"masked by a server": {"2ms received <818000000000>\n", oracle.Violation},
		"closes as it should": {
			"2ms sent <88 82 00000000 03e8>\n3ms received <880203e8>\n4ms received-eof\n", oracle.Pass,
		},
	} {
		t.Run(name, func(t *testing.T) {
			trace, script, err := oracle.ParseTrace("wscheck trace 1\nas client\nevents:\n" + handshake + test.events)
			if err != nil || script != nil {
				t.Fatal(script, err)
			}
			if v := oracle.JudgeTrace(trace, oracle.Options{Echo: true}); v.Outcome != test.want {
				t.Errorf("got %+v, want %v", v, test.want)
			}
		})
	}
}

func TestTraceSyntaxErrors(t *testing.T) {
	const head = "wscheck trace 1\nas client\n"
	tests := []struct {
		name, text   string
		line, column int
		problem      string
	}{
		{"empty", "", 1, 1, "wscheck trace 1"},
		{"other version", "wscheck trace 2\n", 1, 15, `want "1"`},
		{"a script alone", "as client", 1, 1, "wscheck trace 1"},
		{"no events", head + "reset\n", 4, 1, `want "events:"`},
		{"no time", head + "events:\nsent \"a\"", 4, 1, "want a time"},
		{"no such event", head + "events:\n1s explosion", 4, 4, "want the kind of an event"},
		{"no tag", head + "events:\n1s timer tag", 4, 13, "want the tag"},
		{"no such option", head + "events:\n1s timer [loud]", 4, 11, "octets in all"},
		{"error in the script", head + "frame TEXTUAL\nevents:", 3, 7, "opcode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := oracle.ParseTrace(test.text)
			var syntax *oracle.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v", err)
			}
			if syntax.Line != test.line || syntax.Column != test.column || !strings.Contains(syntax.Problem, test.problem) {
				t.Errorf("got %v; want %d:%d, %q", err, test.line, test.column, test.problem)
			}
		})
	}
}
