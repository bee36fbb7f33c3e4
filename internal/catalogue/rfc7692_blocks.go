package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// emitter is a new writer of DEFLATE.
func emitter() *deflate.Emitter { return new(deflate.Emitter) }

// wordHeader is the header of a dynamic block for the letters of [hello], with
// one length, of 3 octets, and one distance, of 1.
func wordHeader() deflate.DynamicHeader {
	lit := make([]uint8, 258)
	for _, c := range "Helo, wrd!" {
		lit[c] = 4
	}
	lit[256], lit[257] = 2, 3
	return deflate.NewDynamicHeader(lit, []uint8{1})
}

// blockForms are messages of blocks of every kind, alone and together (RFC 7692
// 7.2.1, 7.2.3).
func blockForms() []row {
	return overDeflate(slices.Concat(kindsOfBlocks(), finalBlocks(), flushPoints(), matchForms())...)
}

func kindsOfBlocks() []row {
	const back = "A sender may use blocks of any kind and number. The message comes back."
	var rows []row
	add := func(name, sends string, e *deflate.Emitter) {
		rows = append(rows, inflates("7.2.1/blocks-"+name, sends, back, 1, compressed(wsproto.OpText, e.Message())))
	}
	octets := []byte(hello)
	add("fixed", "A text message in one block of the fixed code.", emitter().Fixed(false).Literals(hello).EndBlock())
	add("stored", "A text message in one stored block.", emitter().Stored(false, octets))
	add("dynamic", "A text message in one block of a dynamic code.", emitter().Dynamic(false, wordHeader()).Literals(hello).EndBlock())
	add("two", "A text message in two blocks of the fixed code.", emitter().Fixed(false).Literals(hello[:5]).EndBlock().Fixed(false).Literals(hello[5:]).EndBlock())
	add("all-kinds", "A text message in a stored block, one of the fixed code and one of a dynamic code.",
		emitter().Stored(false, octets).Fixed(false).Literals(hello).EndBlock().Dynamic(false, wordHeader()).Literals(hello).EndBlock())
	add("all-kinds-reversed", "A text message in a block of a dynamic code, one of the fixed code and a stored one.",
		emitter().Dynamic(false, wordHeader()).Literals(hello).EndBlock().Fixed(false).Literals(hello).EndBlock().Stored(false, octets))
	each := func(octet func(e *deflate.Emitter, s string)) *deflate.Emitter {
		e := emitter()
		for i := range hello {
			octet(e, hello[i:i+1])
		}
		return e
	}
	add("octets-stored", "A text message with each octet in a stored block of its own.",
		each(func(e *deflate.Emitter, s string) { e.Stored(false, []byte(s)) }))
	add("octets-fixed", "A text message with each octet in a block of the fixed code of its own.",
		each(func(e *deflate.Emitter, s string) { e.Fixed(false).Literals(s).EndBlock() }))
	add("octets-dynamic", "A text message with each octet in a block of a dynamic code of its own.",
		each(func(e *deflate.Emitter, s string) { e.Dynamic(false, wordHeader()).Literals(s).EndBlock() }))
	add("stored-65535", "A text message in a stored block of 65535 octets, the most there can be.", emitter().Stored(false, []byte(letters(65535))))
	add("stored-65536", "A text message of 65536 octets in two stored blocks.", emitter().Stored(false, []byte(letters(65536))))
	add("empty-between", "A text message in two blocks, with empty ones of all three kinds between them.",
		emitter().Fixed(false).Literals(hello[:5]).EndBlock().Fixed(false).EndBlock().Stored(false, nil).Dynamic(false, wordHeader()).EndBlock().
			Fixed(false).Literals(hello[5:]).EndBlock())
	add("empty-before", "A text message with ten empty blocks of the fixed code before the one that holds it.",
		func() *deflate.Emitter {
			e := emitter()
			for range 10 {
				e.Fixed(false).EndBlock()
			}
			return e.Fixed(false).Literals(hello).EndBlock()
		}())
	return rows
}

