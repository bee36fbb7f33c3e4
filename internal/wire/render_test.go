package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestRender(t *testing.T) {
	text := oracle.Payload{Data: []byte("Hello")}
	for name, c := range map[string]struct {
		role  wsproto.Role
		steps []oracle.Step
		want  string // pieces in hexadecimal digits
	}{
		"frame":    {wsproto.Server, []oracle.Step{{Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpText}, Payload: text}}, "810548656c6c6f"},
		"masked":   {wsproto.Client, []oracle.Step{{Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpText}, Payload: text}}, "818537fa213d7f9f4d5158"},
		"key":      {wsproto.Client, []oracle.Step{{Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpText, Mask: [4]byte{1, 1, 1, 1}}, Masking: oracle.MaskKey, Payload: text}}, "81850101010149646d6d6e"},
		"never":    {wsproto.Client, []oracle.Step{{Frame: wsproto.Header{Opcode: wsproto.OpPing}, Masking: oracle.MaskNever}}, "0900"},
		"declared": {wsproto.Server, []oracle.Step{{Frame: wsproto.Header{Opcode: 2}, HasDeclared: true, Declared: 300, Payload: text}}, "027e012c48656c6c6f"},
		"data": {wsproto.Client, []oracle.Step{
			{Frame: wsproto.Header{Fin: true, Opcode: 2}, HasDeclared: true, Declared: 5, Payload: oracle.Payload{Data: []byte("He")}},
			{Kind: oracle.StepFrameData, Payload: oracle.Payload{Data: []byte("llo")}},
		}, "828537fa213d7f9f4d5158"},
		"repeated": {wsproto.Server, []oracle.Step{{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte{1, 2}, Len: 5}}}, "0102010201"},
		"message": {wsproto.Server, []oracle.Step{
			{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: 1}, Payload: text, Fragment: 2},
			{Kind: oracle.StepClose},
		}, "010248650002" + "6c6c80016f" + "8800"},
		"pieces": {wsproto.Server, []oracle.Step{
			{Frame: wsproto.Header{Fin: true, Opcode: 1}, Payload: text, Chop: 3},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte{9}}},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte{8, 7}}, Sync: true},
			{Kind: oracle.StepWait, Timeout: time.Second},
			{Kind: oracle.StepClose, Code: 1000, Reason: "bye"},
		}, "810548 656c6c 6f 09 0807 880503e8627965"},
		"echo": {wsproto.Server, []oracle.Step{
			{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: 2}, Payload: oracle.Payload{Data: []byte{1}, Len: 2}, Count: 2},
		}, "82020101 82020101"},
		"after the end": {wsproto.Server, []oracle.Step{
			{Kind: oracle.StepClose, Payload: oracle.Payload{Data: []byte{3}}},
			{Kind: oracle.StepShutdown},
			{Kind: oracle.StepRaw, Payload: text},
		}, "880103"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Render(&oracle.Script{Role: c.role, Steps: c.steps}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range r.Pieces {
				got = append(got, hex.EncodeToString(p))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
			if head := []byte("GET / HTTP/1.1\r\n"); c.role == wsproto.Client && !bytes.HasPrefix(r.Octets(), head) {
				t.Errorf("begins with %q", r.Opening)
			}
			if len(r.Octets()) != len(r.Opening)+len(strings.ReplaceAll(c.want, " ", ""))/2 {
				t.Errorf("%d octets in all", len(r.Octets()))
			}
		})
	}
}

// TestRenderBefore has the requests that come before the opening handshake stand before it.
func TestRenderBefore(t *testing.T) {
	s := &oracle.Script{Role: wsproto.Client, Steps: []oracle.Step{{Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPing}}}}
	plain, err := Render(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Handshake.Before = []string{"GET ${target} HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n"}
	r, err := Render(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "GET / HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n" + string(plain.Octets()); string(r.Octets()) != want {
		t.Errorf("got %q, want %q", r.Octets(), want)
	}
}

func TestCompress(t *testing.T) {
	r, err := Render(&oracle.Script{Role: wsproto.Server, Steps: []oracle.Step{
		{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: 1}, Payload: oracle.Payload{Data: []byte("abc")}},
		{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: 1}, Payload: oracle.Payload{Data: []byte("abc")}, Plain: true},
	}}, Options{Compress: func([]byte) []byte { return []byte{7} }})
	if err != nil || hex.EncodeToString(r.Pieces[0]) != "c10107"+"8103616263" {
		t.Errorf("got %x, %v", r.Pieces, err)
	}
}

func TestErrors(t *testing.T) {
	source := oracle.Payload{Source: "json", Len: 10}
	for _, c := range []struct {
		step oracle.Step
		o    Options
		want error
	}{
		{oracle.Step{Payload: oracle.Payload{Data: []byte{0}, Len: MaxOctets + 1}}, Options{}, ErrTooLong},
		{oracle.Step{Kind: oracle.StepEcho, Count: 1 << 30, Payload: oracle.Payload{Data: []byte{0}, Len: 1 << 20}}, Options{}, ErrTooLong},
		{oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte{0}, Len: MaxPieces + 1}, Chop: 1}, Options{}, ErrTooLong},
		{oracle.Step{Kind: oracle.StepMessage, Payload: source}, Options{}, ErrData},
		{oracle.Step{Kind: oracle.StepMessage, Payload: source}, Options{Data: func(string, int, int) []byte { return make([]byte, 10) }}, nil},
	} {
		if _, err := Render(&oracle.Script{Role: wsproto.Server, Steps: []oracle.Step{c.step}}, c.o); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", &c.step, err, c.want)
		}
	}
}
