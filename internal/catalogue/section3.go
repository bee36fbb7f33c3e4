package catalogue

import (
	"fmt"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// strictly ends the expectation of a case that sends a good message ahead of
// the error: the RFC lets a peer fail the connection before it has echoed.
const strictly = " A peer that fails the connection without the echo is NON-STRICT, since the error may have been read with the message."

// reservedBits are the seven ways to set RSV1 (4), RSV2 (2) and RSV3 (1).
var reservedBits = []struct {
	bits    uint8
	op      wsproto.Opcode
	payload string
	after   bool // a good text message goes before and a ping follows
	writing writing
}{
	{bits: 1, op: wsproto.OpText, payload: hello},
	{bits: 2, op: wsproto.OpText, payload: hello, after: true},
	{bits: 3, op: wsproto.OpText, payload: hello, after: true, writing: apart},
	{bits: 4, op: wsproto.OpText, payload: hello, after: true, writing: octetwise},
	{bits: 5, op: wsproto.OpBinary, payload: notText},
	{bits: 6, op: wsproto.OpBinary, payload: hello},
	{bits: 7, op: wsproto.OpClose},
}

// rsvNames lists the bits by their names in RFC 6455 5.2.
func rsvNames(bits uint8) string {
	switch bits {
	case 1:
		return "RSV3"
	case 2:
		return "RSV2"
	case 3:
		return "RSV2 and RSV3"
	case 4:
		return "RSV1"
	case 5:
		return "RSV1 and RSV3"
	case 6:
		return "RSV1 and RSV2"
	}
	return "RSV1, RSV2 and RSV3"
}

// section3 sets reserved bits that no extension has given a meaning.
func section3() []entry {
	var rows []entry
	for i, r := range reservedBits {
		bad := reserved(r.bits, whole(r.op, literal(r.payload)))
		e := errorEntry(r.after, r.writing, bad,
			fmt.Sprintf("a %s frame with %s set, though no extension is negotiated", kindOf(r.op), rsvNames(r.bits)))
		e.id = fmt.Sprintf("3.%d", i+1)
		e.rfc = []string{"RFC 6455 5.2"}
		rows = append(rows, e)
	}
	return rows
}

// errorEntry is a row about one frame that the peer must not accept. Where
// after is set, a good message goes before it, whose echo a strict peer still
// sends, and a ping follows, which must stay without a pong.
func errorEntry(after bool, w writing, bad oracle.Step, what string) entry {
	if !after {
		return entry{
			sends:  "Only this: " + what + "." + w.phrase(),
			wants:  "Nothing is echoed." + thenFailed,
			steps:  append(w.apply(bad), failAfter(time.Second)),
			expect: failed(),
		}
	}
	return entry{
		sends: "A good text message, then " + what + ", then a ping." + w.phrase(),
		wants: "The good message is echoed; the bad frame and the ping have no answer." + thenFailed + strictly,
		steps: append(w.apply(
			whole(wsproto.OpText, literal(hello)), bad, whole(wsproto.OpPing, literal("")),
		), failAfter(time.Second)),
		expect: failedAfter(textEcho(hello)),
	}
}
