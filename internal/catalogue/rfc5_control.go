package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// controls are about control frames (RFC 6455 5.5), pings and pongs first.
func controls() []row {
	return slices.Concat(controlErrors(), pings(), unsolicitedPongs(), controlsWithin())
}

// pingOf is a ping with that payload.
func pingOf(payload string) oracle.Step { return whole(wsproto.OpPing, literal(payload)) }

// controlErrors are control frames that are too long or in pieces.
func controlErrors() []row {
	long, cut := []oracle.ClauseID{"rfc6455/5.5/control-length-fail"}, []oracle.ClauseID{"rfc6455/5.5/control-fragmented-fail"}
	var rows []row
	for _, op := range []wsproto.Opcode{wsproto.OpPing, wsproto.OpPong, wsproto.OpClose} {
		name := kindOf(op)
		for _, n := range []int{126, 127, 128, 255, 65535, 65536} {
			payload := repeated("*", n)
			if op == wsproto.OpClose {
				payload = literal(codeOctets(wsproto.CloseNormal) + strings.Repeat("*", n-2))
			}
			rows = append(rows, bad(fmt.Sprintf("5.5/%s-%d", name, n),
				fmt.Sprintf("A %s frame of %d octets; a control frame has 125 at most.", name, n), long, whole(op, payload)))
		}
		payload := map[wsproto.Opcode]string{wsproto.OpClose: codeOctets(wsproto.CloseNormal)}[op]
		rows = append(rows,
			bad("5.5/"+name+"-126-octetwise", fmt.Sprintf("A %s frame of 126 octets, octet by octet.", name), long,
				chopped(1, whole(op, literal(codeOctets(wsproto.CloseNormal)+strings.Repeat("*", 124))))),
			bad("5.5/"+name+"-126-within", fmt.Sprintf("Between the two frames of a text message, a %s frame of 126 octets.", name), long,
				first(wsproto.OpText, fragment1), whole(op, literal(codeOctets(wsproto.CloseNormal)+strings.Repeat("*", 124))),
				whole(wsproto.OpContinuation, literal(fragment2))),
			bad("5.5/"+name+"-unfinished", fmt.Sprintf("A %s frame with FIN clear, and nothing after it.", name), cut, part(op, literal(payload))),
			bad("5.5/"+name+"-unfinished-within", fmt.Sprintf("Between the two frames of a text message, a %s frame with FIN clear.", name), cut,
				first(wsproto.OpText, fragment1), part(op, literal(payload)), whole(wsproto.OpContinuation, literal(fragment2))),
		)
	}
	return append(rows,
		bad("5.5/ping-fragmented", "A ping in two frames: with FIN clear, and a continuation.", cut,
			part(wsproto.OpPing, literal("pi")), whole(wsproto.OpContinuation, literal("ng"))),
		bad("5.5/pong-fragmented", "A pong in two frames: with FIN clear, and a continuation.", cut,
			part(wsproto.OpPong, literal("po")), whole(wsproto.OpContinuation, literal("ng"))),
		bad("5.5/ping-fragmented-pings", "A ping in two frames that both have its opcode, the first with FIN clear.", cut,
			part(wsproto.OpPing, literal("pi")), whole(wsproto.OpPing, literal("ng"))),
		bad("5.5/close-fragmented", "A close frame in two frames: with FIN clear, and a continuation that begins with the reason.", cut,
			part(wsproto.OpClose, literal(codeOctets(wsproto.CloseNormal))), whole(wsproto.OpContinuation, literal("bye"))),
	)
}

