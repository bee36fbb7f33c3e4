package catalogue

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// compressedMessages are compressed messages among others, and one after the
// other (RFC 7692 6, 7.2.2).
func compressedMessages() []row {
	return slices.Concat(mixedMessages(), takenOver(), windowOfCompressed())
}

// mixedMessages are compressed and uncompressed messages by turns: it is for
// each message that the sender chooses (RFC 7692 6).
func mixedMessages() []row {
	const back = "A message is inflated if RSV1 is set in its first frame, and taken as it is if not. All come back, each compressed or not."
	text, binary := wsproto.OpText, wsproto.OpBinary
	packed := fixedBlock(hello)
	plain, small := whole(text, literal(hello)), compressed(text, packed)
	var rows []row
	add := func(name, sends string, n int, steps ...oracle.Step) {
		rows = append(rows, inflates("6.2/"+name, sends, back, n, steps...))
	}
	add("plain", "An uncompressed text message.", 1, plain)
	add("plain-empty", "An uncompressed empty text message.", 1, whole(text, literal("")))
	add("plain-first", "An uncompressed text message, and then a compressed one.", 2, plain, small)
	add("plain-after", "A compressed text message, and then an uncompressed one.", 2, small, plain)
	add("plain-between", "A compressed text message, an uncompressed one, and a compressed one.", 3, small, plain, small)
	add("turns", "Twenty text messages, compressed and uncompressed by turns.", 20, slices.Repeat([]oracle.Step{small, plain}, 10)...)
	add("plain-fragments-between", "A compressed text message, an uncompressed one in two frames, and a compressed one.", 3,
		small, part(text, literal(fragment1)), whole(wsproto.OpContinuation, literal(fragment2)), small)
	add("plain-like-deflate", "An uncompressed binary message whose octets are a compressed one, and a compressed text message.", 2,
		whole(binary, literal(string(packed))), small)
	add("types", "Compressed messages, text and binary by turns, and the binary ones are not UTF-8.", 4,
		small, compressed(binary, fixedBlock(notText)), small, compressed(binary, fixedBlock(notText)))
	add("deflated-twice", "A compressed binary message whose content is compressed as well: it is inflated once.", 1,
		compressed(binary, fixedBlock(string(packed))))
	add("ping-between", "A compressed text message, a ping, and a compressed text message.", 2, small, pingOf("between"), small)
	long := message(text, literal(letters(20_000)), 0)
	long.Plain = true // so that the peer need not inflate it before the ping
	rows = append(rows, unexcused(inflates("6.2/ping-after-long", "An uncompressed text message of 20,000 octets and a ping in one write.",
		"The message comes back, and the ping is answered, though the peer may be compressing when it comes.", 1, long, pingOf("meanwhile")), 1))
	rows[len(rows)-1].clauses = with(deflateClauses, pingClauses...)
	sends, n, steps := longThenShort()
	add("long-then-short", strings.ToUpper(sends[:1])+sends[1:]+".", n, steps...)
	var likeTail []oracle.Step
	for _, times := range []int{1, 40, 40} {
		likeTail = append(likeTail, compressed(binary, emitter().Stored(false, contentLikeTail(times)).Message()))
	}
	add("content-like-tail", "Compressed binary messages of octets that cannot be made fewer, among which 00 00 FF FF stands once, and then forty times, twice.", len(likeTail), likeTail...)
	for _, n := range []int{100, 1000} {
		add(fmt.Sprintf("many-%d", n), fmt.Sprintf("%d compressed text messages without a pause, each with a content of its own.", n), n,
			slices.Concat(sequenceOf(n, func(i int) []oracle.Step {
				return []oracle.Step{compressed(text, fixedBlock(fmt.Sprintf("message %04d", i)))}
			})...)...)
	}
	return overDeflate(rows...)
}

