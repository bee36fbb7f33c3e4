// Package keepalive finds the end of a request and of its response on a connection on which another
// request may follow (RFC 9112 6, 9.3): the opening handshake need not be the first.
package keepalive

import (
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of what is read of a message after its head, in octets.
const (
	maxBody = 1 << 20
	maxLine = 1 << 10 // the size of a chunk with its extensions, and a field after the last chunk
)

// Body finds the end of the body of a message. The zero value is a body that has come to its end.
type Body struct {
	part  part
	left  uint64 // octets of the body, or of the chunk
	taken int    // octets of the body as it is on the wire
	line  int    // octets of the line under way
	digit bool   // the size of the chunk has one
	ext   bool   // what follows it on the line
	last  bool   // the connection ends with it
}

// part is where in a body the next octet stands.
type part uint8

const (
	partEnd     part = iota
	partCounted      // octets that Content-Length counts
	partSize         // the line with the size of a chunk
	partChunk        // its octets
	partCRLF         // the line end after them
	partTrailer      // fields after the last chunk
	partEndless      // all that comes: the end of the stream ends it, or nobody knows what does
)

// Request returns the body of a request.
func Request(r *wsproto.Request) Body {
	b := bodyOf(r.Fields, partEnd)
	b.last = r.Proto != persistent || closes(r.Fields)
	return b
}

// Response returns the body of a response to a request. It is not one that switches protocols, and
// not an interim one.
func Response(to *wsproto.Request, r *wsproto.Response) Body {
	b := Body{}
	switch {
	case to.Method == "CONNECT":
		b.part = partEndless
	case to.Method != "HEAD" && r.Status != 204 && r.Status != 304:
		b = bodyOf(r.Fields, partEndless)
	}
	b.last = r.Proto != persistent || closes(r.Fields) || to.Proto != persistent || closes(to.Fields)
	return b
}

// persistent is the version of HTTP whose connections persist unless a side says otherwise. Those of
// HTTP/1.0 do not, or nobody can rely on it (RFC 9112 9.3).
const persistent = "HTTP/1.1"

// closes reports whether fields say that the connection is over after the response.
func closes(fields wsproto.Fields) bool {
	for _, option := range fields.Tokens("Connection") {
		if strings.EqualFold(option, "close") {
			return true
		}
	}
	return false
}

// bodyOf returns the body that fields announce; without is what there is where they announce none.
func bodyOf(fields wsproto.Fields, without part) Body {
	codings, lengths := fields.Values("Transfer-Encoding"), fields.Values("Content-Length")
	switch {
	case len(codings) == 0 && len(lengths) == 0:
		return Body{part: without}
	case len(codings) == 1 && len(lengths) == 0 && strings.EqualFold(codings[0], "chunked"):
		return Body{part: partSize}
	case len(codings) == 0 && len(lengths) == 1:
		if n, err := strconv.ParseUint(lengths[0], 10, 63); err == nil && n <= maxBody {
			b := Body{part: partCounted, left: n}
			b.settle()
			return b
		}
	}
	return Body{part: partEndless}
}

// settle ends a part of which nothing is left.
func (b *Body) settle() {
	if b.left == 0 && b.part == partCounted {
		b.part = partEnd
	}
}

// Whole reports whether all of the body has come.
func (b *Body) Whole() bool { return b.part == partEnd }

// Persists reports whether another request, or its response, can follow on the connection once the
// body is whole.
func (b *Body) Persists() bool { return !b.last && b.part != partEndless }

// GiveUp is called where octets follow that belong to no message: nothing can follow them.
func (b *Body) GiveUp() { b.part = partEndless }

// Take takes octets and returns how many of them belong to the body.
func (b *Body) Take(octets []byte) (n int) {
	for n < len(octets) && b.part != partEnd {
		took := b.take(octets[n:])
		n += took
		if b.taken += took; b.taken > maxBody {
			b.part = partEndless
		}
	}
	return n
}

// take takes at least one octet.
func (b *Body) take(octets []byte) int {
	switch b.part {
	case partCounted, partChunk:
		n := int(min(uint64(len(octets)), b.left))
		if b.left -= uint64(n); b.left == 0 {
			if b.part == partChunk {
				b.part = partCRLF
			}
			b.settle()
		}
		return n
	case partEndless:
		return len(octets)
	}
	b.takeOfLine(octets[0])
	return 1
}

// takeOfLine takes an octet of the lines around chunks.
func (b *Body) takeOfLine(c byte) {
	if b.line++; b.line > maxLine {
		b.part = partEndless
		return
	}
	switch b.part {
	case partSize:
		b.takeOfSize(c)
	case partCRLF:
		if c == "\r\n"[b.line-1] {
			if b.line == 2 {
				b.line, b.part = 0, partSize
			}
			return
		}
		b.part = partEndless
	case partTrailer: // left is 1 where the line has more than a line end
		switch c {
		case '\r':
		case '\n':
			if b.left == 0 {
				b.part = partEnd
			}
			b.line, b.left = 0, 0
		default:
			b.left = 1
		}
	}
}

// takeOfSize takes an octet of the line with the size of a chunk.
func (b *Body) takeOfSize(c byte) {
	digit := strings.IndexByte("0123456789abcdef", c|0x20)
	switch {
	case c == '\n' && b.digit:
		b.part, b.line, b.digit, b.ext = partChunk, 0, false, false
		if b.left == 0 {
			b.part = partTrailer
		}
	case c == '\n':
		b.part = partEndless
	case b.ext:
	case digit >= 0 && c > ' ' && b.left <= maxBody:
		b.left, b.digit = b.left<<4+uint64(digit), true
	case b.digit && strings.IndexByte("; \t\r", c) >= 0:
		b.ext = true
	default:
		b.part = partEndless
	}
}

// Before returns how many of the octets that a client and a server sent are requests and responses
// before the last request that follows another on the connection: 0 and 0 where the first one is
// that.
func Before(client, server []byte) (requests, responses int) {
	for {
		asked, n := request(client[requests:])
		answered := response(server[responses:], asked)
		if n == 0 || answered == 0 {
			return requests, responses
		}
		if _, next, err := wsproto.ParseRequest(client[requests+n:]); next == 0 || err != nil {
			return requests, responses
		}
		requests, responses = requests+n, responses+answered
	}
}

// request returns the request at the beginning of b and its size with its body: 0 where it is not
// whole, or nothing can follow it.
func request(b []byte) (r *wsproto.Request, size int) {
	r, n, err := wsproto.ParseRequest(b)
	if n == 0 || err != nil {
		return nil, 0
	}
	body := Request(r)
	n += body.Take(b[n:])
	if !body.Whole() || !body.Persists() {
		return r, 0
	}
	return r, n
}

// response returns the size of the response at the beginning of b, with interim ones before it and
// with its body: 0 where it is not whole, or nothing can follow it.
func response(b []byte, to *wsproto.Request) (size int) {
	for {
		r, n, err := wsproto.ParseResponse(b[size:])
		if n == 0 || err != nil || to == nil || r.Status == 101 {
			return 0
		}
		size += n
		if r.Status >= 100 && r.Status < 200 {
			continue
		}
		body := Response(to, r)
		size += body.Take(b[size:])
		if !body.Whole() || !body.Persists() {
			return 0
		}
		return size
	}
}
