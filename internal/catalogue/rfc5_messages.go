package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// messages are many messages without a pause, of every mixture (RFC 6455 5.6,
// 6).
func messages() []row {
	const back = "All messages come back, in their order and each with its type."
	order := []oracle.ClauseID{"wscheck/echo-order", "wscheck/overflow",
		"rfc6455/5.1/client-masks", "rfc6455/5.1/server-masks-not", "rfc6455/5.3/fresh-key",
		"rfc6455/5.3/key-predictable"}
	text := func(i int) oracle.Step { return whole(wsproto.OpText, literal(fmt.Sprintf("message %04d", i))) }
	binary := func(i int) oracle.Step { return whole(wsproto.OpBinary, literal(fmt.Sprintf("\xff message %04d", i))) }
	sequence := func(n int, each ...func(int) oracle.Step) []oracle.Step {
		var steps []oracle.Step
		for i := range n {
			steps = append(steps, each[i%len(each)](i))
		}
		return steps
	}
	var rows []row
	add := func(id, sends string, n int, steps ...oracle.Step) {
		rows = append(rows, good(id, sends, back, order, n, steps...))
	}
	for _, n := range []int{2, 10, 100, 1000} {
		add(fmt.Sprintf("6.2/texts-%d", n), fmt.Sprintf("%d text messages without a pause, each with a content of its own.", n), n, sequence(n, text)...)
		add(fmt.Sprintf("6.2/mixed-%d", n), fmt.Sprintf("%d messages without a pause, text and binary by turns.", n), n, sequence(n, text, binary)...)
	}
	add("6.2/mixed-4200", "4200 messages without a pause, text and binary by turns.", 4200, sequence(4200, text, binary)...)
	for _, chop := range []int{1, 2, 3, 5, 7, 11, 1000} {
		ping := func(i int) oracle.Step { return pingOf(fmt.Sprintf("ping %0*d", i%4, i)) }
		frames := sequence(40, text, ping, binary, ping)
		for i := range frames {
			frames[i].Chop = chop
		}
		add(fmt.Sprintf("6.2/chop-%d", chop), fmt.Sprintf("20 messages, each with a ping after it, in pieces of %s, so that frames are cut at every place.", count(chop, "octet")), 20, frames...)
		last := &rows[len(rows)-1]
		*last = unexcused(*last, 20)
		last.clauses = with(last.clauses, pingClauses...)
	}
	add("6.2/empty-100", "A hundred empty messages, text and binary by turns.", 100, sequence(100,
		func(int) oracle.Step { return whole(wsproto.OpText, literal("")) },
		func(int) oracle.Step { return whole(wsproto.OpBinary, literal("")) })...)
	add("6.2/growing", "Messages of 0 to 300 octets, each one octet longer than the one before.", 301, sequence(301,
		func(i int) oracle.Step { return whole(wsproto.OpText, repeated("wscheck", i)) })...)
	add("6.2/shrinking", "Messages of 300 to 0 octets, each one octet shorter than the one before.", 301, sequence(301,
		func(i int) oracle.Step { return whole(wsproto.OpText, repeated("wscheck", 300-i)) })...)
	add("6.2/whole-and-fragments", "50 messages, by turns in one frame and in frames of 3 octets.", 50, sequence(50, text,
		func(i int) oracle.Step { return message(wsproto.OpText, literal(fmt.Sprintf("message %04d", i)), 3) })...)
	add("6.2/large-and-small", "Binary messages of 256 KiB and of one octet by turns, ten in all.", 10, sequence(10,
		func(int) oracle.Step { return whole(wsproto.OpBinary, repeated("wscheck", 256<<10)) },
		func(int) oracle.Step { return whole(wsproto.OpBinary, literal("\x00")) })...)
	add("6.2/large-then-empty", "A binary message of 70,000 octets and an empty one by turns, eight in all.", 8, sequence(8,
		func(int) oracle.Step { return whole(wsproto.OpBinary, repeated("wscheck", 70_000)) },
		func(int) oracle.Step { return whole(wsproto.OpBinary, literal("")) })...)
	for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
		for _, frames := range []int{1, 2, 3} {
			add(fmt.Sprintf("6.2/sizes-%s-in-%d", kindOf(op), frames),
				fmt.Sprintf("%d %s messages of sizes at which buffers end, from 2 to 131,073 octets, each in %s.", len(bufferSizes), kindOf(op), count(frames, "frame")),
				len(bufferSizes), sequence(len(bufferSizes), func(i int) oracle.Step {
					return message(op, repeated("wscheck ", bufferSizes[i]), (bufferSizes[i]+frames-1)/frames)
				})...)
		}
	}
	add("6.2/header-apart", "Ten text messages, the header of each written apart from its payload.", 10, slices.Concat(sequenceOf(10, func(i int) []oracle.Step {
		payload := fmt.Sprintf("message %04d", i)
		return []oracle.Step{alone(declaring(uint64(len(payload)), wsproto.FormMinimal, whole(wsproto.OpText, literal("")))), alone(more(payload))}
	})...)...)
	add("6.2/across-writes", "Ten text messages, each write with the end of one and the header of the next.", 10, slices.Concat(sequenceOf(10, func(i int) []oracle.Step {
		payload := fmt.Sprintf("message %04d", i)
		return []oracle.Step{declaring(uint64(len(payload)), wsproto.FormMinimal, whole(wsproto.OpText, literal(payload[:4]))), alone(more(payload[4:]))}
	})...)...)

	forms := messageForms()
	turns := inPairs(len(forms))
	steps, n, pings := []oracle.Step(nil), 0, 0
	for _, i := range turns {
		steps = append(steps, forms[i].steps...)
		n, pings = n+forms[i].n, pings+forms[i].pings
	}
	rows = append(rows, unexcused(good("6.2/pairs", fmt.Sprintf("%d messages and control frames of %d forms without a pause, so that each form follows each: "+
		"short and long ones, empty ones, text and binary, in frames with and without control frames between.", len(turns), len(forms)),
		back+" The last ping is answered.", with(order, pingClauses...), n, steps...), pings))

	pinged := sequence(100, text, func(i int) oracle.Step { return pingOf(fmt.Sprintf("ping %04d", i)) }, binary)
	rows = append(rows, good("6.2/pings-among-messages", "A hundred text messages, pings and binary messages by turns.",
		back+" The pings are answered, each or the last of several.", with(order, pingClauses...), 67, pinged...))
	return rows
}