// finalBlocks are blocks with BFINAL set, which a message may have, also in its
// middle (RFC 7692 7.2.1, 7.2.3.4).
func finalBlocks() []row {
	const back = "A block with BFINAL set ends no message: what follows it belongs to the message too, and is inflated in the same way. All comes back."
	text := wsproto.OpText
	head, tail := hello[:5], hello[5:]
	var rows []row
	add := func(name, sends string, n int, steps ...oracle.Step) {
		r := inflates("7.2.1/final-"+name, sends, back, n, steps...)
		r.also = []string{"RFC 7692 7.2.3.4"}
		rows = append(rows, r)
	}
	message := func(name, sends string, e *deflate.Emitter) { add(name, sends, 1, compressed(text, e.Message())) }
	atEnd := emitter().Fixed(true).Literals(hello).EndBlock().Align()
	message("fixed", "A text message in one block of the fixed code with BFINAL set, as in the RFC's example.", atEnd)
	message("stored", "A text message in one stored block with BFINAL set.", emitter().Stored(true, []byte(hello)))
	message("dynamic", "A text message in one block of a dynamic code with BFINAL set.", emitter().Dynamic(true, wordHeader()).Literals(hello).EndBlock().Align())
	message("last", "A text message in two blocks; the last has BFINAL set.",
		emitter().Fixed(false).Literals(head).EndBlock().Fixed(true).Literals(tail).EndBlock().Align())
	message("middle-fixed", "A text message in two blocks of the fixed code; the first has BFINAL set.",
		emitter().Fixed(true).Literals(head).EndBlock().Align().Fixed(false).Literals(tail).EndBlock())
	message("middle-stored", "A text message in two stored blocks; the first has BFINAL set.",
		emitter().Stored(true, []byte(head)).Stored(false, []byte(tail)))
	message("middle-dynamic", "A text message in two blocks of a dynamic code; the first has BFINAL set.",
		emitter().Dynamic(true, wordHeader()).Literals(head).EndBlock().Align().Dynamic(false, wordHeader()).Literals(tail).EndBlock())
	message("twice", "A text message in two blocks that both have BFINAL set.",
		emitter().Fixed(true).Literals(head).EndBlock().Align().Fixed(true).Literals(tail).EndBlock().Align())
	message("empty-first", "A text message after an empty block with BFINAL set.", emitter().Fixed(true).EndBlock().Align().Fixed(false).Literals(hello).EndBlock())
	add("then-message", "A text message in a block with BFINAL set, and then one in a block without.", 2,
		compressed(text, atEnd.Message()), compressed(text, fixedBlock(hello)))
	add("five-messages", "Five text messages, each in a block with BFINAL set.", 5, slices.Repeat([]oracle.Step{compressed(text, atEnd.Message())}, 5)...)
	add("fragments", "A text message in two frames, and the first ends with a block with BFINAL set.", 1,
		compressedParts(text, emitter().Fixed(true).Literals(head).EndBlock().Align().Bytes(), emitter().Fixed(false).Literals(tail).EndBlock().Message())...)
	add("tail-apart", "A text message in two frames: a block with BFINAL set, and the octet that has to follow it.", 1,
		compressedParts(text, atEnd.Bytes(), []byte{0})...)
	return rows
}

// flushPoints are empty stored blocks within a message; the last of them the
// sender takes off (RFC 7692 7.2.1, 7.2.3.5).
func flushPoints() []row {
	const back = "The four octets 00 00 FF FF are taken off at the end of a message alone. The message comes back."
	head, tail := hello[:5], hello[5:]
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		r := inflates("7.2.1/flush-"+name, sends, back, 1, steps...)
		r.also = []string{"RFC 7692 7.2.3.5"}
		rows = append(rows, r)
	}
	halves := emitter().Fixed(false).Literals(head).EndBlock().Flush()
	firstHalf := halves.Bytes()
	whole := halves.Fixed(false).Literals(tail).EndBlock().Message()
	add("middle", "A text message in two blocks with a flush point, 00 00 FF FF and all, between them.", compressed(wsproto.OpText, whole))
	add("fragments", "The same in two frames, and the first ends with the flush point.",
		compressedParts(wsproto.OpText, firstHalf, whole[len(firstHalf):])...)
	add("split", "The same in frames of one octet, so that 00 00 FF FF is split.", compressedParts(wsproto.OpText, cutEvery(1, whole)...)...)
	add("leading", "A text message after a flush point.", compressed(wsproto.OpText, emitter().Flush().Fixed(false).Literals(hello).EndBlock().Message()))
	add("trailing", "A text message in a block with one flush point more at its end than it needs.",
		compressed(wsproto.OpText, emitter().Fixed(false).Literals(hello).EndBlock().Flush().Message()))
	add("many", "A text message with a flush point after each octet.", compressed(wsproto.OpText, func() []byte {
		e := emitter()
		for i := range hello {
			e.Fixed(false).Literals(hello[i : i+1]).EndBlock().Flush()
		}
		return e.Message()
	}()))
	add("like-content", "A text message whose content before the end is a stored block of the octets 00 00 and its own end 00.",
		compressed(wsproto.OpText, emitter().Stored(false, []byte("a\x00\x00")).Stored(false, []byte("\x00")).Message()))
	binary := inflates("7.2.1/flush-in-content", "A binary message in a stored block whose content ends with 00 00 FF FF.", back, 1,
		compressed(wsproto.OpBinary, emitter().Stored(false, []byte("a\x00\x00\xff\xff")).Message()))
	return append(rows, binary)
}