// pings are pings of every legal kind.
func pings() []row {
	const back = "Each ping is answered by a pong with its payload, or a later one in its place."
	clauses := with(pingClauses, "rfc6455/5.5.2/pong-prompt", "rfc6455/5.5/control-length", "rfc6455/5.5/control-fragmented")
	var rows []row
	add := func(name, sends, wants string, steps ...oracle.Step) {
		// A ping of ours at the end would excuse the pong that is missing: only
		// the last ping has to be answered.
		r := good("5.5.2/"+name, sends+" Then a close.", wants, clauses, 0, append(steps, closing(wsproto.CloseNormal, ""))...)
		r.wants, r.end = wants+" Our close is answered too.", oracle.EndAwait
		rows = append(rows, r)
	}
	for _, n := range []int{0, 1, 2, 3, 4, 63, 64, 124, 125} {
		for _, w := range []writing{together, octetwise} {
			name := fmt.Sprintf("ping-%d", n)
			if w == octetwise {
				name += "-octetwise"
			}
			// No second pong is due: the wait for it gives a wrong first one its time.
			late := ponged(2)
			late.Timeout = failLimit
			add(name, fmt.Sprintf("A ping of %s, and time for its pong.%s", count(n, "octet"), w.phrase()), "The answer is a pong with the same octets.",
				append(w.apply(whole(wsproto.OpPing, repeated("\x00\xff\x80wscheck", n))), late)...)
		}
	}
	var every []oracle.Step
	for i := range 256 {
		every = append(every, whole(wsproto.OpPing, repeated(fmt.Sprintf("ping %d ", i), i%126)), ponged(i+1))
	}
	add("ping-every-length", "256 pings of 0 to 125 octets, and so again, each once the one before is answered.", "Each is answered by a pong with its payload.", every...)

	for _, n := range []int{2, 32, 100, 1000} {
		var burst []oracle.Step
		for i := range n {
			burst = append(burst, pingOf(fmt.Sprintf("ping %04d", i)))
		}
		add(fmt.Sprintf("pings-%d", n), fmt.Sprintf("%d pings without a pause, each with a payload of its own.", n), back, append(burst, ponged(1))...)
	}
	// Fewer than the 60 pongs that some peers keep at most: how many pings come in one
	// read is nobody's choice.
	add("pings-full", "Fifty pings of 125 octets without a pause.", back, append(slices.Repeat(
		[]oracle.Step{whole(wsproto.OpPing, repeated("*", 125))}, 50), ponged(1))...)
	add("pings-same", "Two pings with the same payload, each once the one before is answered.", "Each is answered.",
		pingOf("again"), ponged(1), pingOf("again"), ponged(2))
	add("ping-like-close", "A ping whose payload is that of a close frame.", "It is answered like any other, and nothing is closed.",
		pingOf(codeOctets(wsproto.CloseNormal)), ponged(1))
	add("ping-like-frame", "A ping whose payload is a whole frame.", "It is answered like any other.", pingOf("\x81\x05Hello"), ponged(1))
	add("ping-not-utf8", "A ping whose payload is not UTF-8.", "It is answered like any other: its payload is any octets.", pingOf("\xff\xc0\x80"), ponged(1))

	mixed := func(name, sends string, n int, steps ...oracle.Step) {
		rows = append(rows, good("5.5.2/"+name, sends, "The message comes back, and the ping is answered.", pingClauses, n, steps...))
	}
	mixed("ping-then-text", "A ping, and a text message after it.", 1, pingOf("before"), whole(wsproto.OpText, literal(hello)))
	mixed("text-then-ping", "A text message, and a ping after it.", 1, whole(wsproto.OpText, literal(hello)), pingOf("after"))
	mixed("ping-after-large", "A binary message of 1 MiB, and a ping after it.", 1, whole(wsproto.OpBinary, repeated("wscheck", 1<<20)), pingOf("after"))
	return rows
}

// unsolicitedPongs are unsolicited pongs, which are legal and have no
// answer.
func unsolicitedPongs() []row {
	const wants = "The pong has no effect."
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		r := good("5.5.3/"+name, sends, wants, []oracle.ClauseID{"wscheck/stay"}, 1, append(steps, whole(wsproto.OpText, literal(hello)))...)
		r.wants = "The pongs have no effect, and the message comes back." + thenUsable
		rows = append(rows, r)
	}
	for _, n := range []int{0, 1, 125} {
		add(fmt.Sprintf("pong-%d", n), fmt.Sprintf("An unsolicited pong of %s, and a text message.", count(n, "octet")),
			whole(wsproto.OpPong, repeated("*", n)))
	}
	add("pongs-1000", "A thousand unsolicited pongs, and a text message.",
		slices.Repeat([]oracle.Step{whole(wsproto.OpPong, literal("unasked"))}, 1000)...)
	add("pong-octetwise", "An unsolicited pong, octet by octet, and a text message.", chopped(1, whole(wsproto.OpPong, literal("unasked"))))
	add("pong-not-utf8", "An unsolicited pong, whose payload is not UTF-8, and a text message.", whole(wsproto.OpPong, literal("\xff\xfe")))
	rows = append(rows, good("5.5.3/pong-then-same-ping",
		"An unsolicited pong, and a ping with the same payload.", "The ping is answered all the same.", pingClauses, 0,
		whole(wsproto.OpPong, literal("same")), pingOf("same"), ponged(1)))
	return rows
}

