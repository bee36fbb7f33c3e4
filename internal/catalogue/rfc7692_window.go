package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// farMatch is a text message of this many octets and then back-references of 258
// octets to so many octets back.
func farMatch(octets, distance int) []byte {
	return emitter().Stored(false, []byte(letters(octets))).Fixed(false).Match(258, distance).Match(258, distance).EndBlock().Message()
}

// answering is the answer of a server with a window of so many bits of its own.
func answering(bits int) string {
	return fmt.Sprintf(deflate.Name+"; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=%d", bits)
}

// distances are back-references of ours to exactly the start of a window (RFC
// 7692 7.1.2, 7.2.2).
func distances() []row {
	const clause = "rfc7692/7.1.2.2/window-offered"
	text := wsproto.OpText
	var rows []row
	for bits := deflate.MinWindowBits; bits <= deflate.MaxWindowBits; bits++ {
		n := 1 << bits
		r := inflates(fmt.Sprintf("7.2.2/distance-%d", n),
			fmt.Sprintf("Our window is not limited. A text message of %d octets, and back-references to exactly as many octets back.", n),
			"What the client did not offer to limit, the server must not limit: its window is 32768 octets. The message comes back.",
			1, compressed(text, farMatch(n, n)))
		r.roles, r.open.Offers, r.clauses = AsClient, []string{plainOffer}, with(r.clauses, clause)
		rows = append(rows, r)

		r = inflates(fmt.Sprintf("7.1.2.2/window-%d-kept", bits),
			fmt.Sprintf("An offer to limit our window to %s; then text whose octets repeat at distances below and above that. "+
				"Our compressor keeps to what the server answers.", bitsOf(bits)),
			"The server answers with that value, a smaller one, or no client_max_window_bits, and inflates with the window that it asked for. The messages come back.",
			2, message(text, repeated(letters(n-10), 2*n), 0), message(text, repeated(letters(n+10), 3*n), 0))
		r.roles, r.open.Offers = AsClient, []string{fmt.Sprintf(plainOffer+"; client_max_window_bits=%d", bits)}
		r.clauses = with(r.clauses, "rfc7692/7.1.2.2/window-kept", "rfc7692/7.1.2.2/window-value")
		rows = append(rows, r)
	}
	r := inflates("7.2.2/distance-256"+toClients,
		"Our answer limits our window to 8 bits. A text message of 256 octets, and back-references to exactly as many octets back.",
		"The window is 256 octets, and the message comes back.", 1, compressed(text, farMatch(256, 256)))
	r.roles, r.open.Offers = AsServer, []string{anyAnswer}
	rows = append(rows, r)
	for bits := deflate.MinWindowBits + 1; bits <= deflate.MaxWindowBits; bits++ {
		rows = append(rows, answeredAtOnce(fmt.Sprintf("7.1.2.1/answer-%d-exact", bits),
			fmt.Sprintf("Our answer limits our window to %s, which the client need not have asked for. A text message with back-references to exactly %d octets back.",
				bitsOf(bits), 1<<bits),
			answering(bits), nil, compressed(text, farMatch(1<<bits, 1<<bits))))
	}
	return rows
}

// answeredAtOnce is a row for an answer of ours that some offers allow and
// others do not, with messages and our close frame after it in the same write:
// so that a client that did not ask for it may fail the connection.
func answeredAtOnce(id, sends, answer string, clauses []oracle.ClauseID, steps ...oracle.Step) row {
	r := closeRow(id, sends+" Messages and our close frame follow in the same write.",
		"Whether the answer is right depends on the offer. A client that did not make such an offer, or cannot do what the answer says, fails the connection; "+
			"any other sends the messages back as agreed on, and answers the close frame.",
		with(clauses, "rfc7692/7.2.1/deflate", "rfc7692/7.2.1/tail", "rfc6455/5.5.1/close-body", "rfc6455/5.5.1/data-after-close"),
		append(steps, closing(wsproto.CloseNormal, ""))...)
	r.roles, r.open.Offers, r.open.WithFrames = AsServer, []string{answer}, true
	return withoutBlame(r)
}

