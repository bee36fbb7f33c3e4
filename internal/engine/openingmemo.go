package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// openingMemo holds what the conversations with one peer have in common in the
// client role: the plain request, apart from its key, and the response, which
// mostly comes octet for octet as it came before.
type openingMemo struct {
	to    *endpointURL // of request; nil for none
	plain []byte       // the plain request to it
	keyAt int          // position in plain of the key

	answered   []byte // the response that was parsed last
	response   *wsproto.Response
	extensions []wsproto.Extension
	err        error // of the extensions
}

const extensionsField = "Sec-WebSocket-Extensions"

// keySize is the length of a Sec-WebSocket-Key: 16 octets in base64.
const keySize = 24

// appendKey appends a key that is drawn at random (RFC 6455 4.1).
func (m *memory) appendKey(dst []byte) []byte {
	var nonce [16]byte
	binary.LittleEndian.PutUint64(nonce[:], m.rng.Uint64())
	binary.LittleEndian.PutUint64(nonce[8:], m.rng.Uint64())
	return base64.StdEncoding.AppendEncode(dst, nonce[:])
}

// appendRequest appends the request of a script.
func (m *memory) appendRequest(dst []byte, h *oracle.Handshake, to *endpointURL) []byte {
	var room [keySize]byte
	key := m.appendKey(room[:0])
	memo := &m.openings
	if h.Plain() && memo.to == to {
		at := len(dst) + memo.keyAt
		dst = append(dst, memo.plain...)
		copy(dst[at:], key)
		return dst
	}
	blanks := &head.Blanks{
		Authority: to.authority, Target: to.target, Key: string(key),
		Fields: to.fields, Subprotocols: to.subprotocols,
	}
	if to.over() == oracle.HTTP2 {
		blanks.Scheme = to.scheme()
		return append(dst, head.Connect(h, blanks)...)
	}
	request := head.Request(h, blanks)
	if h.Plain() {
		memo.to, memo.plain, memo.keyAt = to, request, bytes.Index(request, key)
	}
	return append(dst, request...)
}

// parse is [wsproto.ParseResponse], and the extensions of the response.
func (memo *openingMemo) parse(b []byte) (response *wsproto.Response, size int, err error) {
	if memo.response != nil && bytes.HasPrefix(b, memo.answered) {
		return memo.response, len(memo.answered), nil
	}
	response, size, err = wsproto.ParseResponse(b)
	if size == 0 {
		return nil, 0, err
	}
	memo.response, memo.answered = response, append(memo.answered[:0], b[:size]...)
	memo.extensions, memo.err = wsproto.ParseExtensions(response.Values(extensionsField))
	return response, size, nil
}
