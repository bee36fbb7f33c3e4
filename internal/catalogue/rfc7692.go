package catalogue

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateCases are the cases about permessage-deflate that Autobahn|Testsuite
// does not have, by section of RFC 7692; within one, in the order of the tables.
var deflateCases = sync.OnceValue(func() []*Case {
	return compileAll("7692",
		deflateOffers, deflateAnswers, deflateBits, compressedMessages, blockForms, emptyForms, compressedFragments, amidCompressed,
		distances, peerWindows, looseEnds, invalidStreams, unfinishedStreams, inflatedText, bombs, longer, keptDeflate, sideBySideDeflate)
})

const (
	// plainOffer asks for nothing, and does not let the server limit our window.
	plainOffer = deflate.Name
	// usualOffer is the one that most clients make. Whatever the server answers,
	// our messages may reach back 256 octets, though not into the one before.
	usualOffer = deflate.Name + "; client_max_window_bits"
	// anyAnswer answers every valid offer, with any demands: the server may
	// announce what was not asked for (RFC 7692 7.1.1.1, 7.1.2.1), and a smaller
	// window than was asked for.
	anyAnswer = deflate.Name + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8"
	// leastWindow is the window, in octets, of our messages after anyAnswer.
	leastWindow = 1 << deflate.MinWindowBits
)

// toClients marks the id of a case that tests clients, where one of the same
// name tests servers.
const toClients = "-to-client"

// overDeflate makes of each row, which is for both roles, one in which we are
// the client and make an offer, and one in which we are the server and answer.
func overDeflate(rows ...row) []row {
	var both []row
	for _, r := range rows {
		client, server := r, r
		client.roles, client.open.Offers = AsClient, []string{usualOffer}
		server.roles, server.open.Offers = AsServer, []string{anyAnswer}
		server.id += toClients
		if r.end == oracle.EndAwait {
			server = withoutBlame(server)
		}
		both = append(both, client, server)
	}
	return both
}

// compressed is a message in one frame with RSV1 set and exactly this payload.
func compressed(op wsproto.Opcode, payload []byte) oracle.Step {
	return reserved(4, whole(op, literal(string(payload))))
}

// compressedParts is a message with RSV1 set in its first frame alone, each
// frame with one of these payloads.
func compressedParts(op wsproto.Opcode, payloads ...[]byte) []oracle.Step {
	steps := make([]oracle.Step, 0, len(payloads))
	for i, p := range payloads {
		var payload oracle.Payload
		if len(p) > 0 {
			payload.Data = p
		}
		s := part(op, payload)
		if i == 0 {
			s.Frame.Rsv = 4
		}
		s.Frame.Fin = i == len(payloads)-1
		steps = append(steps, s)
		op = wsproto.OpContinuation
	}
	return steps
}

// cutEvery cuts octets in pieces of n.
func cutEvery(n int, octets []byte) [][]byte { return slices.Collect(slices.Chunk(octets, n)) }

// fixedBlock is a message as one block of the fixed code.
func fixedBlock(message string) []byte {
	return new(deflate.Emitter).Fixed(false).Literals(message).EndBlock().Message()
}

// letters is a text of n octets in which hardly anything occurs twice, the same
// at all times.
func letters(n int) string {
	text := make([]byte, n)
	state := uint32(n)
	for i := range text {
		state = state*1664525 + 1013904223
		text[i] = 'a' + byte(state>>24)%26
	}
	return string(text)
}

// saying are sections for [row.also].
func saying(rows []row, sections ...string) []row {
	for i := range rows {
		rows[i].also = append(rows[i].also, sections...)
	}
	return rows
}

// deflateClauses are what every echo of a connection with permessage-deflate
// can break: the peer is free to compress it or not.
var deflateClauses = with(echoClauses, "rfc7692/7.2.1/deflate", "rfc7692/7.2.1/tail")

// inflates is a row about compressed messages that are legal, n of them.
func inflates(id, sends, wants string, n int, steps ...oracle.Step) row {
	r := good(id, sends, wants, nil, n, steps...)
	r.clauses = deflateClauses
	return r
}

// tolerates is a row about something that we must not send, where the RFC does not
// say what the receiver does with it. Our close frame follows in the
// same write: so the peer can neither be called wrong for ending the connection,
// nor for going on. What it makes of the steps has to be the same octets, if it
// makes anything.
func tolerates(id, sends string, steps ...oracle.Step) row {
	const wants = "The RFC binds the sender alone. Either of two: the peer takes the message, which comes back before the close frame is answered; " +
		"or it fails the connection, with code 1002 or 1007 if it sends a close frame. It does not crash, and does not hang."
	return closeRow(id, sends+" Our close frame follows at once.", wants, []oracle.ClauseID{
		"rfc6455/5.5.1/close-body", "rfc6455/5.5.1/data-after-close", "rfc6455/7.1.1/clean-close", "wscheck/peer-panicked", "wscheck/peer-hung",
	}, append(steps, closing(wsproto.CloseNormal, ""))...)
}

// silence is shorter than any wait that proves something.
const silence = time.Second / 2

// withoutBlame ends a row for our side as the server before a client's silence
// proves anything: one that has failed the connection may leave out the close
// frame, and wait for us to close TCP (RFC 6455 7.1.1, 7.1.7).
func withoutBlame(r row) row {
	r.steps = append(slices.Clip(r.steps), oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: silence})
	r.end = oracle.EndNone
	return r
}

// bitsOf writes a window for a description: "9 bits".
func bitsOf(n int) string { return fmt.Sprintf("%d bits", n) }