// peerWindows tempt the peer to reach back further than it may: its echo of
// text that repeats beyond its window, or of a message like the one before (RFC
// 7692 7.2.1).
func peerWindows() []row {
	return slices.Concat(serverWindows(), serverContexts(), clientWindows())
}

// tempting is texts that repeat at distances just within and beyond a window of
// so many bits, within messages and from one to the next.
func tempting(bits int) []oracle.Step {
	n := 1 << bits
	var steps []oracle.Step
	for i, unit := range []int{n - 1, n, n + 1, n + 100, 2*n - 300} {
		steps = append(steps, message(wsproto.OpText, repeated(letters(min(unit, 40000)), 2*unit+300), 0), echoed(i+1))
	}
	return steps
}

func serverWindows() []row {
	var rows []row
	for bits := deflate.MinWindowBits; bits <= deflate.MaxWindowBits; bits++ {
		for _, fresh := range []bool{false, true} {
			id, what, offer := fmt.Sprintf("7.2.1/server-window-%d", bits), "", fmt.Sprintf(plainOffer+"; server_max_window_bits=%d", bits)
			clauses := with(deflateClauses, "rfc7692/7.1.2.1/window-kept", "rfc7692/7.1.2.1/window-value")
			if bits < deflate.MaxWindowBits {
				clauses = with(clauses, "rfc7692/7.2.1/server-window")
			}
			if fresh {
				id, what, offer = id+"-fresh", " and no context takeover", offer+"; server_no_context_takeover"
				clauses = with(clauses, "rfc7692/7.1.1.1/server-no-context-takeover", "rfc7692/7.2.1/server-empty-window")
			}
			rows = append(rows, row{
				id: id, roles: AsClient, open: oracle.Handshake{Offers: []string{offer}}, clauses: clauses, steps: tempting(bits),
				sends: fmt.Sprintf("An offer that demands a window of %s of the server%s; then text whose octets repeat at distances just below and just above that.", bitsOf(bits), what),
				wants: fmt.Sprintf("The server declines, or answers with that value or a smaller one and never reaches back further than %d octets. "+
					"All messages come back.", 1<<bits) + thenUsable,
				also: []string{"RFC 7692 7.1.2.1"},
			})
		}
	}
	return rows
}

// serverContexts demand of the server to forget each message.
func serverContexts() []row {
	clauses := with(deflateClauses, "rfc7692/7.1.1.1/server-no-context-takeover", "rfc7692/7.2.1/server-empty-window")
	text := wsproto.OpText
	var rows []row
	add := func(name, sends, offer string, steps ...oracle.Step) {
		rows = append(rows, row{
			id: "7.2.1/server-context-" + name, roles: AsClient, open: oracle.Handshake{Offers: []string{offer}}, clauses: clauses, steps: steps,
			sends: "An offer that demands of the server to take no context over; then " + sends + ".",
			wants: "The server declines, or answers with server_no_context_takeover and begins each message with an empty window: " +
				"none is made smaller by those before. All messages come back." + thenUsable,
			also: []string{"RFC 7692 7.1.1.1"},
		})
	}
	const offer = plainOffer + "; server_no_context_takeover"
	long := message(text, literal(letters(3000)), 0)
	rounds := func(n int, each func(i int) oracle.Step) (steps []oracle.Step) {
		for i := range n {
			steps = append(steps, each(i), echoed(i+1))
		}
		return steps
	}
	add("same", "the same text of 3000 letters five times", offer, rounds(5, func(int) oracle.Step { return long })...)
	add("similar", "five texts that differ in a number alone", offer, rounds(5, func(i int) oracle.Step {
		return message(text, literal(fmt.Sprintf(`{"event":"tick","sequence":%d,"payload":%q}`, i, letters(500))), 0)
	})...)
	add("burst", "the same text of 3000 letters five times without a pause", offer, append(slices.Repeat([]oracle.Step{long}, 5), echoed(5))...)
	add("binary", "the same octets as text and as binary by turns", offer, rounds(4, func(i int) oracle.Step {
		return message([]wsproto.Opcode{text, wsproto.OpBinary}[i%2], literal(letters(3000)), 0)
	})...)
	add("fragments", "the same text of 3000 letters three times, in frames of 100 octets", offer, rounds(3, func(int) oracle.Step {
		return message(text, literal(letters(3000)), 100)
	})...)
	add("large", "the same text of 100,000 octets twice", offer, rounds(2, func(int) oracle.Step { return message(text, repeated(letters(30000), 100000), 0) })...)
	add("plain-between", "the same text of 3000 letters three times, the second time uncompressed", offer, rounds(3, func(i int) oracle.Step {
		s := long
		s.Plain = i == 1
		return s
	})...)
	sends, n, steps := longThenShort()
	add("long-then-short", sends, offer, append(steps, echoed(n))...)
	add("both", "the same text of 3000 letters three times, while the client announces to take none over either", offer+"; client_no_context_takeover",
		rounds(3, func(int) oracle.Step { return long })...)
	return rows
}

