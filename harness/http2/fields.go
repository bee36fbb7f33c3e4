package http2

import (
	"bytes"
	"strings"

	"golang.org/x/net/http2/hpack"

	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a header list of the peer's, in octets.
const (
	maxBlock       = 256 << 10 // compressed
	maxBlockFrames = 4096
	maxString      = 64 << 10 // a name or a value
	tableSize      = 4096     // the dynamic table
)

// headList returns the header list of a head in the text form of
// [wsproto.ConnectProto], and the size of the head in octets: 0 where that does not
// end in b.
func headList(b []byte, response bool) (list wsproto.Fields, size int, err error) {
	verbatim := bytes.HasPrefix(b, []byte(wsproto.VerbatimHead))
	if response && !verbatim {
		r, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			return nil, 0, err
		}
		list = append(list, wsproto.Field{Name: ":status", Value: statusText(r.Status)})
		for _, f := range r.Fields {
			if name := strings.ToLower(f.Name); !isHop(name) {
				list = append(list, wsproto.Field{Name: name, Value: f.Value})
			}
		}
		return list, n, nil
	}
	r, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, 0, err
	}
	if !verbatim {
		list = append(list, wsproto.Field{Name: ":method", Value: r.Method}, wsproto.Field{Name: ":path", Value: r.Target})
	}
	for _, f := range r.Fields {
		list = append(list, wsproto.Field{Name: f.Name, Value: f.Value})
	}
	return list, n, nil
}

// isHop reports whether a field is one of the connection, which has no place in a
// header list: what refuses a request has them.
func isHop(name string) bool {
	switch name {
	case "connection", "upgrade", "keep-alive", "transfer-encoding":
		return true
	}
	return false
}

func statusText(status int) string {
	return string([]byte{'0' + byte(status/100%10), '0' + byte(status/10%10), '0' + byte(status%10)})
}

// printable has control characters, which have no place in a field, shown as what
// they are.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, s)
}

// NewHeads returns what decompresses the header lists of one side of a connection, for
// captures.
func NewHeads() capture.Heads { return newCoder() }

// mostTable bounds the table that a side may use.
const mostTable = 1 << 20

// Allow implements [capture.Heads].
func (c *coder) Allow(size uint32) {
	c.dec.SetAllowedMaxDynamicTableSize(max(tableSize, min(size, mostTable)))
}

// Read implements [capture.Heads].
func (c *coder) Read(block []byte) (wsproto.Fields, error) { return c.decode(block) }

// coder compresses and decompresses the header lists of a connection.
type coder struct {
	buf  bytes.Buffer
	enc  *hpack.Encoder
	dec  *hpack.Decoder
	list wsproto.Fields
	size int
}

func newCoder() *coder {
	c := new(coder)
	c.enc = hpack.NewEncoder(&c.buf)
	c.dec = hpack.NewDecoder(tableSize, func(f hpack.HeaderField) {
		if c.size += len(f.Name) + len(f.Value) + 32; c.size <= wsproto.MaxHandshake {
			c.list = append(c.list, wsproto.Field{Name: printable(f.Name), Value: printable(f.Value)})
		}
	})
	c.dec.SetMaxStringLength(maxString)
	return c
}

// block returns the compressed form of a header list.
func (c *coder) block(list wsproto.Fields) []byte {
	c.buf.Reset()
	for _, f := range list {
		_ = c.enc.WriteField(hpack.HeaderField{Name: f.Name, Value: f.Value}) // to memory
	}
	return bytes.Clone(c.buf.Bytes())
}

// decode returns the header list of a block.
func (c *coder) decode(block []byte) (wsproto.Fields, error) {
	c.list, c.size = nil, 0
	if _, err := c.dec.Write(block); err != nil {
		return nil, err
	}
	if err := c.dec.Close(); err != nil {
		return nil, err
	}
	return c.list, nil
}
