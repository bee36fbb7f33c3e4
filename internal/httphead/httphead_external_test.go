package httphead_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wscheck/wscheck/internal/httphead"
	"github.com/wscheck/wscheck/wsproto"
)

const request = "GET /chat HTTP/1.1\r\nHost: h\r\n\r\n"

// TestRead reads a request that comes at once, octet by octet, and with more after it.
func TestRead(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"at once":        strings.NewReader(request + "more"),
		"octet by octet": iotest.OneByteReader(strings.NewReader(request + "more")),
	} {
		head, read, size, err := httphead.Read(r, wsproto.ParseRequest)
		if err != nil || head.Target != "/chat" || size != len(request) || string(read[:size]) != request {
			t.Errorf("%s: got %v, %q, %d, %v", name, head, read, size, err)
		}
	}
}

// TestReadFails wants the error of the stream or of the parser.
func TestReadFails(t *testing.T) {
	for name, tt := range map[string]struct {
		r    io.Reader
		want error
	}{
		"ends early": {strings.NewReader(request[:20]), io.EOF},
		"not HTTP":   {strings.NewReader("\x00\x01\r\n\r\n"), wsproto.ErrNotHTTP},
		"no end":     {iotest.DataErrReader(strings.NewReader("GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 1<<20))), wsproto.ErrHandshakeTooLong},
	} {
		if _, _, size, err := httphead.Read(tt.r, wsproto.ParseRequest); !errors.Is(err, tt.want) || size != 0 {
			t.Errorf("%s: got %d, %v, want %v", name, size, err, tt.want)
		}
	}
}
