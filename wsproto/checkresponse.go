package wsproto

import (
	"slices"

	"github.com/wscheck/wscheck/internal/problem"
)

// CheckResponse returns what is wrong with a server's opening handshake as the
// answer to req: by RFC 6455 4.1, 4.2.2, 4.3 and 11.3, and by the HTTP/1 message
// syntax. Of each kind the first problem alone is returned; none means that
// the WebSocket connection is open. Without a req, what depends on it is left
// out. For the problems of lines as such, the response has to come from
// [ParseResponse].
//
// A status other than 101 is a StatusNot101, and of such a response nothing but
// the message syntax is checked: it is not a handshake. What a conforming server
// may do is not a problem: any reason phrase or none, more tokens in Connection,
// names and tokens in any case, any other field, and Sec-WebSocket-Extensions
// in several fields (4.2.2, and erratum 3433 which corrects 11.3.2). Whether the
// parameters of an extension answer the offer is for those who know the
// extension.
func CheckResponse(r *Response, req *Request) []Problem {
	var c checker
	c.proto(problem.ResponseVersion, r.Proto)
	c.statusLine(r)
	c.message(r.RawLine, r.Fields, r.RawEnd)
	if r.Status != 101 {
		c.add(problem.StatusNot101, "want 101, got %d %s", r.Status, quote(r.Reason))
		return c.problems
	}
	c.upgrade(r.Fields, false)
	c.accept(r.Fields, req)
	c.chosenProtocol(r.Fields, req)
	c.chosenExtensions(r.Fields, req)
	return c.problems
}

// statusLine checks the form of a status line (RFC 9112 4): the space after the
// status is there even where the reason phrase is empty.
func (c *checker) statusLine(r *Response) {
	for i := range len(r.Reason) {
		if isControl(rune(r.Reason[i])) {
			c.add(problem.StartLine, "octet %#02x in the reason phrase %s", r.Reason[i], quote(r.Reason))
		}
	}
	if r.RawLine == "" {
		return
	}
	line := trimLineEnd(r.RawLine)
	status := len(r.Proto) + 1 + len("101")
	if r.Status == 0 {
		c.add(problem.StartLine, "no status of three digits in %s", quote(line))
	} else if len(line) == status && r.Reason == "" {
		c.add(problem.StartLine, "no space after the status in %s", quote(line))
	}
}

func (c *checker) accept(fields Fields, req *Request) {
	accept, n := fields.Get("Sec-WebSocket-Accept")
	if n == 0 {
		c.add(problem.AcceptMissing, "no Sec-WebSocket-Accept field")
		return
	}
	if n > 1 {
		c.add(problem.AcceptRepeated, "%d Sec-WebSocket-Accept fields", n)
	}
	if req == nil {
		return
	}
	if key, n := req.Get("Sec-WebSocket-Key"); n == 1 && accept != AcceptKey(key) {
		c.add(problem.AcceptWrong, "want %s for the key %s, got %s", AcceptKey(key), quote(key), quote(accept))
	}
}

// chosenProtocol checks the subprotocol: a single one of those offered, letter
// for letter.
func (c *checker) chosenProtocol(fields Fields, req *Request) {
	protocol, n := fields.Get("Sec-WebSocket-Protocol")
	if n == 0 {
		return
	}
	if n > 1 {
		c.add(problem.ProtocolRepeated, "%d Sec-WebSocket-Protocol fields", n)
	}
	switch {
	case !IsToken(protocol):
		c.add(problem.ProtocolSyntax, "want one subprotocol, got %s", quote(protocol))
	case req == nil:
	default:
		if offered := req.Tokens("Sec-WebSocket-Protocol"); !slices.Contains(offered, protocol) {
			c.add(problem.ProtocolNotOffered, "want one of %s, got %s", quoteAll(offered), quote(protocol))
		}
	}
}

// chosenExtensions checks that every extension was offered. RFC 6455 does not
// say whether their names have a case that matters, so here it does not.
func (c *checker) chosenExtensions(fields Fields, req *Request) {
	chosen := c.extensions(fields)
	if req == nil {
		return
	}
	offered, err := ParseExtensions(req.Values("Sec-WebSocket-Extensions"))
	if err != nil {
		return // what was offered cannot be known
	}
	for _, e := range chosen {
		if !slices.ContainsFunc(offered, func(o Extension) bool { return equalFold(o.Name, e.Name) }) {
			c.add(problem.ExtensionNotOffered, "%s was not offered", quote(e.Name))
		}
	}
}
