package raw_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

const (
	request  = "GET /chat HTTP/1.1\r\nHost: example.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\r\n"
)

func TestScript(t *testing.T) {
	for name, c := range map[string]struct {
		role   wsproto.Role
		octets string
		head   int // octets of the handshake
		steps  []oracle.StepKind
	}{
		"nothing":           {wsproto.Client, "", 0, []oracle.StepKind{oracle.StepShutdown}},
		"no HTTP":           {wsproto.Client, "\x81\x00", 2, []oracle.StepKind{oracle.StepShutdown}},
		"request":           {wsproto.Client, request, len(request), nil},
		"no upgrade":        {wsproto.Client, "GET / HTTP/1.1\n\nmore", 20, []oracle.StepKind{oracle.StepShutdown}},
		"unfinished":        {wsproto.Client, request[:90], 90, []oracle.StepKind{oracle.StepShutdown}},
		"frames":            {wsproto.Client, request + "\x81\x80abcd" + "\x01\x02ab", len(request), []oracle.StepKind{oracle.StepFrame, oracle.StepFrame}},
		"cut frame":         {wsproto.Client, request + "\x89\x00" + "\x81\xfe\xff", len(request), []oracle.StepKind{oracle.StepFrame, oracle.StepRaw}},
		"lengths":           {wsproto.Server, response + "\x81\x7e\x00\x01a" + "\xb3\x7f\x00\x00\x00\x00\x00\x00\x00\x02aa", len(response), []oracle.StepKind{oracle.StepFrame, oracle.StepFrame}},
		"huge":              {wsproto.Server, response + "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xffabcd", len(response), []oracle.StepKind{oracle.StepRaw}},
		"refusal":           {wsproto.Server, "HTTP/1.1 400 Bad\r\n\r\nbody", 24, []oracle.StepKind{oracle.StepShutdown}},
		"interim":           {wsproto.Server, "HTTP/1.1 100 Continue\r\n\r\n" + response + "\x8a\x00", 25 + len(response), []oracle.StepKind{oracle.StepFrame}},
		"placeholder":       {wsproto.Server, "HTTP/1.1 ${accept} x", 10, []oracle.StepKind{oracle.StepRaw, oracle.StepShutdown}},
		"placeholder name":  {wsproto.Client, "GET ${other} x", 14, []oracle.StepKind{oracle.StepShutdown}},
		"placeholder first": {wsproto.Client, "${key}", 1, []oracle.StepKind{oracle.StepRaw, oracle.StepShutdown}},
	} {
		t.Run(name, func(t *testing.T) {
			s := raw.Script(c.role, []byte(c.octets))
			var kinds []oracle.StepKind
			for _, step := range s.Steps {
				kinds = append(kinds, step.Kind)
			}
			if s.Role != c.role || s.Handshake.Raw == nil || len(s.Handshake.Raw) != c.head || !slices.Equal(kinds, c.steps) {
				t.Errorf("%d octets of handshake and %v, want %d and %v", len(s.Handshake.Raw), kinds, c.head, c.steps)
			}
			back(t, s, c.octets)
		})
	}
}

// back demands that a script sends the octets, also once it was written and read.
func back(t *testing.T, s *oracle.Script, octets string) {
	t.Helper()
	got, err := raw.Octets(s)
	if err != nil || string(got) != octets {
		t.Errorf("the octets are %q, %v", got, err)
	}
	text := s.String()
	again, err := oracle.ParseScript(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if got, err := raw.Octets(again); err != nil || string(got) != octets {
		t.Errorf("read again, the octets are %q, %v, from\n%s", got, err, text)
	}
}

// TestManyFrames has more frames than a script shows, and payloads that repeat.
func TestManyFrames(t *testing.T) {
	octets := response + strings.Repeat("\x81\x7d"+strings.Repeat("ab", 62)+"a", 5000)
	s := raw.Script(wsproto.Server, []byte(octets))
	if p := &s.Steps[0].Payload; len(p.Data) != 2 || p.Len != 125 || len(s.Steps) > 2000 {
		t.Errorf("the first of %d steps is %v", len(s.Steps), &s.Steps[0])
	}
	back(t, s, octets)
}

func TestFrames(t *testing.T) {
	s := raw.Frames(wsproto.Client, []byte("\x81\x80abcd"))
	if s.Handshake.Raw != nil || len(s.Steps) != 1 || s.Steps[0].Frame.Mask != [4]byte([]byte("abcd")) || s.Steps[0].Masking != oracle.MaskKey {
		t.Errorf("got\n%s", s)
	}
	got, err := raw.Octets(s)
	if err != nil || !bytes.HasPrefix(got, []byte("GET / HTTP/1.1\r\nHost: localhost\r\n")) || !bytes.HasSuffix(got, []byte("\r\n\r\n\x81\x80abcd")) {
		t.Errorf("the octets are %q, %v", got, err)
	}
}

func TestAnswer(t *testing.T) {
	s, ok := raw.Answer(raw.Script(wsproto.Server, []byte(response+"\x89\x00")))
	if !ok {
		t.Fatal("the response has an accept")
	}
	const key = "AQIDBAUGBwgJCgsMDQ4PEA=="
	got := string(head.Response(&s.Handshake, &head.Blanks{Key: key}))
	if want := strings.Replace(response, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", wsproto.AcceptKey(key), 1); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, s := range []*oracle.Script{
		raw.Script(wsproto.Server, []byte("HTTP/1.1 101 Yes\r\n\r\n")),
		raw.Script(wsproto.Client, []byte(strings.ReplaceAll(request, "Sec-WebSocket-Key", "Sec-WebSocket-Accept"))),
	} {
		if _, ok := raw.Answer(s); ok {
			t.Errorf("there is nothing to answer in %q", s.Handshake.Raw)
		}
	}
}

func TestReadFolder(t *testing.T) {
	files, err := raw.ReadFolder(fstest.MapFS{
		"queue/id:000001":   {Data: []byte("b")},
		"queue/.state/auto": {Data: []byte("hidden")},
		"queue/README.txt":  {Data: []byte("AFL++")},
		"a":                 {},
	})
	if err != nil || len(files) != 2 || files[0].Name != "a" || files[1].Name != "queue/id:000001" || string(files[1].Octets) != "b" {
		t.Errorf("got %v, %v", files, err)
	}
	files, err = raw.ReadFolder(fstest.MapFS{"long": {Data: make([]byte, raw.MaxOctets+1)}})
	if err == nil || files != nil || err.Error() != `"long": longer than 16777216 octets` {
		t.Errorf("got %d files, %v", len(files), err)
	}
}
