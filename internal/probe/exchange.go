// Package probe asks the oracle what it would say of imagined peers: of
// one that takes whatever a script sends, and of one that fails the connection at
// a certain octet with a certain code. What a script is about, and from which
// octet on a peer may fail for it, comes from there and from nowhere else.
package probe

import (
	"errors"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/wire"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Exchange is a script whose opening handshake was answered by a peer that accepts
// what it can.
type Exchange struct {
	Role     wsproto.Role // ours
	Request  []byte
	Response []byte

	// Agreed says that permessage-deflate is in use, with Params.
	Agreed bool
	Params deflate.Params

	Pieces [][]byte // what our side sends after the handshake
	Octets []byte   // the same, in one
}

// key is what [wire.Render] has in place of a fresh one.
const key = "dGhlIHNhbXBsZSBub25jZQ=="

// ErrHandshake says that no peer could accept the script's opening handshake and
// continue.
var ErrHandshake = errors.New("the opening handshake is not an ordinary one")

// New renders a script for a peer that accepts the opening handshake, its first
// valid offer of permessage-deflate included. It returns ErrHandshake where the
// RFCs have the peer refuse it, and an error of [wire.Render].
func New(s *oracle.Script) (*Exchange, error) {
	t, err := opening(s)
	if err != nil {
		return nil, err
	}
	if !t.sound() {
		return nil, ErrHandshake
	}
	return t, t.render(s)
}

// stream is what was agreed on for the direction in which we send.
func (t *Exchange) stream() deflate.Stream {
	if t.Role == wsproto.Client {
		return t.Params.Client()
	}
	return t.Params.Server()
}

// render adds what our side sends after the handshake.
func (t *Exchange) render(s *oracle.Script) error {
	o := wire.Options{}
	if t.Agreed {
		c := deflate.NewCompressor(t.stream())
		o.Compress = func(payload []byte) []byte { return c.Message(nil, payload) }
	}
	r, err := wire.Render(s, o)
	if err != nil {
		return err
	}
	t.Pieces = r.Pieces
	for _, p := range r.Pieces {
		t.Octets = append(t.Octets, p...)
	}
	return nil
}

// opening makes both halves of the handshake.
func opening(s *oracle.Script) (*Exchange, error) {
	silent := *s
	silent.Steps = nil
	r, err := wire.Render(&silent, wire.Options{})
	if err != nil {
		return nil, err
	}
	t := &Exchange{Role: s.Role}
	if s.Role == wsproto.Client {
		t.Request = r.Opening
		t.accept()
		return t, nil
	}
	t.Response = r.Opening
	t.ask(s)
	return t, nil
}

// accept answers our request.
func (t *Exchange) accept() {
	request, _, _ := wsproto.ParseRequest(t.Request)
	response := wsproto.NewResponse("")
	if request != nil {
		asked, _ := request.Get("Sec-WebSocket-Key")
		response = wsproto.NewResponse(asked)
		if names := request.Tokens("Sec-WebSocket-Protocol"); len(names) > 0 {
			response.Fields = append(response.Fields, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: names[0]})
		}
		offers, err := wsproto.ParseExtensions(request.Values("Sec-WebSocket-Extensions"))
		if answer, _, ok := deflate.Answer(offers); ok && err == nil {
			t.Agreed, t.Params = true, answer
			response.Fields = append(response.Fields, wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: answer.String()})
		}
	}
	t.Response = response.AppendTo(nil)
}

// ask makes the request that our response answers: with what it accepts.
func (t *Exchange) ask(s *oracle.Script) {
	request := wsproto.NewRequest("localhost", "/", key)
	add := func(name, value string) {
		request.Fields = append(request.Fields, wsproto.Field{Name: name, Value: value})
	}
	for _, name := range s.Handshake.Subprotocols {
		add("Sec-WebSocket-Protocol", name)
	}
	if response, n, err := wsproto.ParseResponse(t.Response); n > 0 && err == nil {
		answers, _ := wsproto.ParseExtensions(response.Values("Sec-WebSocket-Extensions"))
		if len(answers) > 0 {
			offer := deflate.Params{HasClientMaxWindowBits: true}
			add("Sec-WebSocket-Extensions", offer.String())
			t.Params, _, t.Agreed, _ = deflate.Accept(answers, []wsproto.Extension{offer.Extension()})
		}
	}
	t.Request = request.AppendTo(nil)
}

// sound reports whether the RFCs have the peer continue after the handshake.
func (t *Exchange) sound() bool {
	request, n, err := wsproto.ParseRequest(t.Request)
	if n != len(t.Request) || err != nil || len(wsproto.CheckRequest(request)) > 0 {
		return false
	}
	response, n, err := wsproto.ParseResponse(t.Response)
	if n != len(t.Response) || err != nil || len(wsproto.CheckResponse(response, request)) > 0 {
		return false
	}
	extensions, _ := wsproto.ParseExtensions(response.Values("Sec-WebSocket-Extensions"))
	return len(extensions) == 0 && !t.Agreed || len(extensions) == 1 && t.Agreed
}

// feed has a judge see the handshake.
func (t *Exchange) feed(j *oracle.Judge) {
	first, second := oracle.EventSent, oracle.EventReceived
	if t.Role == wsproto.Server {
		first, second = second, first
	}
	feed(j, first, t.Request)
	feed(j, second, t.Response)
}

func feed(j *oracle.Judge, kind oracle.EventKind, data []byte) {
	j.Feed(&oracle.Event{Kind: kind, Data: data, N: len(data), Step: -1})
}
