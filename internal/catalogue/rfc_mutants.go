package catalogue

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// subtleFaults are about faults that show in no other case: what a peer continues
// to do where most have long since closed.
func subtleFaults() []row {
	rows := []row{closeAfterSilence(), subprotocolTwice()}
	return append(rows, pingsBehindClose()...)
}

// pingsBehindClose are close frames for which the peer has to fail the
// connection, with a ping after it. The silence of a client alone proves nothing;
// a pong proves that it continues.
func pingsBehindClose() []row {
	const utf8, body = "rfc6455/8.1/reason-fail", "rfc6455/5.5.1/close-body-fail"
	var rows []row
	for _, f := range []struct {
		id, what, payload, codes string
		clause                   oracle.ClauseID
	}{
		{"5.5.1/close-1-octet-ping", "a payload of one octet", "\x03", "1002", body},
		{"8.1/reason-latin-1-ping", "a reason that is Latin-1", codeOctets(wsproto.CloseNormal) + "sch\xf6n", "1007 or 1002", utf8},
		{"8.1/reason-cut-ping", "a reason that ends within a code point", codeOctets(wsproto.CloseNormal) + "abc\xe2\x82", "1007 or 1002", utf8},
	} {
		r := bad(f.id, "A close frame with "+f.what+", and a ping after it.", []oracle.ClauseID{f.clause},
			whole(wsproto.OpClose, literal(f.payload)), whole(wsproto.OpPing, literal("still there?")))
		r.wants = "The close frame is an error. The peer closes with code " + f.codes + ", or drops the connection. The ping is not answered."
		r.also = []string{"7.1.7"}
		rows = append(rows, r)
	}
	return rows
}

// closeAfterSilence is a close frame that is the only thing that the peer can
// act on: where it does not come back, the peer has no excuse.
func closeAfterSilence() row {
	r := closeRow("5.5.1/close-after-silence", "A text message, two seconds of silence once it is echoed, and a normal close.",
		"It is answered by a close frame: the end of TCP alone is not an answer."+thenAnswered, closeClauses,
		append(usable(), wait(2*time.Second, ""), closing(wsproto.CloseNormal, ""))...)
	r.also = []string{"7.1.4"}
	return r
}

// subprotocolTwice is about clients that offer the subprotocol chosen as well as
// those that do not.
func subprotocolTwice() row {
	r := badResponse("4.1/subprotocol-chat-twice", "A response that chooses the subprotocol chat, in two fields.",
		"rfc6455/4.1/response-subprotocol", plus("Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: chat"))
	r.wants = "A client that has not offered chat fails the connection. So does one that has, by the letter of RFC 6455 11.3.4: " +
		"if it opens it all the same, it is reported, but not called wrong."
	r.also = []string{"11.3.4"}
	return r
}

// subtleDeflate are the same about RFC 7692.
var subtleDeflate = sync.OnceValue(func() []*Case { return compileAll("7692", finalInBinary) })

// finalInBinary are binary messages, whose octets are not looked at, that continue
// after a block with BFINAL set.
func finalInBinary() []row {
	packed := new(deflate.Emitter).Fixed(true).Literals(hello[:5]).EndBlock().Align().Fixed(false).Literals(hello[5:]).EndBlock().Message()
	return overDeflate(inflates("7.2.1/final-middle-binary", "A binary message in two blocks of the fixed code; the first has BFINAL set.",
		"A block with BFINAL set ends neither the message nor the stream of blocks: the whole message comes back.", 1,
		compressed(wsproto.OpBinary, packed)))
}

// takeoverClauses are those of messages to a client that only some have agreed to
// inflate.
var takeoverClauses = []oracle.ClauseID{"wscheck/stay", "wscheck/echo-missing", "rfc7692/7.2.1/deflate", "rfc7692/7.2.1/tail"}

// amid puts more cases among those of a document, each after the others of its
// section.
func amid(cases, more []*Case) []*Case {
	cases = slices.Clone(cases)
	for _, c := range more {
		section := c.ID[:strings.LastIndexByte(c.ID, '/')+1]
		at := len(cases)
		for at > 0 && !strings.HasPrefix(cases[at-1].ID, section) {
			at--
		}
		cases = slices.Insert(cases, at, c)
	}
	return cases
}
