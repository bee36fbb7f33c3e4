package wsproto

import "encoding/binary"

// ClosePayload is the payload of a close frame (RFC 6455 5.5.1).
type ClosePayload struct {
	Code CloseCode `json:"code,omitempty"`
	// HasCode is false for an empty payload, which stands for
	// [CloseNoStatus] (RFC 6455 7.1.5).
	HasCode bool `json:"hasCode,omitempty"`
	// Reason is what follows the code, as it came: RFC 6455 5.5.1 wants UTF-8,
	// which is for the caller to check.
	Reason Octets `json:"reason,omitempty"`
}

// ParseClose reads the payload of a close frame. ok is false for a payload of
// one octet, which is not a code and not empty. Reason aliases b.
func ParseClose(b []byte) (p ClosePayload, ok bool) {
	switch len(b) {
	case 0:
		return ClosePayload{}, true
	case 1:
		return ClosePayload{}, false
	}
	return ClosePayload{
		Code:    CloseCode(binary.BigEndian.Uint16(b)),
		HasCode: true,
		Reason:  b[2:],
	}, true
}

// AppendClose appends the payload of a close frame to dst. Neither the code nor
// the reason is looked at; a control frame has room for 123 octets of reason
// (RFC 6455 5.5).
func AppendClose(dst []byte, code CloseCode, reason string) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(code)), reason...)
}