// messageForm is a message, or a control frame, in a form of its own.
type messageForm struct {
	n, pings int // messages that come back, and pings
	steps    []oracle.Step
}

// messageForms are messages and control frames in the forms between which a peer may carry
// something over. The last is an empty ping.
func messageForms() []messageForm {
	text, binary := wsproto.OpText, wsproto.OpBinary
	unasked := whole(wsproto.OpPong, literal("unasked"))
	return []messageForm{
		{1, 0, []oracle.Step{whole(text, literal(hello))}},
		{1, 0, []oracle.Step{whole(text, literal(""))}},
		{1, 0, []oracle.Step{whole(binary, literal(notText))}},
		{1, 0, []oracle.Step{whole(binary, repeated("\xff wscheck ", 17_001))}},
		{1, 0, []oracle.Step{whole(text, repeated("wscheck \u20ac ", 66_000))}},
		{1, 0, messageParts(text, fragment1, fragment2)},
		{1, 1, slices.Concat([]oracle.Step{first(binary, notText), pingOf("within"), first(wsproto.OpContinuation, ""), first(wsproto.OpContinuation, "\xfe"), unasked},
			continued("\xff", ""))},
		{1, 2, slices.Concat([]oracle.Step{first(text, ""), first(wsproto.OpContinuation, "\xe2\x82"), pingOf(""), pingOf("within")}, continued("\xac \n"))},
		{0, 1, []oracle.Step{whole(wsproto.OpPing, repeated("ping ", 125))}},
		{0, 0, []oracle.Step{unasked}},
		{0, 1, []oracle.Step{pingOf("")}},
	}
}

// inPairs returns a sequence of the numbers 0 to n-1 in which each follows each, itself
// included, once.
func inPairs(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i)
		for k := i + 1; k < n; k++ {
			all = append(all, i, k)
		}
	}
	return append(all, 0)
}

// bufferSizes are sizes at which buffers end: powers of two and of ten, what a segment of TCP
// carries, and their neighbours; and lengths whose octets are line ends and blanks.
var bufferSizes = func() []int {
	sizes := []int{100, 124, 125, 126, 1000, 1448, 1460, 1500, 10_000, 65_530, 100_000, 0x0a0a, 0x0d0a, 0x2020}
	for n := 2; n <= 1<<17; n *= 2 {
		sizes = append(sizes, n-1, n, n+1)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}()

// sequenceOf returns what each gives for 0 to n-1.
func sequenceOf(n int, each func(int) []oracle.Step) [][]oracle.Step {
	var all [][]oracle.Step
	for i := range n {
		all = append(all, each(i))
	}
	return all
}
