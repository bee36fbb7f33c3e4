package reference

import (
	"github.com/wscheck/wscheck/wsproto"
)

// hooks are the decisions of an endpoint, each as a function. [plain] has those of
// the conforming endpoint; a mutant replaces one or more of them.
type hooks struct {
	// The opening handshake. head is called with the peer's half before it is
	// checked, refuse with a request that passed all checks: a status other than 0
	// refuses it. request and response are called with our half before it is sent,
	// refusal with a response that refuses.
	head     func(e *endpoint, h *head)
	refuse   func(h *head) (status int)
	request  func(e *endpoint, r *wsproto.Request)
	response func(e *endpoint, r *wsproto.Response, request *head)
	refusal  func(r *wsproto.Response)
	// param is called with each parameter of permessage-deflate before it is read,
	// and reports whether it is left out. agree is called with what was agreed for
	// our direction.
	param func(p *param, repeated bool) (skip bool)
	agree func(s *stream)
	// opened is called after the opening handshake.
	opened func(e *endpoint)

	// Receiving. read is called after each read from the connection, suspect with the
	// octets of a header that are there before they are checked, header with a
	// complete and checked header. enforce reports whether a rule, which the octets b
	// break, is enforced. skip reports whether a frame is left out.
	read    func(e *endpoint) error
	suspect func(e *endpoint, b []byte) *Violation
	enforce func(e *endpoint, r rule, b []byte) bool
	header  func(e *endpoint, h *wsproto.Header)
	skip    func(e *endpoint, h wsproto.Header) bool
	unmask  func(dst, src []byte, h wsproto.Header, pos int)
	// frame is called at the end of a data frame; its payload is e.msg[from:] unless
	// the message is compressed. text checks what e.msg has of a text message, and at
	// its end all of it. inflated is called with each message that was inflated.
	frame    func(e *endpoint, h wsproto.Header, from int) error
	text     func(e *endpoint, end bool) error
	inflated func(e *endpoint)

	// Answering: a message, a ping, a pong, a close frame. The error ends the
	// connection.
	echo   func(e *endpoint, op wsproto.Opcode, payload []byte) error
	pong   func(e *endpoint, payload []byte) error
	ponged func(e *endpoint, payload []byte) error
	close  func(e *endpoint, p wsproto.ClosePayload) error

	// Sending. send is called with a frame that is masked as the role demands, pack
	// returns a message as it is to be sent and the reserved bits of its first frame,
	// hold reports whether what is to be sent waits while the endpoint reads.
	send  func(e *endpoint, f wsproto.Frame) error
	pack  func(e *endpoint, payload []byte) (packed []byte, rsv uint8)
	hold  func(e *endpoint) bool
	write func(e *endpoint, b []byte) error

	// Ending. survive reports whether the endpoint continues after an error, fail
	// fails the connection, closeTCP ends it, ended is called last.
	survive  func(e *endpoint, err error) bool
	fail     func(e *endpoint, v *Violation)
	closeTCP func(e *endpoint) error
	ended    func(e *endpoint)
}

// plain are the hooks of the conforming endpoint.
var plain = hooks{
	head:     func(*endpoint, *head) {},
	refuse:   func(*head) int { return 0 },
	request:  func(*endpoint, *wsproto.Request) {},
	response: func(*endpoint, *wsproto.Response, *head) {},
	refusal:  func(*wsproto.Response) {},
	param:    func(*param, bool) bool { return false },
	agree:    func(*stream) {},
	opened:   func(*endpoint) {},

	read:     func(*endpoint) error { return nil },
	suspect:  func(*endpoint, []byte) *Violation { return nil },
	enforce:  func(*endpoint, rule, []byte) bool { return true },
	header:   func(*endpoint, *wsproto.Header) {},
	skip:     func(*endpoint, wsproto.Header) bool { return false },
	unmask:   func(dst, src []byte, h wsproto.Header, pos int) { wsproto.MaskCopy(dst, src, h.Mask, pos) },
	frame:    func(*endpoint, wsproto.Header, int) error { return nil },
	text:     (*endpoint).checkText,
	inflated: func(*endpoint) {},

	echo:   (*endpoint).reply,
	pong:   (*endpoint).sendPong,
	ponged: func(*endpoint, []byte) error { return nil },
	close:  (*endpoint).replyClose,

	send:  (*endpoint).put,
	pack:  (*endpoint).deflate,
	hold:  func(*endpoint) bool { return false },
	write: (*endpoint).writeAll,

	survive:  func(*endpoint, error) bool { return false },
	fail:     (*endpoint).fail,
	closeTCP: (*endpoint).closeTCP,
	ended:    func(*endpoint) {},
}
