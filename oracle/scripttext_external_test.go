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

// anyOctets draws octets of every look: text, what is no text, repetitions.
var anyOctets = rapid.Custom(func(t *rapid.T) []byte {
	var b []byte
	for range rapid.IntRange(1, 4).Draw(t, "parts") {
		switch rapid.IntRange(0, 4).Draw(t, "look") {
		case 0:
			b = append(b, rapid.String().Draw(t, "text")...)
		case 1:
			b = append(b, rapid.SliceOf(rapid.Byte()).Draw(t, "octets")...)
		case 2:
			unit := rapid.SliceOfN(rapid.Byte(), 1, 10).Draw(t, "unit")
			for range rapid.IntRange(1, 200).Draw(t, "times") {
				b = append(b, unit...)
			}
		case 3:
			b = append(b, rapid.StringMatching(`[ -~]{0,300}`).Draw(t, "line")...)
		default:
			b = append(b, "GET / HTTP/1.1\r\nHost: \"x\\y\"\r\n\r\n"...)
		}
	}
	return b
})

func maybe[V any](g *rapid.Generator[V]) *rapid.Generator[V] {
	var zero V
	return rapid.OneOf(rapid.Just(zero), g)
}

var (
	anyText  = rapid.Map(anyOctets, func(b []byte) string { return string(b) })
	anySize  = rapid.IntRange(1, 5000)
	anyTime  = rapid.Map(rapid.Int64Range(1, int64(time.Hour)), func(n int64) time.Duration { return time.Duration(n) })
	anyField = rapid.Custom(func(t *rapid.T) wsproto.Field {
		if raw := maybe(anyText).Draw(t, "raw"); raw != "" {
			return wsproto.Field{Raw: raw}
		}
		return wsproto.Field{Name: maybe(anyText).Draw(t, "name"), Value: maybe(anyText).Draw(t, "value")}
	})
)

var anyHandshake = rapid.Custom(func(t *rapid.T) oracle.Handshake {
	texts := func(label string) []string {
		if list := rapid.SliceOfN(maybe(anyText), 0, 3).Draw(t, label); len(list) > 0 {
			return list
		}
		return nil
	}
	h := oracle.Handshake{
		Method: maybe(anyText).Draw(t, "method"), Proto: maybe(anyText).Draw(t, "proto"),
		Target: maybe(anyText).Draw(t, "target"), NoHost: rapid.Bool().Draw(t, "no host"),
		Host: maybe(anyText).Draw(t, "host"), Key: maybe(anyText).Draw(t, "key"),
		Version: maybe(anyText).Draw(t, "version"), Status: maybe(rapid.IntRange(1, 999)).Draw(t, "status"),
		Reason: maybe(anyText).Draw(t, "reason"), Accept: maybe(anyText).Draw(t, "accept"),
		Drop: texts("drop"), Subprotocols: texts("subprotocols"), Offers: texts("offers"),
		Before: texts("before"), BegunEarly: rapid.Bool().Draw(t, "begun early"),
		Chop: maybe(anySize).Draw(t, "chop"), WithFrames: rapid.Bool().Draw(t, "with frames"),
		Refused: rapid.Bool().Draw(t, "refused"), MayRefuse: rapid.Bool().Draw(t, "may refuse"),
	}
	if fields := rapid.SliceOfN(anyField, 0, 3).Draw(t, "fields"); len(fields) > 0 {
		h.Fields = fields
	}
	switch rapid.IntRange(0, 2).Draw(t, "raw") {
	case 1:
		h.Raw = []byte{}
	case 2:
		h.Raw = anyOctets.Filter(func(b []byte) bool { return len(b) > 0 }).Draw(t, "raw")
	}
	return h
})

var anyPayload = rapid.Custom(func(t *rapid.T) (p oracle.Payload) {
	data := func() []byte {
		if b := anyOctets.Draw(t, "data"); len(b) > 0 {
			return b
		}
		return nil
	}
	switch rapid.IntRange(0, 3).Draw(t, "payload") {
	case 1:
		p.Data = data()
	case 2:
		p.Data = data()
		p.Len = rapid.OneOf(anySize, rapid.Just(len(p.Data)), rapid.Just(3*len(p.Data))).Draw(t, "len")
	case 3:
		p.Source = rapid.OneOf(rapid.SampledFrom([]string{"json", "a b", "9", "from", "×"}), anyText).
			Filter(func(s string) bool { return s != "" }).Draw(t, "source")
		p.Len = rapid.IntRange(0, 70000).Draw(t, "len")
		p.Offset = rapid.IntRange(0, 70000).Draw(t, "offset")
	}
	return p
})