// matchForms are back-references at the limits of their lengths, within the
// last 256 octets.
func matchForms() []row {
	const back = "Back-references are followed, also into what they write themselves. The message comes back."
	var rows []row
	add := func(name, sends string, e *deflate.Emitter) {
		rows = append(rows, inflates("7.2.1/match-"+name, sends, back, 1, compressed(wsproto.OpText, e.EndBlock().Message())))
	}
	for _, n := range []int{3, 10, 11, 257, 258} {
		add(fmt.Sprintf("length-%d", n), fmt.Sprintf("A text message with a back-reference of %d octets.", n), emitter().Fixed(false).Literals("abc").Match(n, 3))
	}
	add("own-octets", "A text message of one octet, and a back-reference of 258 octets to it, which repeats what it writes.", emitter().Fixed(false).Literals("a").Match(258, 1))
	add("own-period", "A text message with a back-reference of 100 octets to the 7 before it.", emitter().Fixed(false).Literals("wscheck").Match(100, 7))
	add("across-blocks", "A text message in two blocks; the second begins with a back-reference into the first.",
		emitter().Stored(false, []byte(hello)).Fixed(false).Match(len(hello), len(hello)))
	add("dynamic", "A text message in a block of a dynamic code with a single distance, whose code has one bit.", emitter().Dynamic(false, wordHeader()).Literals("o").Match(3, 1))
	add("first-octet", "A text message of 256 octets with a back-reference to the first of them.",
		emitter().Stored(false, []byte(letters(256))).Fixed(false).Match(20, 256))
	all := emitter().Stored(false, []byte(letters(256))).Fixed(false)
	for n := 1; n <= leastWindow; n++ {
		all.Match(3+n%256, n)
	}
	add("every-distance", "A text message with a back-reference of every distance from 1 to 256.", all)
	return rows
}

// emptyForms are empty messages (RFC 7692 7.2.3.6).
func emptyForms() []row {
	const back = "All forms stand for no octet. An empty message comes back, in any of these forms or uncompressed."
	var rows []row
	for _, m := range deflate.EmptyMessages() {
		name := strings.NewReplacer(",", "", " ", "-").Replace(m.Name)
		add := func(name, sends string, n int, steps ...oracle.Step) {
			rows = append(rows, inflates("7.2.3.6/empty-"+name, sends, back, n, steps...))
		}
		octets := fmt.Sprintf("%s (%s)", m.Name, count(len(m.Payload), "octet"))
		add(name, "An empty text message in this form: "+octets+".", 1, compressed(wsproto.OpText, m.Payload))
		add(name+"-among", "An empty binary message between two text messages, in this form: "+octets+".", 3,
			compressed(wsproto.OpText, fixedBlock(hello)), compressed(wsproto.OpBinary, m.Payload), compressed(wsproto.OpText, fixedBlock(hello)))
		if len(m.Payload) > 1 {
			add(name+"-octetwise", "An empty text message in frames of one octet, in this form: "+octets+".", 1,
				compressedParts(wsproto.OpText, cutEvery(1, m.Payload)...)...)
		}
	}
	r := inflates("7.2.3.6/empty-in-frames", "An empty text message in three frames; the last has the one octet 00.", back, 1,
		compressedParts(wsproto.OpText, nil, nil, []byte{0})...)
	return overDeflate(append(rows, r)...)
}

