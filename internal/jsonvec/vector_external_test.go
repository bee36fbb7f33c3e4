package jsonvec_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/jsonvec"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// frame is a step that sends a frame.
func frame(fin bool, op wsproto.Opcode, payload string) oracle.Step {
	return oracle.Step{Frame: wsproto.Header{Fin: fin, Opcode: op}, Payload: oracle.Payload{Data: []byte(payload)}}
}

func with(s oracle.Step, change func(*oracle.Step)) oracle.Step {
	change(&s)
	return s
}

// toClient is a script that tests a client: its octets are easy to count.
func toClient(steps ...oracle.Step) *oracle.Script {
	return &oracle.Script{Role: wsproto.Server, Steps: steps}
}

func TestFromScript(t *testing.T) {
	protocol := []wsproto.CloseCode{1002, 1008}
	text := []wsproto.CloseCode{1007, 1008}
	offers := func(s *oracle.Script) *oracle.Script {
		s.Handshake.Offers = []string{"permessage-deflate; server_max_window_bits=9"}
		return s
	}
	for name, c := range map[string]struct {
		script *oracle.Script
		result jsonvec.Result
		events []jsonvec.Event
		fail   *jsonvec.Failure
	}{
		"nothing": {toClient(), jsonvec.Keep, nil, nil},
		"messages": {
			toClient(frame(false, wsproto.OpText, "Hel"), frame(true, wsproto.OpPing, "?"), frame(true, wsproto.OpContinuation, "lo"), oracle.Step{Kind: oracle.StepClose, Code: 1001, Reason: "bye"}),
			jsonvec.Keep, []jsonvec.Event{
				{Type: "ping", At: 8, Data: []byte("?")}, {Type: "text", At: 12, Data: []byte("Hello")}, {Type: "close", At: 19, Code: 1001, Data: []byte("bye")},
			}, nil,
		},
		"unfinished": {toClient(frame(false, wsproto.OpText, "a")), jsonvec.Keep, nil, nil},
		"an unfinished message that is not UTF-8": {
			toClient(frame(false, wsproto.OpText, "a\xff")), jsonvec.Either,
			nil, &jsonvec.Failure{First: 4, Last: 4, Clause: "rfc6455/8.1/utf8-fail", Codes: text},
		},
		"an unfinished frame of a reserved opcode": {
			toClient(with(frame(true, 5, "abc"), func(s *oracle.Step) { s.HasDeclared, s.Declared = true, 9 })), jsonvec.Either,
			nil, &jsonvec.Failure{First: 1, Last: 5, Clause: "rfc6455/5.2/opcode-fail", Codes: protocol},
		},
		"reserved opcode": {
			toClient(frame(true, wsproto.OpBinary, "\x00"), frame(true, 3, "abc"), frame(true, wsproto.OpText, "late")), jsonvec.Fail,
			[]jsonvec.Event{{Type: "binary", At: 3, Data: []byte{0}}}, &jsonvec.Failure{First: 4, Last: 8, Clause: "rfc6455/5.2/opcode-fail", Codes: protocol},
		},
		"masked": {
			toClient(with(frame(true, wsproto.OpText, "a"), func(s *oracle.Step) { s.Masking = oracle.MaskAlways })), jsonvec.Fail,
			nil, &jsonvec.Failure{First: 2, Last: 7, Clause: "rfc6455/5.1/client-closes-masked", Codes: protocol},
		},
		"not masked": {
			&oracle.Script{Steps: []oracle.Step{with(frame(true, wsproto.OpPing, ""), func(s *oracle.Step) { s.Masking = oracle.MaskNever })}}, jsonvec.Fail,
			nil, &jsonvec.Failure{First: 2, Last: 2, Clause: "rfc6455/5.1/server-closes-unmasked", Codes: protocol},
		},
		"a sign bit": {
			toClient(with(frame(true, wsproto.OpText, ""), func(s *oracle.Step) { s.HasDeclared, s.Declared = true, 1<<63 })), jsonvec.Fail,
			nil, &jsonvec.Failure{First: 3, Last: 10, Clause: "rfc6455/5.2/length-63bit-fail", Codes: []wsproto.CloseCode{1002, 1008, 1009}},
		},
		"not UTF-8": {
			toClient(frame(false, wsproto.OpText, "a\xc0"), frame(true, wsproto.OpPong, ""), frame(true, wsproto.OpContinuation, "b")), jsonvec.Fail,
			[]jsonvec.Event{{Type: "pong", At: 6, Data: []byte{}}}, &jsonvec.Failure{First: 4, Last: 9, Clause: "rfc6455/8.1/utf8-fail", Codes: text},
		},
		"a length that is not minimal": {
			toClient(with(frame(true, wsproto.OpText, "a"), func(s *oracle.Step) { s.Frame.Form = wsproto.Form16 })), jsonvec.Either,
			[]jsonvec.Event{{Type: "text", At: 5, Data: []byte("a")}}, &jsonvec.Failure{
				First: 4, Last: 5, Clause: "rfc6455/5.2/length-minimal-fail", Codes: []wsproto.CloseCode{1002, 1007, 1008, 1009, 1003, 1011},
			},
		},
		"a close frame of one octet": {
			toClient(frame(true, wsproto.OpClose, "a")), jsonvec.Either,
			nil, &jsonvec.Failure{First: 1, Last: 3, Clause: "rfc6455/5.5.1/close-body-fail", Codes: protocol},
		},
		"compressed": {
			offers(toClient(oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte("a"), Len: 9}, Plain: false})),
			jsonvec.Keep, []jsonvec.Event{{Type: "text", At: 7, Data: []byte("aaaaaaaaa")}}, nil,
		},
		"not DEFLATE": {
			offers(toClient(with(frame(true, wsproto.OpBinary, "\x07\x00"), func(s *oracle.Step) { s.Frame.Rsv = 4 }))), jsonvec.Fail,
			nil, &jsonvec.Failure{First: 3, Last: 4, Clause: "rfc7692/7.2.2/invalid-fail", Codes: []wsproto.CloseCode{1002, 1007, 1008}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := jsonvec.FromScript(name, "", c.script)
			if err != nil {
				t.Fatal(err)
			}
			if v.Role != c.script.Role.Peer() || v.Result != c.result || !slices.EqualFunc(v.Events, c.events, equalEvents) || !reflect.DeepEqual(v.Fail, c.fail) {
				t.Errorf("got %s %s, events %+v, fail %+v; want %s, %+v, %+v", v.Role, v.Result, v.Events, v.Fail, c.result, c.events, c.fail)
			}
			if compressed := len(c.script.Handshake.Offers) > 0; compressed != (v.Extensions == "permessage-deflate; server_max_window_bits=9") {
				t.Errorf("extensions are %q", v.Extensions)
			}
		})
	}
}