// longThenShort are messages without a pause, long and short by turns. To compress a long one
// takes a peer a while, in which it has the short one to send, and may not compress that.
func longThenShort() (sends string, n int, steps []oracle.Step) {
	long, short := letters(20_000), hello
	for i := range 3 {
		for k, s := range []string{long, short} {
			m := message(wsproto.OpText, literal(s), 0)
			m.Plain = k == 0 || i == 1 // so that the peer need not inflate the long one first
			steps = append(steps, m)
		}
	}
	return "three uncompressed messages of 20,000 octets, each with a short one after it, without a pause", len(steps), steps
}

// takenOver are messages that refer to those before, as much as the server's
// answer lets them: that is why our compressor makes them while the case is
// played (RFC 7692 7.2.1, 7.2.2).
func takenOver() []row {
	const back = "Messages are inflated with the window of those before, unless it was agreed to be empty. All come back."
	const text, binary = wsproto.OpText, wsproto.OpBinary
	long, far := letters(2000), letters(40_000)
	const pairedMessages = 8*9 + 1 // of 9 forms, one is a ping
	var rows []row
	z := new(deflate.Compressor) // of each conversation with clients, in its turn
	// pack makes the compressed message of some letters, in frames of so many octets.
	type pack func(op wsproto.Opcode, letters string, piece int) []oracle.Step
	add := func(name, sends string, n int, steps func(pack) []oracle.Step) {
		client := inflates("7.2.2/"+name, sends, back, n, steps(func(op wsproto.Opcode, s string, piece int) []oracle.Step {
			return []oracle.Step{message(op, literal(s), piece)}
		})...)
		client.roles, client.open.Offers = AsClient, []string{usualOffer}
		z.Reset(deflate.Stream{WindowBits: deflate.MaxWindowBits})
		server := inflates(client.id+toClients, sends, "A client whose offer demands more of the server, or that has made none, fails the connection. Any other: "+back, n,
			steps(func(op wsproto.Opcode, s string, piece int) []oracle.Step {
				packed := z.Message(nil, []byte(s))
				return compressedParts(op, cutEvery(cmp.Or(piece, len(packed)), packed)...)
			})...)
		server.roles, server.open.Offers, server.clauses = AsServer, []string{plainOffer}, takeoverClauses
		rows = append(rows, client, server)
	}
	past := func(between ...oracle.Step) func(pack) []oracle.Step {
		return func(p pack) []oracle.Step { return slices.Concat(p(text, long, 0), between, p(text, long, 0)) }
	}
	add("takeover", "Ten text messages of the same 2000 letters, which from the second on are references to the first.", 10, func(p pack) (steps []oracle.Step) {
		for range 10 {
			steps = append(steps, p(text, long, 0)...)
		}
		return steps
	})
	add("takeover-one-way", "Three text messages of the same 2000 letters, where the peer is to take no context over in its own direction.", 3, func(p pack) []oracle.Step {
		return slices.Concat(p(text, long, 0), p(text, long, 0), p(text, long, 0))
	})
	rows[len(rows)-2].open.Offers = []string{usualOffer + "; server_no_context_takeover"}
	rows[len(rows)-1].open.Offers = []string{plainOffer + "; client_no_context_takeover"}
	add("takeover-300", "Three hundred messages of the same 2000 letters, in one frame and in frames of 500 octets by turns.", 300, func(p pack) (steps []oracle.Step) {
		for i := range 300 {
			steps = append(steps, p(text, long, i%2*500)...)
		}
		return steps
	})
	add("takeover-past-plain", "The same 2000 letters three times: compressed, uncompressed, and compressed. The window is that of the compressed messages alone.", 3,
		past(whole(text, literal(long))))
	// A plain message of the same octets would not be missed: what refers past it would find them in it.
	add("takeover-past-other-plain", "The same 2000 letters compressed, 66,000 others uncompressed, and the first ones compressed again. The window is that of the compressed messages alone.", 3,
		past(whole(text, literal(letters(66_000)))))
	add("takeover-past-ping", "The same 2000 letters three times, with a ping between the first two, and a ping, an unsolicited pong and two seconds of silence before the third.", 3,
		func(p pack) []oracle.Step {
			ping, pong := whole(wsproto.OpPing, repeated("between ", 125)), whole(wsproto.OpPong, repeated("between ", 60))
			return slices.Concat(p(text, long, 0), []oracle.Step{ping}, p(text, long, 0), []oracle.Step{ping, pong, wait(aWhile, "")}, p(text, long, 0))
		})
	add("takeover-past-ping-within", "The same 2000 letters twice, with an uncompressed message in two frames between them that has a ping within.", 2+1,
		past(first(text, "be"), pingOf("within"), whole(wsproto.OpContinuation, literal("tween"))))
	add("takeover-past-growing", "The same 2000 letters twice, compressed, with an uncompressed message between them in frames of 10 and of 2000 octets. "+
		"Whether a peer compresses what it sends back is for it to decide where the message begins.", 2+1,
		past(first(text, letters(10)), whole(wsproto.OpContinuation, literal(letters(2000)))))
	add("takeover-past-empty", "The same 2000 letters twice, with an empty compressed message between them.", 2+1, past(compressed(text, []byte{0})))
	add("takeover-past-tiny", "The same 2000 letters three times, with messages of one octet and of two between them.", 5, func(p pack) []oracle.Step {
		return slices.Concat(p(text, long, 0), p(text, "a", 0), p(text, long, 0), p(binary, "bc", 0), p(text, long, 0))
	})
	add("takeover-fragments", "The same 2000 letters three times, in frames of 7 octets.", 3, func(p pack) []oracle.Step {
		return slices.Concat(p(text, long, 7), p(text, long, 7), p(text, long, 7))
	})
	add("takeover-pairs", "Compressed and uncompressed messages and control frames of 9 forms without a pause, so that each form follows each, "+
		"in which the same 2000 letters come again and again.", pairedMessages, func(p pack) (steps []oracle.Step) {
		much, others, octets := letters(70_000)+long, letters(2100), letters(3000)
		plain := func(op wsproto.Opcode, s string) []oracle.Step { return []oracle.Step{whole(op, literal(s))} }
		for _, i := range inPairs(9) {
			steps = append(steps, []func() []oracle.Step{
				func() []oracle.Step { return p(text, long, 0) },
				func() []oracle.Step { return p(binary, long[:500]+notText, 0) },
				func() []oracle.Step { return p(text, much, 0) }, // not so few octets on the wire that a peer may refuse them
				func() []oracle.Step { return p(text, long[1000:]+long[:1000], 300) },
				func() []oracle.Step { return compressedParts(text, []byte{0}, nil) },
				func() []oracle.Step { return plain(text, others) },
				func() []oracle.Step { return plain(binary, octets) },
				func() []oracle.Step { return []oracle.Step{pingOf("between")} },
				func() []oracle.Step {
					return slices.Concat([]oracle.Step{first(text, "be"), pingOf("within")}, continued("tween"))
				},
			}[i]()...)
		}
		return steps
	})
	add("takeover-far", "Text of 32768 octets in one message, and in a second one the first 1000 octets of it.", 2, func(p pack) []oracle.Step {
		return slices.Concat(p(text, far[:1<<15], 0), p(text, far[:1000], 0))
	})
	add("takeover-past-window", "Text of 40,000 octets in one message, which is longer than the window, and in a second one the last 2000 octets of it.", 2, func(p pack) []oracle.Step {
		return slices.Concat(p(text, far, 0), p(text, far[38_000:], 0))
	})
	add("takeover-types", "The same 2000 letters as text, as binary, and as text.", 3, func(p pack) []oracle.Step {
		return slices.Concat(p(text, long, 0), p(binary, long, 0), p(text, long, 0))
	})
	return rows
}