// controlsWithin are control frames between the frames of a message.
func controlsWithin() []row {
	clauses := with(pingClauses, "rfc6455/5.4/control-within")
	text := wsproto.OpText
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		r := unexcused(good("5.4/"+name, sends, "Each ping is answered, at once or with a later one, and the message comes back whole.", clauses, 1, steps...), pingsIn(steps))
		r.also = []string{"5.5.2"}
		rows = append(rows, r)
	}
	last := whole(wsproto.OpContinuation, literal(fragment3))
	for _, w := range []writing{together, apart, octetwise} {
		name := map[writing]string{together: "", apart: "-apart", octetwise: "-octetwise"}[w]
		add("ping-within"+name, "A text message in two frames with a ping between them."+w.phrase(),
			w.apply(first(text, fragment1), pingOf("within"), last)...)
	}
	for _, n := range []int{0, 1, 124, 125} {
		add(fmt.Sprintf("ping-within-%d", n), fmt.Sprintf("A text message in two frames with a ping of %s between them.", count(n, "octet")),
			first(text, fragment1), whole(wsproto.OpPing, repeated("\xff*", n)), last)
	}
	add("ping-within-awaited", "A text message in two frames with a ping between them; the second frame comes once the pong is there.",
		first(text, fragment1), pingOf("within"), ponged(1), last)
	var laced []oracle.Step
	for i := range 20 {
		laced = append(laced, first(wsproto.OpContinuation, fragment2), pingOf(fmt.Sprintf("ping %d", i)))
	}
	add("pings-within", "A text message in 22 frames with a ping after each of the middle ones.",
		slices.Concat([]oracle.Step{first(text, fragment1)}, laced, []oracle.Step{last})...)
	add("pings-within-100", "A text message in two frames with a hundred pings between them.",
		slices.Concat([]oracle.Step{first(text, fragment1)}, slices.Repeat([]oracle.Step{pingOf("within")}, 100), []oracle.Step{last})...)
	add("ping-after-empty-first", "A text message in two frames, the first of them empty, with a ping between them.",
		first(text, ""), pingOf("within"), last)
	add("ping-before-empty-last", "A text message in two frames, the last of them empty, with a ping between them.",
		first(text, fragment1), pingOf("within"), whole(wsproto.OpContinuation, literal("")))
	add("ping-and-pong-within", "A text message in three frames, with an unsolicited pong and a ping between them.",
		first(text, fragment1), whole(wsproto.OpPong, literal("unasked")), first(wsproto.OpContinuation, fragment2), pingOf("within"), last)
	add("ping-within-binary", "A binary message in two frames that are not UTF-8, with a ping between them; the second frame comes once the pong is there.",
		first(wsproto.OpBinary, "\xff\xfe"), pingOf("within"), ponged(1), whole(wsproto.OpContinuation, literal("\xfd")))
	add("ping-within-large", "A binary message in two frames of 70000 octets, with a ping between them.",
		part(wsproto.OpBinary, repeated("wscheck", 70000)), pingOf("within"), whole(wsproto.OpContinuation, repeated("kcehcsw", 70000)))
	halves := []oracle.Step{part(text, repeated("wscheck ", 3000)), whole(wsproto.OpContinuation, repeated("wscheck ", 3000))}
	taken := unexcused(good("5.4/ping-within-taken", "A text message in two frames of 3000 octets, and once it is back the same with a ping between them.",
		"The ping is answered, at once or with a later one, and both messages come back whole.", clauses, 2,
		halves[0], halves[1], echoed(1), halves[0], pingOf("within"), halves[1]), 1)
	taken.also = []string{"5.5.2"}
	return append(rows, taken, good("5.4/pong-within", "A text message in two frames with an unsolicited pong between them.",
		"The message comes back whole.", []oracle.ClauseID{"rfc6455/5.4/control-within"}, 1,
		first(text, fragment1), whole(wsproto.OpPong, literal("unasked")), last))
}