// clientWindows ask a client to limit its window, which only some offers allow,
// and to forget each message, which all do.
func clientWindows() []row {
	text := wsproto.OpText
	var rows []row
	for bits := deflate.MinWindowBits; bits <= deflate.MaxWindowBits; bits++ {
		n := 1 << bits
		var clauses []oracle.ClauseID
		if bits < deflate.MaxWindowBits {
			clauses = []oracle.ClauseID{"rfc7692/7.2.1/client-window"}
		}
		long := whole(text, repeated(letters(n+100), min(2*n+100, 40000)))
		r := answeredAtOnce(fmt.Sprintf("7.1.2.2/answer-%d", bits),
			fmt.Sprintf("An answer that asks the client to keep its window to %s; then twice a text whose octets repeat beyond that.", bitsOf(bits)),
			fmt.Sprintf(anyAnswer+"; client_max_window_bits=%d", bits), clauses, long, long)
		rows = append(rows, r, answeredAtOnce(fmt.Sprintf("7.1.2.2/answer-%d-takeover", bits),
			fmt.Sprintf("An answer that asks the client to keep its window to %s, and lets it take the context over; then twice a text whose octets repeat beyond that.", bitsOf(bits)),
			fmt.Sprintf(plainOffer+"; server_no_context_takeover; server_max_window_bits=8; client_max_window_bits=%d", bits), clauses, long, long))
	}
	fresh := inflates("7.2.1/client-context"+toClients, "An answer that asks the client to take no context over; then the same text of 3000 letters five times.",
		"The client begins each message with an empty window. All messages come back.", 5, slices.Repeat([]oracle.Step{whole(text, literal(letters(3000)))}, 5)...)
	fresh.roles, fresh.open.Offers = AsServer, []string{anyAnswer}
	fresh.clauses = with(fresh.clauses, "rfc7692/7.2.1/client-empty-window")
	similar := inflates("7.2.1/client-context-similar"+toClients, "An answer that asks the client to take no context over; then five compressed texts that differ in a number alone.",
		"The client begins each message with an empty window. All messages come back.", 5, slices.Concat(sequenceOf(5, func(i int) []oracle.Step {
			return []oracle.Step{compressed(text, deflate.Squeezed(fmt.Sprintf(`{"event":"tick","sequence":%d,"payload":%q}`, i, letters(500)))), echoed(i + 1)}
		})...)...)
	similar.roles, similar.open, similar.clauses = AsServer, fresh.open, fresh.clauses
	far := inflates("7.1.2.2/answer-9-far", "An answer that asks the client to keep its window to 9 bits; then a text message of 20,000 octets, and back-references to exactly as many octets back.",
		"A client that offered client_max_window_bits, and no limit for the server, limits its own window alone: ours has 32768 octets, and the message comes back. Any other fails the connection.",
		1, compressed(text, farMatch(20_000, 20_000)))
	far.roles, far.open.Offers = AsServer, []string{plainOffer + "; server_no_context_takeover; client_max_window_bits=9"}
	far.clauses = with(far.clauses, "rfc7692/7.2.1/client-window")
	return append(rows, fresh, similar, far)
}