// windowOfCompressed are conversations in which the peer sends something that is not compressed, between messages that
// it may compress against each other. A peer that takes it into its window refers to the wrong octets from then on.
// All of them were sent: only the content of an echo shows it. Each answer is awaited, so that it lies between them.
func windowOfCompressed() []row {
	const small = "a few octets"
	const back = "Only what is compressed enters the window: the last message comes back as it was sent."
	first, second := compressed(wsproto.OpText, deflate.Squeezed(letters(2000))), compressed(wsproto.OpText, deflate.Squeezed(letters(2001)))
	var rows []row
	for _, c := range []struct {
		name, what string
		n          int // messages between
		between    []oracle.Step
	}{
		{"pong", "a ping, whose pong is awaited", 0, []oracle.Step{pingOf(small), ponged(1)}},
		{"empty-pong", "a ping of no octets, and one of 125, whose pongs are awaited", 0,
			[]oracle.Step{pingOf(""), ponged(1), whole(wsproto.OpPing, repeated("p", 125)), ponged(2)}},
		{"plain", "a short uncompressed message, whose echo is awaited", 1, []oracle.Step{whole(wsproto.OpText, literal(small)), echoed(3)}},
	} {
		steps := slices.Concat([]oracle.Step{first, second, echoed(2)}, c.between, []oracle.Step{second})
		r := inflates("7.2.1/window-past-"+c.name, "Two compressed text messages of some 2000 letters, "+c.what+", and the second message again.",
			back, 3+c.n, steps...)
		client, server := r, r
		client.roles, client.open.Offers = AsClient, []string{usualOffer}
		server.roles, server.open.Offers = AsServer, []string{plainOffer}
		server.id += toClients
		rows = append(rows, client, server)
	}
	return rows
}

