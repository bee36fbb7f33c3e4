package engine

import (
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// maxInflated bounds a message after decompression: the longest that a case
// sends is far shorter.
const maxInflated = 16 << 20

// compression is permessage-deflate as it was agreed on, in both directions
// (RFC 7692 7.2).
type compression struct {
	ours, theirs deflate.Stream

	out *deflate.Compressor // nil until it is needed: most scripts bring what they compress
	in  *deflate.Inflater
}

func newCompression(role wsproto.Role, agreed deflate.Params) *compression {
	ours, theirs := agreed.Client(), agreed.Server()
	if role == wsproto.Server {
		ours, theirs = theirs, ours
	}
	return &compression{ours: ours, theirs: theirs, in: deflate.NewInflater(theirs, maxInflated)}
}

// inflate appends what piece, the next of a compressed message, inflates to. The
// message ends with the final one.
func (z *compression) inflate(dst, piece []byte, final bool) ([]byte, error) {
	if !final {
		return z.in.Append(dst, piece)
	}
	dst, err := z.in.Append(dst, piece)
	if err == nil {
		_, err = z.in.End()
	}
	return dst, err
}

// stockPiece is the size of the pieces in which test data is compressed
// beforehand, and stockFrom the size from which a message is cut from them.
const (
	stockPiece = 4 << 10
	stockFrom  = 2 * stockPiece
)

// stocks holds test data compressed beforehand, by data set and window.
var stocks = struct {
	sync.Mutex
	m map[stockKey]func() *deflate.Stock
}{m: map[stockKey]func() *deflate.Stock{}}

type stockKey struct {
	source string
	bits   int
}

func stock(source string, bits int) *deflate.Stock {
	key := stockKey{source, bits}
	stocks.Lock()
	get, ok := stocks.m[key]
	if !ok {
		get = sync.OnceValue(func() *deflate.Stock {
			return deflate.NewStock(data.Get(source), bits, stockPiece)
		})
		stocks.m[key] = get
	}
	stocks.Unlock()
	return get()
}

// compress returns the payload of a message after compression. Long pieces of a
// test data set are cut from what was compressed once for all.
func (z *compression) compress(p *oracle.Payload, offset int, message []byte) []byte {
	if z.out == nil {
		z.out = deflate.NewCompressor(z.ours)
	}
	if p.Source == "" || len(message) < stockFrom {
		return z.out.Message(nil, message)
	}
	from, n := data.Range(p.Source, offset, p.Len)
	return stock(p.Source, z.ours.WindowBits).Message(make([]byte, 0, len(message)/2), z.out, from, n)
}
