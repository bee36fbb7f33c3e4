package fuzz

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// message is a request or a response as package wsproto reads it.
type message interface {
	AppendTo(dst []byte) []byte
	Values(name string) []string
}

// checkRequest reads an opening handshake's first half by [wsproto.ParseRequest],
// looks at it by [wsproto.CheckRequest], and compares it with what net/http makes
// of the same octets, where both take them.
func checkRequest(octets []byte) error {
	parse := func(b []byte) (message, int, error) {
		r, n, err := wsproto.ParseRequest(b)
		if r == nil {
			return nil, n, err
		}
		return r, n, err
	}
	h, n, err := checkHead(octets, parse)
	if err != nil || h == nil {
		return err
	}
	r := h.(*wsproto.Request)
	wsproto.CheckRequest(r)
	if again := requestOf(r); again.Method != r.Method || again.Target != r.Target || again.Proto != r.Proto {
		return fmt.Errorf("the request line %q becomes %q %q %q", r.RawLine, again.Method, again.Target, again.Proto)
	}
	theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(octets[:n])))
	if err != nil {
		return nil
	}
	if theirs.Method != r.Method || theirs.RequestURI != r.Target || theirs.Proto != r.Proto {
		return fmt.Errorf("net/http reads %q %q %q, not %q %q %q", theirs.Method, theirs.RequestURI, theirs.Proto, r.Method, r.Target, r.Proto)
	}
	return checkFields(h, theirs.Header)
}

// requestOf returns the request that the parts of r make, without its octets.
func requestOf(r *wsproto.Request) *wsproto.Request {
	parts := &wsproto.Request{Method: r.Method, Target: r.Target, Proto: r.Proto}
	again, _, err := wsproto.ParseRequest(parts.AppendTo(nil))
	if err != nil || again == nil {
		return r // a line that only its own octets can say, such as one with a CR
	}
	return again
}

// checkResponse is [checkRequest] for the other half, as the answer to a plain
// request.
func checkResponse(octets []byte) error {
	parse := func(b []byte) (message, int, error) {
		r, n, err := wsproto.ParseResponse(b)
		if r == nil {
			return nil, n, err
		}
		return r, n, err
	}
	h, n, err := checkHead(octets, parse)
	if err != nil || h == nil {
		return err
	}
	r := h.(*wsproto.Response)
	wsproto.CheckResponse(r, wsproto.NewRequest("localhost", "/", "dGhlIHNhbXBsZSBub25jZQ=="))
	if r.Status < 0 || r.Status > 999 {
		return fmt.Errorf("status %d", r.Status)
	}
	theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(octets[:n])), nil)
	if err != nil {
		return nil
	}
	defer theirs.Body.Close()
	if strings.HasPrefix(theirs.Status, "+") {
		return nil // which net/http takes for a number, and RFC 9112 4 does not
	}
	if theirs.Proto != r.Proto || theirs.StatusCode != r.Status {
		return fmt.Errorf("net/http reads %q %d, not %q %d", theirs.Proto, theirs.StatusCode, r.Proto, r.Status)
	}
	if theirs.Close {
		theirs.Header["Connection"] = r.Values("Connection") // which net/http takes out
	}
	return checkFields(h, theirs.Header)
}

// checkHead checks what requests and responses have in common. The parser finds the end
// of a head from no part of it, and from the whole of it with anything after it. The head
// is not longer than it may be, and is written as it came.
func checkHead(octets []byte, parse func([]byte) (message, int, error)) (message, int, error) {
	h, n, err := parse(octets)
	switch {
	case (h != nil) != (n > 0) || h != nil && err != nil:
		return nil, 0, fmt.Errorf("a head: %v, of %d octets, with error %v", h != nil, n, err)
	case n > len(octets) || n > wsproto.MaxHandshake:
		return nil, 0, fmt.Errorf("a head of %d octets out of %d", n, len(octets))
	case err != nil && !errors.Is(err, wsproto.ErrNotHTTP) && !errors.Is(err, wsproto.ErrHandshakeTooLong):
		return nil, 0, fmt.Errorf("an error that is not documented: %w", err)
	case h == nil && err == nil && len(octets) >= wsproto.MaxHandshake:
		return nil, 0, fmt.Errorf("%d octets, and still neither a head nor an error", len(octets))
	case h == nil:
		return nil, 0, nil
	}
	if again := h.AppendTo(nil); !bytes.Equal(again, octets[:n]) {
		return nil, 0, fmt.Errorf("written as %q", again)
	}
	for _, part := range []int{n - 1, n / 2, n / 3, 1, 0} {
		if early, m, err := parse(octets[:part]); early != nil || m != 0 || err != nil {
			return nil, 0, fmt.Errorf("with %d octets of %d: a head of %d, %v", part, n, m, err)
		}
	}
	if _, m, err := parse(octets[:n]); m != n || err != nil {
		return nil, 0, fmt.Errorf("without what follows it: a head of %d, want %d, %v", m, n, err)
	}
	return h, n, nil
}

// checkFields compares the fields that an opening handshake is made of.
func checkFields(h message, theirs http.Header) error {
	for _, name := range []string{
		"Upgrade", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Accept",
		"Sec-Websocket-Protocol", "Sec-Websocket-Extensions", "Origin",
	} {
		if ours := h.Values(name); !slices.EqualFunc(ours, theirs[name], equalValues) {
			return fmt.Errorf("net/http has %q for %s, not %q", theirs[name], name, ours)
		}
	}
	return nil
}

// equalValues compares two values, but for the white space at which a line was
// folded.
func equalValues(a, b string) bool {
	return a == b || strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}