// compressedFragments are compressed messages in several frames, which are cut
// after compression and so anywhere (RFC 7692 6.1).
func compressedFragments() []row {
	const back = "A message is inflated as the payloads of its frames together, wherever they are cut. Every message comes back."
	text := wsproto.OpText
	packed := deflate.Squeezed(strings.Repeat("The five boxing wizards jump quickly. ", 12))
	mixed := emitter().Stored(false, []byte(hello)).Fixed(false).Literals(hello).EndBlock().Dynamic(false, wordHeader()).Literals(hello).EndBlock().Message()
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		// What a frame leaves undone shows in the message after it.
		r := inflates("6.1/fragments-"+name, sends+" Then one in a single frame.", back, 2, slices.Concat(steps, []oracle.Step{compressed(text, packed)})...)
		r.clauses = with(r.clauses, "rfc7692/6.1/rsv1-continuation")
		rows = append(rows, r)
	}
	for _, n := range []int{1, 2, 3, 5, 8, 64} {
		add(fmt.Sprintf("of-%d", n), fmt.Sprintf("A compressed text message in frames of %s.", count(n, "octet")), compressedParts(text, cutEvery(n, packed)...)...)
		add(fmt.Sprintf("of-%d-blocks", n), fmt.Sprintf("A text message in blocks of all three kinds, in frames of %s.", count(n, "octet")),
			compressedParts(text, cutEvery(n, mixed)...)...)
	}
	short := fixedBlock("Hi")
	for at := range len(short) + 1 {
		add(fmt.Sprintf("cut-%d", at), fmt.Sprintf("A text message of %s on the wire, cut in two frames after %s.",
			count(len(short), "octet"), count(at, "octet")), compressedParts(text, short[:at], short[at:])...)
	}
	add("empty-first", "A compressed text message in two frames; the first is empty and has RSV1 set.", compressedParts(text, nil, packed)...)
	add("empty-last", "A compressed text message in two frames; the last is empty.", compressedParts(text, packed, nil)...)
	add("empty-middle", "A compressed text message in three frames; the second is empty.", compressedParts(text, packed[:20], nil, packed[20:])...)
	add("empty-100", "A compressed text message with a hundred empty frames in its middle.",
		compressedParts(text, slices.Concat([][]byte{packed[:20]}, make([][]byte, 100), [][]byte{packed[20:]})...)...)
	add("empty-5000", "A compressed text message with 5000 empty frames after its content.",
		compressedParts(text, slices.Concat([][]byte{packed}, make([][]byte, 5000))...)...)
	add("1000", "A text message in a stored block of 1000 octets, in frames of one octet.",
		compressedParts(text, cutEvery(1, emitter().Stored(false, []byte(letters(1000))).Message())...)...)
	add("apart", "A compressed text message in frames of 8 octets, each written apart.", apart.apply(compressedParts(text, cutEvery(8, packed)...)...)...)
	add("octetwise", "A compressed text message in frames of 8 octets, every octet written apart.", octetwise.apply(compressedParts(text, cutEvery(8, packed)...)...)...)

	laced := func(n int, control oracle.Step) (steps []oracle.Step) {
		for i, s := range compressedParts(text, cutEvery(n, packed)...) {
			if i > 0 {
				steps = append(steps, control)
			}
			steps = append(steps, s)
		}
		return steps
	}
	within := func(name, sends string, clauses []oracle.ClauseID, steps ...oracle.Step) {
		r := inflates("6.1/"+name, sends, "A control frame is never compressed, and belongs to no message. "+back, 1, steps...)
		if n := pingsIn(steps); n > 0 {
			r = unexcused(r, n)
		}
		r.clauses, r.also = with(r.clauses, clauses...), []string{"RFC 6455 5.4"}
		rows = append(rows, r)
	}
	pinged := with(pingClauses, "rfc6455/5.4/control-within", "rfc7692/6.1/rsv1-control")
	within("ping-within", "A compressed text message in frames with an uncompressed ping between each two of them.", pinged, laced(20, pingOf("within"))...)
	within("ping-within-octetwise", "A compressed text message in frames of one octet with a ping between each two of them.", pinged, laced(1, pingOf("within"))...)
	within("pong-within", "A compressed text message in frames with an unsolicited pong between each two of them.", nil,
		laced(20, whole(wsproto.OpPong, literal("unasked")))...)
	within("ping-before-empty-last", "A compressed text message in two frames with a ping between them; the last is empty.", pinged,
		compressedParts(text, packed, nil)[0], pingOf("within"), whole(wsproto.OpContinuation, literal("")))
	within("ping-like-deflate", "A compressed text message in two frames with a ping between them whose payload would continue it.", pinged,
		compressedParts(text, packed[:20], packed[20:])[0], pingOf(string(packed[20:])), whole(wsproto.OpContinuation, literal(string(packed[20:]))))
	return overDeflate(rows...)
}