func equalEvents(a, b jsonvec.Event) bool {
	return a.Type == b.Type && a.At == b.At && a.Code == b.Code && bytes.Equal(a.Data, b.Data)
}

// TestPieces has a vector keep the pieces in which octets are written, and come
// out of its own script as it was.
func TestPieces(t *testing.T) {
	s := toClient(with(frame(true, wsproto.OpText, "abcdef"), func(s *oracle.Step) { s.Chop = 3 }), oracle.Step{Kind: oracle.StepClose, Code: 1000})
	v, err := jsonvec.FromScript("pieces", "a comment", s)
	if err != nil {
		t.Fatal(err)
	}
	var sizes []int
	for _, p := range v.Octets {
		sizes = append(sizes, len(p))
	}
	if !slices.Equal(sizes, []int{3, 3, 2, 4}) {
		t.Errorf("pieces of %v octets", sizes)
	}
	file, err := jsonvec.Format([]*jsonvec.Vector{v})
	if err != nil {
		t.Fatal(err)
	}
	vectors, err := jsonvec.Parse(file)
	if err != nil || !reflect.DeepEqual(vectors, []*jsonvec.Vector{v}) {
		t.Fatalf("got %+v, %v", vectors, err)
	}
	back, err := vectors[0].Script()
	if err != nil {
		t.Fatal(err)
	}
	again, err := jsonvec.FromScript("pieces", "a comment", back)
	if err != nil || !reflect.DeepEqual(again, v) {
		t.Errorf("got %+v, %v, want %+v", again, err, v)
	}
}

func TestFromScriptRefuses(t *testing.T) {
	if _, err := jsonvec.FromScript("", "", toClient(frame(true, wsproto.OpText, string(make([]byte, jsonvec.MaxOctets))))); !errors.Is(err, jsonvec.ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	for _, h := range []oracle.Handshake{{Version: "12"}, {Raw: []byte("GET")}, {Drop: []string{"Upgrade"}}, {Key: "a"}, {Offers: []string{"permessage-deflate", "x"}}} {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			if role == wsproto.Server && (h.Version != "" || h.Key != "") || role == wsproto.Client && h.Offers != nil {
				continue
			}
			if v, err := jsonvec.FromScript("", "", &oracle.Script{Role: role, Handshake: h}); err == nil {
				t.Errorf("%+v: got %+v", h, v)
			}
		}
	}
}
