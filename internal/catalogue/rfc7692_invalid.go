package catalogue

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// brokenStream is a payload that no receiver can inflate.
type brokenStream struct {
	name, what string
	payload    []byte
}

// brokenStreams breaks every rule of DEFLATE that a receiver can check (RFC
// 1951 3.2).
func brokenStreams() []brokenStream {
	var all []brokenStream
	add := func(name, what string, e *deflate.Emitter) { all = append(all, brokenStream{name, what, e.Message()}) }
	fixed := func() *deflate.Emitter { return emitter().Fixed(false) }
	text := func() *deflate.Emitter { return fixed().Literals(hello) }

	add("block-type", "a block of the reserved type 11", emitter().Header(false, 3).Raw([]byte(hello)...))
	add("block-type-second", "a right block, and one of the reserved type 11", text().EndBlock().Header(false, 3).Raw([]byte(hello)...))
	add("stored-length", "a stored block whose two lengths do not match", emitter().StoredHeader(false, 13, 13).Raw([]byte(hello)...))
	add("stored-length-bit", "a stored block whose two lengths differ in a bit too few", emitter().StoredHeader(false, 13, ^uint16(12)).Raw([]byte(hello)...))
	add("symbol-286", "the symbol 286, which means nothing", text().Symbol(286).EndBlock())
	add("symbol-287", "the symbol 287, which means nothing", text().Symbol(287).EndBlock())
	add("distance-30", "the distance symbol 30, which means nothing", text().Symbol(257).DistSymbol(30).EndBlock())
	add("distance-31", "the distance symbol 31, which means nothing", text().Symbol(257).DistSymbol(31).EndBlock())
	add("distance-before-start", "a back-reference as the first symbol of the connection", fixed().Match(3, 1).EndBlock())
	add("distance-one-too-far", "a back-reference to one octet before the first of the connection", text().Match(3, len(hello)+1).EndBlock())
	add("distance-32768", "a back-reference to 32768 octets back, where there are 13", text().Match(258, 32768).EndBlock())

	lens := func(n int, set map[int]uint8) []uint8 {
		l := make([]uint8, n)
		for symbol, bits := range set {
			l[symbol] = bits
		}
		return l
	}
	right := lens(257, map[int]uint8{'a': 1, 256: 1})
	dynamic := func(lit, dist []uint8) *deflate.Emitter {
		return emitter().Dynamic(false, deflate.NewDynamicHeader(lit, dist)).Raw(make([]byte, 16)...)
	}
	add("literals-over", "a code for literals with more codes than there is room for", dynamic(lens(257, map[int]uint8{'a': 1, 'b': 1, 256: 1}), []uint8{0}))
	add("literals-under", "a code for literals that leaves codes without a meaning", dynamic(lens(257, map[int]uint8{'a': 2, 'b': 2, 256: 2}), []uint8{0}))
	add("distances-over", "a code for distances with more codes than there is room for", dynamic(right, []uint8{1, 1, 1}))
	add("distances-under", "a code for distances that leaves codes without a meaning", dynamic(right, []uint8{2, 2}))
	add("literals-287", "a code for 287 literals and lengths, one more than there are", dynamic(lens(287, map[int]uint8{'a': 1, 256: 1}), []uint8{0}))
	add("distances-31", "a code for 31 distances, one more than there are", dynamic(right, make([]uint8, 31)))

	header := func(pre map[int]uint8, symbols ...deflate.LenSymbol) *deflate.Emitter {
		h := deflate.DynamicHeader{HCLEN: 15, Lens: symbols}
		for symbol, bits := range pre {
			h.PreLens[symbol] = bits
		}
		return emitter().Dynamic(false, h).Raw(make([]byte, 64)...)
	}
	add("lengths-over", "a code for code lengths with more codes than there is room for", header(map[int]uint8{0: 1, 1: 1, 2: 1}))
	add("lengths-under", "a code for code lengths that leaves codes without a meaning", header(map[int]uint8{0: 2, 1: 2}))
	add("lengths-none", "a code for code lengths without any code", header(nil))
	pre := map[int]uint8{0: 2, 1: 2, 16: 2, 18: 2}
	add("repeat-first", "a repeat of the code length before the first", header(pre, deflate.LenSymbol{Symbol: 16}))
	add("repeat-long", "a repeat of code lengths beyond the last", header(pre, deflate.LenSymbol{Symbol: 18, Extra: 127}, deflate.LenSymbol{Symbol: 18, Extra: 127}))

	octets := func(name, what, payload string) { all = append(all, brokenStream{name, what, []byte(payload)}) }
	octets("text", "text that was not compressed", hello)
	octets("json", "text in JSON that was not compressed", `{"event":"tick","sequence":1}`)
	octets("ff", "octets of FF", strings.Repeat("\xff", 20))
	octets("zlib", "DEFLATE in the wrapping of zlib (RFC 1950)", "\x78\x9c"+string(fixedBlock(hello))+"\x00\x00\xff\xff")
	octets("gzip", "DEFLATE in the wrapping of gzip (RFC 1952)", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"+string(fixedBlock(hello))+"\x00\x00\xff\xff")
	octets("tail-first", "a right message after the octets 00 00 FF FF, which belong after it", "\x00\x00\xff\xff"+string(fixedBlock(hello)))
	return all
}

// invalidStreams are messages that are not DEFLATE (RFC 7692 7.2.2).
func invalidStreams() []row {
	clauses := []oracle.ClauseID{"rfc7692/7.2.2/invalid-fail"}
	text := wsproto.OpText
	var rows []row
	add := func(name, sends string, clauses []oracle.ClauseID, steps ...oracle.Step) {
		r := bad("7.2.2/invalid-"+name, sends, clauses, steps...)
		r.wants = "The message cannot be inflated and does not come back. The connection is failed: the peer closes it, " +
			"with code 1007 or 1002 if it sends a close frame."
		rows = append(rows, r)
	}
	for i, b := range brokenStreams() {
		sends, steps, broken := "A text", []oracle.Step{compressed(text, b.payload)}, compressed(wsproto.OpBinary, b.payload)
		if !strings.HasPrefix(b.name, "distance") { // which speak of the first octet of the connection
			switch i % 4 {
			case 1:
				sends, steps = "An empty compressed text message whose echo is awaited, two seconds of silence, and a binary", []oracle.Step{compressed(text, []byte{0}), echoed(1), wait(aWhile, ""), broken}
			case 2:
				sends, steps = "A compressed text message of 66,000 octets whose echo is awaited, and a binary",
					[]oracle.Step{compressed(text, deflate.Squeezed(strings.Repeat("wscheck ", 8250))), echoed(1), broken}
			case 3:
				frames := compressedParts(wsproto.OpBinary, cutIn(3, b.payload)...)
				sends, steps = "In three frames with a ping between the first two, a binary", slices.Concat(frames[:1], []oracle.Step{pingOf("within")}, frames[1:])
			}
		}
		add(b.name, sends+" message that is compressed, and not DEFLATE: "+b.what+".", clauses, steps...)
	}
	broken := text286()
	add("binary", "A compressed binary message that is not DEFLATE: it ends with a symbol that means nothing.", clauses, compressed(wsproto.OpBinary, broken))
	add("octetwise", "The same as text in frames of one octet.", clauses, compressedParts(text, cutEvery(1, broken)...)...)
	add("first-frame", "A text message in two frames; the first is not DEFLATE any more.", clauses, compressedParts(text, broken, fixedBlock(hello))...)
	add("last-frame", "A text message in two frames; the last is not DEFLATE.", clauses,
		compressedParts(text, emitter().Fixed(false).Literals(hello).EndBlock().Flush().Bytes(), broken)...)
	add("second-message", "A right compressed text message, whose echo is awaited, and then one that is not DEFLATE.", clauses,
		compressed(text, fixedBlock(hello)), echoed(1), compressed(text, broken))
	add("then-text", "A compressed text message that is not DEFLATE, and right messages after it, which are not to come back.",
		clauses, compressed(text, broken), whole(text, literal(hello)), compressed(text, fixedBlock(hello)))
	add("then-ping", "A compressed text message that is not DEFLATE, and a ping after it, which is not to be answered.", with(clauses, "rfc6455/7.1.7/stop"),
		compressed(text, broken), pingOf("late"))
	add("late", "A compressed text message of 60,000 octets that is not DEFLATE any more at its end.", clauses,
		compressed(text, emitter().Stored(false, []byte(letters(60000))).Fixed(false).Symbol(287).EndBlock().Message()))
	return saying(overDeflate(rows...), "RFC 1951 3.2")
}

// text286 is a message that ends with a symbol that means nothing.
func text286() []byte {
	return emitter().Fixed(false).Literals(hello).Symbol(286).EndBlock().Message()
}

// unfinishedStreams end within a block (RFC 7692 7.2.1).
func unfinishedStreams() []row {
	clauses := []oracle.ClauseID{"rfc7692/7.2.2/unfinished-fail"}
	text := wsproto.OpText
	dynamic := emitter().Dynamic(false, wordHeader()).Literals(hello).EndBlock().Message()
	fixed := fixedBlock(hello)
	stored := emitter().Stored(false, []byte(hello)).Message()
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		r := bad("7.2.2/unfinished-"+name, sends, clauses, steps...)
		r.wants = "The message has no end, and the RFC does not say what a receiver makes of it. It fails the connection, with code 1007 or 1002; " +
			"or it gives back what there is of the message, which is reported, but not called wrong."
		rows = append(rows, r)
	}
	add("stored-header", "A text message that ends after the first octet of the lengths of a stored block.", compressed(text, stored[:2]))
	add("stored-lengths", "A text message that ends between the two lengths of a stored block.", compressed(text, stored[:3]))
	add("stored-none", "A text message that ends before the first octet of a stored block.", compressed(text, stored[:5]))
	add("stored-half", "A text message that ends within a stored block.", compressed(text, stored[:10]))
	add("stored-huge", "A text message of one octet in a stored block that announces 65535.", compressed(text, emitter().StoredHeader(false, 65535, 0).Raw('a').Bytes()))
	add("fixed-octet", "A text message that ends after the first octet of a block of the fixed code.", compressed(text, fixed[:1]))
	add("fixed-half", "A text message that ends within a block of the fixed code.", compressed(text, fixed[:len(fixed)/2]))
	add("fixed-end", "A text message in a block of the fixed code that lacks its end.", compressed(text, emitter().Fixed(false).Literals(hello).Bytes()))
	add("match", "A text message that ends between the length and the distance of a back-reference.", compressed(text, emitter().Fixed(false).Literals("aaa").Symbol(257).Bytes()))
	add("dynamic-header", "A text message that ends within the header of a dynamic block.", compressed(text, dynamic[:20]))
	add("dynamic-half", "A text message that ends within a dynamic block.", compressed(text, dynamic[:len(dynamic)-4]))
	add("second-block", "A text message in two blocks; the second has no end.",
		compressed(text, emitter().Fixed(false).Literals(hello).EndBlock().Fixed(false).Literals(hello).Bytes()))
	add("fragments", "A text message in three frames that ends within a block.", compressedParts(text, fixed[:4], fixed[4:8], nil)...)
	return overDeflate(rows...)
}