// anyStep draws a step with a value in every field that counts for its kind.
var anyStep = rapid.Custom(func(t *rapid.T) oracle.Step {
	s := oracle.Step{Kind: oracle.StepKind(rapid.IntRange(0, int(oracle.StepDrop)).Draw(t, "kind"))}
	written := func() {
		s.Chop = maybe(anySize).Draw(t, "chop")
		s.Sync = rapid.Bool().Draw(t, "sync")
	}
	header := func() {
		s.Frame.Opcode = wsproto.Opcode(rapid.Uint8().Draw(t, "opcode"))
		s.Frame.Rsv = rapid.Uint8().Draw(t, "rsv")
		s.Masking = oracle.Masking(rapid.IntRange(0, int(oracle.MaskKey)).Draw(t, "masking"))
		if s.Masking == oracle.MaskKey {
			s.Frame.Mask = [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "mask"))
		}
		s.Payload = anyPayload.Draw(t, "payload")
		written()
	}
	message := func() {
		header()
		s.Fragment = maybe(anySize).Draw(t, "fragment")
		s.Plain = rapid.Bool().Draw(t, "plain")
	}
	switch s.Kind {
	case oracle.StepFrame:
		header()
		s.Frame.Fin = rapid.Bool().Draw(t, "fin")
		s.Frame.Form = wsproto.LengthForm(rapid.IntRange(0, int(wsproto.Form64)).Draw(t, "form"))
		if s.HasDeclared = rapid.Bool().Draw(t, "has declared"); s.HasDeclared {
			s.Declared = rapid.Uint64().Draw(t, "declared")
		}
	case oracle.StepMessage:
		message()
	case oracle.StepEcho:
		message()
		s.Count = rapid.IntRange(0, 1000).Draw(t, "count")
		s.Timeout = maybe(anyTime).Draw(t, "timeout")
	case oracle.StepFrameData, oracle.StepRaw:
		s.Payload = anyPayload.Draw(t, "payload")
		written()
	case oracle.StepClose:
		if p := anyPayload.Draw(t, "payload"); p.Size() > 0 {
			s.Payload = p
			break
		}
		s.Code = wsproto.CloseCode(rapid.Uint16().Draw(t, "code"))
		s.Reason = maybe(anyText).Draw(t, "reason")
	case oracle.StepWait:
		s.Timeout = maybe(anyTime).Draw(t, "timeout")
		s.Tag = maybe(anyText).Draw(t, "tag")
	case oracle.StepFailAfter, oracle.StepCloseAfter:
		s.Timeout = maybe(anyTime).Draw(t, "timeout")
	case oracle.StepAwait:
		s.Until = oracle.Await(rapid.IntRange(0, int(oracle.AwaitEnd)).Draw(t, "until"))
		s.Count = rapid.IntRange(0, 1000).Draw(t, "count")
		s.Timeout = maybe(anyTime).Draw(t, "timeout")
	}
	return s
})

var anyScript = rapid.Custom(func(t *rapid.T) *oracle.Script {
	s := &oracle.Script{
		Role:      rapid.SampledFrom([]wsproto.Role{wsproto.Client, wsproto.Server}).Draw(t, "role"),
		Handshake: maybe(anyHandshake).Draw(t, "handshake"),
		End:       oracle.End(rapid.IntRange(0, int(oracle.EndNone)).Draw(t, "end")),
	}
	if steps := rapid.SliceOfN(anyStep, 0, 4).Draw(t, "steps"); len(steps) > 0 {
		s.Steps = steps
	}
	return s
})

// TestScriptTextRoundTrip holds the text form to its promise: the script of a
// script's text is the script.
func TestScriptTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyScript.Draw(t, "script")
		text := want.String()
		got, err := oracle.ParseScript(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %#v\nwant %#v\n%s", got, want, text)
		}
		if again := got.String(); again != text {
			t.Fatalf("the text is no fixed point:\n%s\n%s", text, again)
		}
	})
}

