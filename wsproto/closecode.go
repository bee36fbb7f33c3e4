package wsproto

import "fmt"

// CloseCode is the status code of a close frame (RFC 6455 7.4).
type CloseCode uint16

// The codes of RFC 6455 7.4.1 and, from 1012 on, of the IANA registry that
// RFC 6455 11.7 opened. CloseReserved1004, CloseNoStatus, CloseAbnormal and
// CloseTLSHandshake must never be on the wire.
const (
	CloseNormal             CloseCode = 1000
	CloseGoingAway          CloseCode = 1001
	CloseProtocolError      CloseCode = 1002
	CloseUnsupported        CloseCode = 1003
	CloseReserved1004       CloseCode = 1004
	CloseNoStatus           CloseCode = 1005
	CloseAbnormal           CloseCode = 1006
	CloseInvalidPayload     CloseCode = 1007
	ClosePolicy             CloseCode = 1008
	CloseTooBig             CloseCode = 1009
	CloseMandatoryExtension CloseCode = 1010
	CloseInternal           CloseCode = 1011
	CloseServiceRestart     CloseCode = 1012
	CloseTryAgainLater      CloseCode = 1013
	CloseBadGateway         CloseCode = 1014
	CloseTLSHandshake       CloseCode = 1015
)

// Sendable reports whether RFC 6455 7.4 by itself lets the code stand in a close
// frame: 1000 to 1003, 1007 to 1011, and 3000 to 4999, which are left to
// registered libraries and to private use. For 1012 to 1014, registered with
// IANA since, see [CloseCode.Registered].
func (c CloseCode) Sendable() bool {
	switch {
	case c >= CloseNormal && c <= CloseUnsupported,
		c >= CloseInvalidPayload && c <= CloseInternal,
		c >= 3000 && c <= 4999:
		return true
	}
	return false
}

// Registered reports whether the code may stand in a close frame by RFC 6455
// 7.4 and the registry of RFC 6455 11.7 together: those that are
// [CloseCode.Sendable], and 1012 to 1014.
func (c CloseCode) Registered() bool {
	return c.Sendable() || c >= CloseServiceRestart && c <= CloseBadGateway
}

// String returns the number and, where it has one, the meaning: "1000 (normal
// closure)", "3000 (library)", "4000 (private)", "999".
func (c CloseCode) String() string {
	if name := c.name(); name != "" {
		return fmt.Sprintf("%d (%s)", uint16(c), name)
	}
	return fmt.Sprint(uint16(c))
}

func (c CloseCode) name() string {
	switch c {
	case CloseNormal:
		return "normal closure"
	case CloseGoingAway:
		return "going away"
	case CloseProtocolError:
		return "protocol error"
	case CloseUnsupported:
		return "unsupported data"
	case CloseReserved1004:
		return "reserved"
	case CloseNoStatus:
		return "no status received"
	case CloseAbnormal:
		return "abnormal closure"
	case CloseInvalidPayload:
		return "invalid payload data"
	case ClosePolicy:
		return "policy violation"
	case CloseTooBig:
		return "message too big"
	case CloseMandatoryExtension:
		return "mandatory extension"
	case CloseInternal:
		return "internal error"
	case CloseServiceRestart:
		return "service restart"
	case CloseTryAgainLater:
		return "try again later"
	case CloseBadGateway:
		return "bad gateway"
	case CloseTLSHandshake:
		return "TLS handshake"
	}
	switch {
	case c >= 3000 && c <= 3999:
		return "library"
	case c >= 4000 && c <= 4999:
		return "private"
	}
	return ""
}