// cutIn cuts octets in n pieces. The last ones are short or empty.
func cutIn(n int, octets []byte) [][]byte {
	pieces := cutEvery((len(octets)+n-1)/n, octets)
	return append(pieces, make([][]byte, n-len(pieces))...)
}

// bombs are messages that grow a thousandfold. A peer may have a limit (RFC 6455
// 10.4), but not be brought down.
func bombs() []row {
	lit := make([]uint8, 286)
	lit['a'], lit[256], lit[285] = 2, 2, 1
	header := deflate.NewDynamicHeader(lit, []uint8{1})
	exactly := func(octets int) []byte {
		e := new(deflate.Emitter).Dynamic(false, header).Literals(strings.Repeat("a", 1+(octets-1)%258))
		return e.Matches((octets-1)/258, 258, 1).EndBlock().Message()
	}
	bomb := func(most int) []byte { return exactly(most - (most-1)%258) }
	const wants = "Either of two: the message comes back whole, or it is above a limit of the peer's, which closes the connection with code 1009. " +
		"The peer takes no more memory than its limit."
	var rows []row
	add := func(name, sends string, n int, steps ...oracle.Step) {
		r := inflates("8/"+name, sends, wants, n, steps...)
		r.clauses = with(r.clauses, "wscheck/peer-bloated")
		rows = append(rows, r)
	}
	for _, size := range []int{100 << 10, 1 << 20, 8 << 20} {
		packed := bomb(size)
		add(fmt.Sprintf("bomb-%dkib", size>>10), fmt.Sprintf("A text message of %s that is %d octets long on the wire.", sized(size), len(packed)), 1,
			compressed(wsproto.OpText, packed))
	}
	// A peer that inflates into a buffer as long as its limit may take what is in it for all.
	for _, limit := range []int{8 << 10, 16 << 10, 32 << 10, 64 << 10, 1 << 20, 4 << 20, 16 << 20} {
		packed := exactly(limit + 1)
		add(fmt.Sprintf("limit-%dkib-and-1", limit>>10), fmt.Sprintf("A text message that is one octet longer than %s, where many peers have a limit, "+
			"and %s long on the wire.", sized(limit), count(len(packed), "octet")), 1, compressed(wsproto.OpText, packed))
	}
	const huge = 60 << 20
	packed := bomb(huge)
	add("bomb-61440kib", fmt.Sprintf("A text message of %s that is %s long on the wire: more than most peers want to hold, and far beyond "+
		"what one with a limit of some megaoctets takes.", sized(huge), count(len(packed), "octet")), 1,
		compressed(wsproto.OpText, packed))
	rows[len(rows)-1].heavy = true
	rows[len(rows)-1].measure = &Measure{What: MeasureMemory, Size: huge, Times: 2, less: []oracle.Step{compressed(wsproto.OpText, bomb(huge/2)), echoed(1)}}
	add("bomb-fragments", "A text message of 1 MiB that is a kilooctet long on the wire, in frames of one octet.", 1,
		compressedParts(wsproto.OpText, cutEvery(1, bomb(1<<20))...)...)
	add("bomb-twice", "A text message of 1 MiB that is a kilooctet long on the wire, twice.", 2,
		compressed(wsproto.OpText, bomb(1<<20)), compressed(wsproto.OpText, bomb(1<<20)))
	// The frames of the second message are not longer and not more than those of the
	// first: what it is too long for is a limit to octets on the wire.
	for _, piece := range []int{8 << 10, 64 << 10, 1 << 20} {
		const pieces = 17
		stored := new(deflate.Emitter).Stored(false, bytes.Repeat([]byte{'a'}, piece)).Bytes()
		parts := append([][]byte{stored}, cutIn(pieces, bomb(pieces*piece))...)
		plain := message(wsproto.OpBinary, repeated("a", pieces*piece), piece)
		plain.Plain = true
		add(fmt.Sprintf("bomb-then-plain-%dkib", pieces*piece>>10), fmt.Sprintf(
			"A binary message of %s that is little more than %s on the wire, whose echo is awaited; and one of %s that is not compressed, in frames of %s.",
			sized(piece+pieces*piece), sized(piece), sized(pieces*piece), sized(piece)), 2,
			append(append(compressedParts(wsproto.OpBinary, parts...), echoed(1)), plain)...)
		rows[len(rows)-1].wants = "A limit of the peer's holds for a message as it is once inflated: a peer that takes the first message takes the second one. " +
			"Both come back; or the peer closes at the first one, with code 1009." + thenUsable
	}
	empty := new(deflate.Emitter).Fixed(false).Literals(hello).EndBlock()
	for range 10000 {
		empty.Fixed(false).EndBlock()
	}
	add("empty-blocks-10000", "A text message with 10,000 blocks of no octet after its content.", 1, compressed(wsproto.OpText, empty.Message()))
	return saying(overDeflate(rows...), "RFC 6455 10.4")
}

