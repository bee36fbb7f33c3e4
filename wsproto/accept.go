package wsproto

import (
	"crypto/sha1"
	"encoding/base64"
)

// handshakeGUID is the constant of RFC 6455 1.3.
const handshakeGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// AcceptKey returns the Sec-WebSocket-Accept value that answers the
// Sec-WebSocket-Key value key (RFC 6455 4.2.2), whatever key is. The key is
// taken as it is, without its surrounding white space, as [Fields.Get] gives it.
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + handshakeGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}
