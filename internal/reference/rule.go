package reference

import (
	"errors"
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// rule is a rule that the endpoint holds its peer to after the opening handshake.
type rule uint8

const (
	ruleRSV1 rule = iota
	ruleRSV2
	ruleRSV3
	ruleOpcode
	ruleControlFin
	ruleControlLength
	ruleOrphan
	ruleNested
	ruleUnmasked
	ruleMasked
	ruleLength16
	ruleLength64
	ruleLengthTop
	ruleCloseLength
	ruleCloseCode
	ruleReason
	ruleReasonCut
	ruleText
	ruleTextCut
	ruleMessageSize
	ruleDeflate
	ruleDeflateCut
	ruleDeflateEnd
	ruleDeflateWindow
	ruleHeader // broken by no conforming peer: see hooks.suspect
	rulePong   // likewise: see hooks.ponged
)

// rules says where each rule stands, what the peer did, and which close code answers.
var rules = [...]struct {
	section, text string
	code          wsproto.CloseCode
}{
	ruleRSV1:          {"RFC 6455 5.2", "RSV1 is set", wsproto.CloseProtocolError},
	ruleRSV2:          {"RFC 6455 5.2", "RSV2 is set", wsproto.CloseProtocolError},
	ruleRSV3:          {"RFC 6455 5.2", "RSV3 is set", wsproto.CloseProtocolError},
	ruleOpcode:        {"RFC 6455 5.2", "opcode is reserved", wsproto.CloseProtocolError},
	ruleControlFin:    {"RFC 6455 5.5", "control frame is fragmented", wsproto.CloseProtocolError},
	ruleControlLength: {"RFC 6455 5.5", "control frame of more than 125 octets", wsproto.CloseProtocolError},
	ruleOrphan:        {"RFC 6455 5.4", "continuation of no message", wsproto.CloseProtocolError},
	ruleNested:        {"RFC 6455 5.4", "new message inside a fragmented one", wsproto.CloseProtocolError},
	ruleUnmasked:      {"RFC 6455 5.1", "frame of the client is not masked", wsproto.CloseProtocolError},
	ruleMasked:        {"RFC 6455 5.1", "frame of the server is masked", wsproto.CloseProtocolError},
	ruleLength16:      {"RFC 6455 5.2", "length is not in the shortest form", wsproto.CloseProtocolError},
	ruleLength64:      {"RFC 6455 5.2", "length is not in the shortest form", wsproto.CloseProtocolError},
	ruleLengthTop:     {"RFC 6455 5.2", "most significant bit of the length is set", wsproto.CloseProtocolError},
	ruleCloseLength:   {"RFC 6455 5.5.1", "close payload of one octet", wsproto.CloseProtocolError},
	ruleCloseCode:     {"RFC 6455 7.4", "close code must not be sent", wsproto.CloseProtocolError},
	ruleReason:        {"RFC 6455 5.5.1", "close reason is not UTF-8", wsproto.CloseInvalidPayload},
	ruleReasonCut:     {"RFC 6455 5.5.1", "close reason is not UTF-8", wsproto.CloseInvalidPayload},
	ruleText:          {"RFC 6455 8.1", "text is not UTF-8", wsproto.CloseInvalidPayload},
	ruleTextCut:       {"RFC 6455 8.1", "text is not UTF-8", wsproto.CloseInvalidPayload},
	ruleMessageSize:   {"RFC 6455 10.4", "message is too big", wsproto.CloseTooBig},
	ruleDeflate:       {"RFC 7692 7.2.2", "message is not DEFLATE", wsproto.CloseInvalidPayload},
	ruleDeflateCut:    {"RFC 7692 7.2.2", "message is not DEFLATE", wsproto.CloseInvalidPayload},
	ruleDeflateEnd:    {"RFC 7692 7.2.1", "message does not end as it must", wsproto.CloseInvalidPayload},
	ruleDeflateWindow: {"RFC 7692 7.2.1", "message refers to more than was agreed to be kept", wsproto.CloseInvalidPayload},
	ruleHeader:        {"RFC 6455 5.2", "length is out of bounds", wsproto.CloseProtocolError},
	rulePong:          {"RFC 6455 5.5", "pong was not asked for", wsproto.CloseProtocolError},
}

// Violation is the error of a connection that the endpoint failed because the peer
// broke a rule after the opening handshake.
type Violation struct {
	Section string            // where the rule stands: "RFC 6455 5.2"
	Text    string            // what the peer did
	Code    wsproto.CloseCode // in the endpoint's close frame
	Offset  int64             // octets that the peer sent before the first wrong one
}

// Error returns the violation in one line.
func (v *Violation) Error() string {
	return fmt.Sprintf("reference: %s: %s (octet %d, closed with %d)", v.Section, v.Text, v.Offset, v.Code)
}

// violates returns the violation of a rule. The octet that breaks it is at away
// from the next octet to take: negative where it is taken already.
func (e *endpoint) violates(r rule, at int) *Violation {
	return &Violation{
		Section: rules[r].section, Text: rules[r].text, Code: rules[r].code,
		Offset: max(0, e.consumed+int64(at)),
	}
}

// Refusal is the error of a connection whose opening handshake failed: the endpoint
// refused it or was refused.
type Refusal struct {
	Status int    // of the HTTP response; 0 if none was sent or read
	Reason string // what was wrong with the peer's half
}

// Error returns the refusal in one line.
func (r *Refusal) Error() string {
	return fmt.Sprintf("reference: opening handshake refused, status %d: %s", r.Status, r.Reason)
}

// ErrDropped is the error of a connection whose stream ended without a closing
// handshake.
var ErrDropped = errors.New("reference: the peer ended the stream without a close frame")

// errDone ends an endpoint's work: both close frames are sent, or the endpoint has
// nothing more to do with the connection.
var errDone = errors.New("reference: closed")