// inflatedText is text whose octets are known only after inflation (RFC 6455
// 8.1, RFC 7692 6.2).
func inflatedText() []row {
	return saying(overDeflate(append(rightText(), wrongText()...)...), "RFC 6455 8.1")
}

func rightText() []row {
	const back = "The content is UTF-8 once it is inflated, and comes back."
	text := wsproto.OpText
	var rows []row
	add := func(name, sends string, n int, steps ...oracle.Step) {
		rows = append(rows, inflates("6.2/"+name, sends, back, n, steps...))
	}
	mixed := "\u00e9\u20ac\U0010ffff" + greek
	add("utf8", "A compressed text message of code points of every length.", 1, compressed(text, fixedBlock(mixed)))
	add("utf8-octetwise", "The same in frames of one octet.", 1, compressedParts(text, cutEvery(1, fixedBlock(mixed))...)...)
	add("utf8-between-blocks", "A compressed text message with U+10FFFF, each octet of it in a stored block of its own.", 1,
		compressed(text, new(deflate.Emitter).Stored(false, []byte("\xf4")).Stored(false, []byte("\x8f")).
			Stored(false, []byte("\xbf")).Stored(false, []byte("\xbf")).Message()))
	add("utf8-between-frames", "A compressed text message in two frames, cut in the middle of U+20AC, which stands there uncompressed.", 1,
		compressedParts(text, new(deflate.Emitter).Stored(false, []byte("a\xe2\x82")).Bytes(), new(deflate.Emitter).Stored(false, []byte("\xacb")).Message())...)
	add("utf8-by-reference", "A compressed text message in which a back-reference begins and ends within a code point.", 1,
		compressed(text, new(deflate.Emitter).Fixed(false).Literals("\u20ac\u20ac\xe2").Match(3, 6).Literals("\x82\xac").EndBlock().Message()))
	add("utf8-odd-wire", "A compressed text message. No octet of it on the wire is UTF-8 by itself.", 1,
		compressed(text, fixedBlock("~~~~~~~~")))
	for _, char := range []string{"\u00e9", "\u20ac", "\U0001f600"} {
		var steps []oracle.Step
		for before := range len(char) {
			steps = append(steps, compressed(text, deflate.Squeezed(shiftedText(char, before))))
		}
		add(fmt.Sprintf("utf8-long-%d", len(char)), fmt.Sprintf("Compressed text messages of more than 64 KiB of characters of %d octets, "+
			"the first after no octet, the next after one, and so on.", len(char)), len(steps), steps...)
	}
	add("binary-any-octets", "A compressed binary message of all 256 octets.", 1, compressed(wsproto.OpBinary, fixedBlock(everyOctet())))
	return rows
}