// TestScriptTextIsLoose rewrites a text as people may, which has to count for
// nothing.
func TestScriptTextIsLoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyScript.Draw(t, "script").String()
		blank := rapid.SampledFrom([]string{"", " ", "\t", "# 5 × \"[\"", "\r"})
		var b strings.Builder
		for line := range strings.Lines(want) {
			line = strings.TrimSuffix(line, "\n")
			for range rapid.IntRange(0, 2).Draw(t, "empty lines") {
				b.WriteString(blank.Draw(t, "empty") + "\n")
			}
			b.WriteString("  " + line + " " + blank.Draw(t, "end") + "\n")
		}
		got, err := oracle.ParseScript(b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if got.String() != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// Scripts as people write them, and their canonical form.
func TestScriptTextByHand(t *testing.T) {
	const closing = "\nend: ping, await the pong, close"
	tests := []struct{ name, text, want string }{
		{"nothing but the role", "as client", "as client" + closing},
		{"short ends", "as server\nend: drop", "as server\nend: drop the connection"},
		{"ascii x", `as client` + "\n" + `frame TEXT "ab" x 3`, `as client` + "\n" + `frame TEXT "ab" × 3` + closing},
		{"no blanks", "as client\nframe TEXT\"ab\"×3[continued,rsv=4]#x", "as client\nframe TEXT \"ab\" × 3 [continued, rsv=4]" + closing},
		{"literals in parts", "as client\nraw \"ab\" <63 64>\n\n# comment\n<6> # half", ""},
		{"literal over lines", "as client\nraw \"ab\"\n  <63 64>\n\n# comment\n   (\"e\" × 2)", "as client\nraw \"abcdee\"" + closing},
		{"options in any order", "as client\nframe PING [by itself, 64-bit length, continued]",
			"as client\nframe PING [continued, 64-bit length, by itself]" + closing},
		{"minimal length", "as client\nframe PING [minimal length]", "as client\nframe PING" + closing},
		{"hexadecimal number", "as client\nframe PING [declared 0x8000000000000000]",
			"as client\nframe PING [declared 9223372036854775808]" + closing},
		{"reserved opcode by number", "as client\nframe RSV8", "as client\nframe CLOSE" + closing},
		{"repetition in a literal", "as client\nraw <00> (\"ab\" × 100)", "as client\nraw <00> (\"ab\" × 100)" + closing},
		{"empty literal", "as client\nframe TEXT \"\"", "as client\nframe TEXT" + closing},
		{"empty raw handshake", "as client\nhandshake raw \"\"", "as client\nhandshake raw \"\"" + closing},
		{"windows", "as client\r\nclose 1000 \"bye\"\r\n", "as client\nclose 1000 \"bye\"" + closing},
		{"close payload of a data set", "as client\nclose 5 octets of json", "as client\nclose 5 octets of json" + closing},
		{"other units", "as client\nwait 1500ms", "as client\nwait 1.5s" + closing},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := oracle.ParseScript(test.text)
			if test.want == "" {
				if err == nil {
					t.Fatalf("no error, but\n%s", s)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.String(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// The canonical text in full: it must not change, since ids are made of it.
func TestScriptTextGolden(t *testing.T) {
	s := &oracle.Script{
		Role: wsproto.Client,
		Handshake: oracle.Handshake{
			Before: []string{"HEAD ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\n"}, BegunEarly: true,
			Target: "/chat", NoHost: true, Drop: []string{"Upgrade"},
			Fields:     []wsproto.Field{{Name: "Origin", Value: "http://example.com"}, {Raw: "Upgrade:websocket\n"}, {Name: "a: b", Value: "c"}},
			Offers:     []string{"permessage-deflate"},
			WithFrames: true, Chop: 1, MayRefuse: true,
		},
		Steps: []oracle.Step{
			{Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: wsproto.OpText, Rsv: 4, Mask: [4]byte{1, 2, 3, 4}}, Masking: oracle.MaskKey, Payload: oracle.Payload{Data: []byte("κόσμε\x00\"")}},
			{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: 3, Form: wsproto.Form16}, Masking: oracle.MaskNever, HasDeclared: true, Declared: 1 << 63, Payload: oracle.Payload{Data: []byte{0xff, 0xfe}, Len: 5}},
			{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpBinary}, Payload: oracle.Payload{Data: []byte("*"), Len: 65536}, Fragment: 1000, Plain: true},
			{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Source: "json", Len: 100, Offset: 7}, Count: 10},
			{Kind: oracle.StepFrameData, Payload: oracle.Payload{Data: []byte("x")}, Chop: 2, Sync: true},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte("POST / HTTP/1.1\r\n" + strings.Repeat("A", 100) + ": it has a value that does not fit into the line with what stands before it\r\n\r\n")}},
			{Kind: oracle.StepClose, Code: 1000, Reason: "bye"},
			{Kind: oracle.StepWait, Timeout: time.Second, Tag: "A"},
			{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: 2, Timeout: 5 * time.Second},
		},
		End: oracle.EndAwait,
	}
	const want = `as client
handshake before "HEAD ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\n"
handshake begun early
handshake target "/chat"
handshake no host
handshake without Upgrade
handshake field "Origin: http://example.com"
handshake line "Upgrade:websocket\n"
handshake field "a: b" is "c"
handshake extension "permessage-deflate"
handshake in pieces of 1 octet
handshake with the first frames in the same write
handshake may be refused
frame TEXT "κόσμε\x00\"" [continued, rsv=4, masked with 01020304]
frame RSV3 <fffe> to 5 octets [16-bit length, declared 9223372036854775808, never masked]
message BINARY "*" × 65536 [in frames of 1000 octets, never compressed]
echo 10 × TEXT 100 octets of json from 7
data "x" [in pieces of 2 octets, by itself]
raw "POST / HTTP/1.1\r\n" ("A" × 100)
  ": it has a value that does not fit into the line with what stands before it\r\n\r\n"
close 1000 "bye"
wait 1s "A"
await pong × 2 within 5s
end: await the end of the connection`
	if got := s.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestScriptSyntaxErrors holds where an error is said to be, and what remedy it
// names.
func TestScriptSyntaxErrors(t *testing.T) {
	tests := []struct {
		name, text   string
		line, column int
		problem      string // part of it
	}{
		{"empty", "", 1, 1, `want "as"`},
		{"no role", "as", 1, 3, "client or server"},
		{"other role", "as peer", 1, 4, "client or server"},
		{"no step", "as client\nfrobnicate", 2, 1, "want a step (frame, message"},
		{"handshake after a step", "as client\nreset\nhandshake no host", 3, 1, "want a step"},
		{"no part of the handshake", "as client\nhandshake colour \"red\"", 2, 11, "want status, method"},
		{"twice", "as client\nhandshake host \"a\"\nhandshake host \"b\"", 3, 11, "leave one out"},
		{"no field", "as client\nhandshake field \"Host:x\"", 2, 17, `handshake line "…\r\n"`},
		{"empty host", "as client\nhandshake host \"\"", 2, 16, "leave the line out"},
		{"no opcode", "as client\nframe \"x\"", 2, 7, "want an opcode"},
		{"open quotes", "as client\nframe TEXT \"κόσμε", 2, 18, "close it"},
		{"quotes over lines", "as client\nframe TEXT \"ab\ncd\"", 2, 15, "close it"},
		{"escape", "as client\nframe TEXT \"κό\\q\"", 2, 15, "no such escape"},
		{"surrogate", `as client` + "\n" + `frame TEXT "\ud800"`, 2, 13, "no such escape"},
		{"half an octet", "as client\nraw <abc>", 2, 9, "come in pairs"},
		{"no digit", "as client\nraw <ag>", 2, 7, "no hexadecimal digit"},
		{"open bracket", "as client\nraw <ab", 2, 8, "close them with >"},
		{"unit without octets", "as client\nraw (\"\" × 3)", 2, 9, "not empty"},
		{"no times", "as client\nraw \"a\" × 0", 2, 9, "leave it out"},
		{"too many times", "as client\nraw \"a\" × 2000000000", 2, 5, "more than 268435456 octets"},
		{"too many echoes", "as client\necho 2000000000 × TEXT \"abc\"", 2, 24, "more than 268435456 octets"},
		{"too much of a data set", "as client\nraw 2000000000 octets of json", 2, 5, "more than 268435456 octets"},
		{"no option", "as client\nwait 1s [by itself]", 2, 10, "it has none"},
		{"other option", "as client\nframe TEXT [in frames of 5 octets]", 2, 13, "want an option of frame: continued"},
		{"option twice", "as client\nframe TEXT [never masked, always masked]", 2, 27, "leave one out"},
		{"open options", "as client\nframe TEXT [continued", 2, 22, `want "]"`},
		{"short mask", "as client\nframe TEXT [masked with 0102]", 2, 13, "masked with 01020304"},
		{"no time", "as client\nwait 1", 2, 6, "such as 1.5s"},
		{"no such time", "as client\nwait 9000h", 2, 6, "at most 1h0m0s"},
		{"close code", "as client\nclose 65536", 2, 7, "at most 65535"},
		{"await", "as client\nawait godot", 2, 7, "message, pong, ping, close, end"},
		{"no end", "as client\nend: well", 2, 6, "want one of close, await and drop"},
		{"after the end", "as client\nend: drop\nreset", 3, 1, "the script has ended"},
		{"after a step", "as client\nreset now", 2, 7, "want the end of the line"},
		{"literal as a line", "\"as client\"", 1, 1, `want "as"`},
		{"no UTF-8", "as client\nframe TEXT \"a\xff\"", 2, 14, `\xff`},
		{"control character", "as client\n\x00", 2, 1, "cannot stand here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := oracle.ParseScript(test.text)
			var syntax *oracle.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, %v", s, err)
			}
			if syntax.Line != test.line || syntax.Column != test.column || !strings.Contains(syntax.Problem, test.problem) {
				t.Errorf("got %v; want %d:%d, %q", err, test.line, test.column, test.problem)
			}
		})
	}
}

// What is bounded is refused before memory is taken for it.
func TestScriptTextBounds(t *testing.T) {
	for name, text := range map[string]string{
		"steps":   "as client\n" + strings.Repeat("reset\n", 1<<16+1),
		"text":    "as client\n" + strings.Repeat(" ", 16<<20),
		"literal": "as client\nraw (\"aaaaaaaa\" × 1000000000)",
		"sent":    "as client\n" + strings.Repeat("raw \"a\" × 200000000\n", 2),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := oracle.ParseScript(text); err == nil {
				t.Error("no error")
			}
		})
	}
}