// contentLikeTail are octets that compression leaves as they are, with those that stand for the
// end of a compressed message among them, so many times: a sender that looks for these takes off what is
// not the end.
func contentLikeTail(times int) []byte {
	octets := noise(2400 + times)
	for i := range times {
		copy(octets[60*i+i:], "\x00\x00\xff\xff")
	}
	return octets
}

// noise returns n octets that compression leaves as they are, the same at all times.
func noise(n int) []byte {
	octets := make([]byte, n)
	state := uint32(n)
	for i := range octets {
		state = state*1664525 + 1013904223
		octets[i] = byte(state >> 24)
	}
	return octets
}

// everyOctet is the octets 00 to FF.
func everyOctet() string {
	octets := make([]byte, 256)
	for i := range octets {
		octets[i] = byte(i)
	}
	return string(octets)
}

func wrongText() []row {
	clauses := []oracle.ClauseID{"rfc6455/8.1/utf8-fail"}
	text := wsproto.OpText
	stored := func(s string) *deflate.Emitter { return new(deflate.Emitter).Stored(false, []byte(s)) }
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		rows = append(rows, bad("6.2/bad-utf8-"+name, sends, clauses, steps...))
	}
	for _, s := range []struct{ name, octets, what string }{
		{"lone", "abc\x80", "a continuation octet after ASCII"},
		{"overlong", "\xc0\x80", "an overlong zero"},
		{"surrogate", "a\xed\xa0\x80b", "a surrogate between ASCII"},
		{"too-great", "\xf4\x90\x80\x80", "what would be U+110000"},
		{"ff", "\xff", "an octet that UTF-8 never has"},
		{"cut", "abc\xe2\x82", "a code point whose last octet is missing"},
	} {
		add(s.name+"-stored", "A compressed text message in a stored block: "+s.what+".", compressed(text, stored(s.octets).Message()))
		add(s.name+"-fixed", "A compressed text message in a block of the fixed code: "+s.what+".", compressed(text, fixedBlock(s.octets)))
		add(s.name+"-octetwise", "The same in frames of one octet: "+s.what+".", compressedParts(text, cutEvery(1, fixedBlock(s.octets))...)...)
	}
	add("between-frames", "A compressed text message in two frames: a lead octet in the first, and in the second no octet that could follow it.",
		compressedParts(text, stored("\xe2").Bytes(), stored("abc").Message())...)
	add("between-blocks", "A compressed text message in two blocks: a lead octet in the first, and in the second no octet that could follow it.",
		compressed(text, stored("\xe2").Stored(false, []byte("abc")).Message()))
	add("by-reference", "A compressed text message in which a back-reference breaks off within a code point.",
		compressed(text, new(deflate.Emitter).Fixed(false).Literals("\u20ac\u20ac").Match(4, 3).Literals("a").EndBlock().Message()))
	add("early", "A compressed text message of 64 KiB whose first octet is wrong.", compressed(text, deflate.Squeezed("\xff"+strings.Repeat("wscheck", 9362))))
	add("late", "A compressed text message of 64 KiB whose last octet is wrong.", compressed(text, deflate.Squeezed(strings.Repeat("wscheck", 9362)+"\xff")))
	add("first-frame", "A compressed text message in two frames with a ping between them; the first has the error.",
		append(append([]oracle.Step{}, compressedParts(text, stored("\xff").Bytes(), nil)[0]), pingOf("within"), whole(wsproto.OpContinuation, literal(string(stored("a").Message()))))...)
	add("second-message", "A right compressed text message, whose echo is awaited, and then a wrong one.",
		compressed(text, fixedBlock(hello)), echoed(1), compressed(text, fixedBlock("\xff")))
	return rows
}

// amidCompressed are control frames within compressed messages, where a peer has a window
// to empty after each message, or one to keep: a control frame is the end of neither.
func amidCompressed() []row {
	const back = "A control frame belongs to no message: it neither empties a window nor keeps one. Every message comes back, and the last ping is answered."
	const text = wsproto.OpText
	const pieces = 100 // octets of a frame
	// laced is a message with a control frame before each of its frames but the first.
	laced := func(packed []byte, control oracle.Step) (steps []oracle.Step) {
		for i, s := range compressedParts(text, cutEvery(pieces, packed)...) {
			if i > 0 {
				steps = append(steps, control)
			}
			steps = append(steps, s)
		}
		return steps
	}
	var rows []row
	for _, c := range []struct {
		name, what string
		control    oracle.Step
	}{
		{"ping", "a ping", pingOf("within")}, {"ping-empty", "an empty ping", pingOf("")},
		{"pong", "an unsolicited pong", whole(wsproto.OpPong, literal("unasked"))},
	} {
		z := deflate.NewCompressor(deflate.Stream{WindowBits: deflate.MaxWindowBits})
		first, again := z.Message(nil, []byte(letters(2000))), z.Message(nil, []byte(letters(2000)[:1500]))
		alone := deflate.Squeezed(letters(2000))
		sends := fmt.Sprintf("A compressed text message in frames of %d octets with %s between each two of them, and then another one, ", pieces, c.what)
		add := func(id, sends string, roles Roles, extension string, steps ...oracle.Step) *row {
			r := inflates(id, sends, back, 2, steps...)
			if n := pingsIn(steps); n > 0 {
				r = unexcused(r, n)
				r.clauses = with(r.clauses, "rfc6455/5.4/control-within")
			}
			r.roles, r.open.Offers = roles, []string{extension}
			rows = append(rows, r)
			return &rows[len(rows)-1]
		}
		add("7.1.1.2/"+c.name+"-within", sends+"by a client that has offered to take no context over.", AsClient, plainOffer+"; server_no_context_takeover; client_no_context_takeover",
			slices.Concat(laced(alone, c.control), laced(alone, c.control))...)
		kept := add("7.2.2/takeover-"+c.name+"-amid"+toClients, sends+"which refers to the first. A client whose offer demands more of the server, or that has made none, fails the connection.",
			AsServer, plainOffer, slices.Concat(laced(first, c.control), laced(again, c.control))...)
		kept.clauses = takeoverClauses
		*kept = withoutBlame(*kept)
	}
	many := oracle.Step{Kind: oracle.StepEcho, Count: 300, Frame: wsproto.Header{Opcode: text}, Payload: literal(letters(40)), Timeout: patience}
	for _, side := range []struct {
		id, extension string
		roles         Roles
	}{{"", usualOffer, AsClient}, {toClients, plainOffer, AsServer}} {
		r := inflates("7.2.2/takeover-one-by-one"+side.id, "Three hundred compressed text messages of the same 40 letters, each once the one before is back.",
			"All come back, however many messages the window has seen.", 0, many)
		r.roles, r.open.Offers = side.roles, []string{side.extension}
		if side.roles == AsServer {
			r = withoutBlame(r)
		}
		rows = append(rows, r)
	}
	return rows
}
