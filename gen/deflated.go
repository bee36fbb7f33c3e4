package gen

import (
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
)

// deflated is the payload of a compressed message, by name.
type deflated struct {
	name    string
	payload []byte

	reach  int             // the longest distance of its back-references, where that is beyond 8 bits of window
	binary bool            // its content is not UTF-8
	clause oracle.ClauseID // by which it is wrong; "" for one that is right
}

// hello is the message where its content does not matter.
const hello = "Hello, world!"

func emitter() *deflate.Emitter { return new(deflate.Emitter) }

func fixed(text string) *deflate.Emitter { return emitter().Fixed(false).Literals(text) }

// wordHeader is the header of a dynamic block for the letters of [hello].
func wordHeader() deflate.DynamicHeader {
	lit := make([]uint8, 258)
	for _, c := range "Helo, wrd!" {
		lit[c] = 4
	}
	lit[256], lit[257] = 2, 3
	return deflate.NewDynamicHeader(lit, []uint8{1})
}

// zeros is a binary message of zeros. Its last back-reference reaches exactly to the
// first octet.
func zeros(distance int) []byte {
	e := fixed("\x00")
	for n := 1; n < distance; {
		length := min(258, max(3, distance-n))
		e.Match(length, 1)
		n += length
	}
	return e.Match(10, distance).EndBlock().Message()
}

// rightPayloads are right for any agreement, if the window allows their reach
// (RFC 7692 7.2.1, 7.2.3).
var rightPayloads = sync.OnceValue(func() []deflated {
	all := []deflated{
		{name: "fixed", payload: fixed(hello).EndBlock().Message()},
		{name: "stored", payload: emitter().Stored(false, []byte(hello)).Message()},
		{name: "dynamic", payload: emitter().Dynamic(false, wordHeader()).Literals(hello).EndBlock().Message()},
		{name: "two-blocks", payload: fixed(hello[:5]).EndBlock().Fixed(false).Literals(hello[5:]).EndBlock().Message()},
		{name: "flush-within", payload: fixed(hello).EndBlock().Flush().Fixed(false).Literals(hello).EndBlock().Message()},
		{name: "final", payload: emitter().Fixed(true).Literals(hello).EndBlock().Align().Message()},
		{name: "final-first", payload: emitter().Fixed(true).Literals(hello[:5]).EndBlock().Align().Fixed(false).Literals(hello[5:]).EndBlock().Message()},
		{name: "overlap", payload: fixed("ab").Match(258, 2).EndBlock().Message()},
		{name: "multi-octet", payload: fixed("κόσμε €😀").EndBlock().Message()},
		{name: "squeezed", payload: squeezed(strings.Repeat("wscheck ", 100))},
		{name: "window-256", payload: zeros(256)},
		{name: "window-1024", payload: zeros(1024), reach: 1024},
		{name: "window-32768", payload: zeros(32768), reach: 32768},
		{name: "binary", payload: emitter().Stored(false, []byte("\x00\xff\x80")).Message(), binary: true},
	}
	for _, e := range deflate.EmptyMessages() {
		all = append(all, deflated{name: "empty-" + e.Name, payload: e.Payload})
	}
	return all
})

// finalLong is a message of more than 64 KiB in which a final block comes before the
// last.
var finalLong = sync.OnceValue(func() *deflated {
	e := emitter().Fixed(true).Literals("ab")
	for range (1 << 16) / 258 {
		e.Match(258, 2)
	}
	e.EndBlock().Align().Fixed(false).Literals(hello)
	for range 20 {
		e.Match(258, 2)
	}
	return &deflated{name: "final-long", payload: e.EndBlock().Message()}
})

// squeezed is a message as a compressor sends it that refers to nothing but the
// last 256 octets of the message itself.
func squeezed(message string) []byte {
	s := deflate.Stream{WindowBits: deflate.MinWindowBits, NoContextTakeover: true}
	return deflate.NewCompressor(s).Message(nil, []byte(message))
}

// damagedPayloads cannot be inflated (RFC 7692 7.2.2, RFC 1951 3.2).
var damagedPayloads = sync.OnceValue(func() []deflated {
	const invalid, unfinished = "rfc7692/7.2.2/invalid-fail", "rfc7692/7.2.2/unfinished-fail"
	dynamic := func(lit, dist []uint8) *deflate.Emitter {
		return emitter().Dynamic(false, deflate.NewDynamicHeader(lit, dist)).Raw(make([]byte, 16)...)
	}
	lengths := func(n int, of ...byte) []uint8 {
		lit := make([]uint8, n)
		for _, c := range of {
			lit[c] = 1
		}
		lit[256] = 1
		return lit
	}
	right := lengths(257, 'a')
	whole := fixed(hello).EndBlock().Message()
	stored := emitter().Stored(false, []byte(hello)).Message()
	coded := emitter().Dynamic(false, wordHeader()).Literals(hello).EndBlock().Message()
	return []deflated{
		{name: "block-type", payload: emitter().Header(false, 3).Raw([]byte(hello)...).Message(), clause: invalid},
		{name: "block-type-second", payload: fixed(hello).EndBlock().Header(false, 3).Raw([]byte(hello)...).Message(), clause: invalid},
		{name: "stored-length", payload: emitter().StoredHeader(false, 13, 13).Raw([]byte(hello)...).Message(), clause: invalid},
		{name: "symbol-286", payload: fixed(hello).Symbol(286).EndBlock().Message(), clause: invalid},
		{name: "symbol-287", payload: fixed("").Symbol(287).EndBlock().Message(), clause: invalid},
		{name: "distance-30", payload: fixed(hello).Symbol(257).DistSymbol(30).EndBlock().Message(), clause: invalid},
		{name: "distance-before-start", payload: fixed("").Match(3, 1).EndBlock().Message(), clause: invalid},
		{name: "literals-over", payload: dynamic(lengths(257, 'a', 'b'), []uint8{0}).Message(), clause: invalid},
		{name: "distances-over", payload: dynamic(right, []uint8{1, 1, 1}).Message(), clause: invalid},
		{name: "literals-287", payload: dynamic(lengths(287, 'a'), []uint8{0}).Message(), clause: invalid},
		{name: "distances-31", payload: dynamic(right, make([]uint8, 31)).Message(), clause: invalid},
		{name: "text", payload: []byte(hello), clause: invalid},
		{name: "ff", payload: []byte(strings.Repeat("\xff", 20)), clause: invalid},
		{name: "zlib", payload: append([]byte("\x78\x9c"), whole...), clause: invalid},
		{name: "stored-half", payload: stored[:10], clause: unfinished},
		{name: "stored-header", payload: stored[:2], clause: unfinished},
		{name: "fixed-half", payload: whole[:len(whole)/2], clause: unfinished},
		{name: "fixed-octet", payload: whole[:1], clause: unfinished},
		{name: "fixed-endless", payload: fixed(hello).Bytes(), clause: unfinished},
		{name: "dynamic-header", payload: coded[:20], clause: unfinished},
	}
})

// flawedTexts are right as DEFLATE, and not as text (RFC 6455 8.1).
var flawedTexts = sync.OnceValue(func() []deflated {
	return []deflated{
		{name: "not-utf8", payload: fixed("a\xff").EndBlock().Message()},
		{name: "surrogate", payload: fixed("\xed\xa0\x80").EndBlock().Message()},
		{name: "cut-code-point", payload: fixed("abc\xe2\x82").EndBlock().Message()},
		{name: "not-utf8-stored", payload: emitter().Stored(false, []byte("caf\xe9")).Message()},
	}
})

// looseEnds end or begin as a sender must not have it, and a receiver may make
// good (RFC 7692 7.2.1).
var looseEnds = sync.OnceValue(func() []deflated {
	return []deflated{
		{name: "tail-kept", payload: fixed(hello).EndBlock().Flush().Bytes()},
		{name: "tail-none", payload: fixed(hello + "éé").EndBlock().Bytes()},
		{name: "tail-final", payload: emitter().Fixed(true).Literals(hello).EndBlock().Bytes()},
		{name: "tail-no-octet"},
		{name: "padding", payload: emitter().Fixed(true).Literals("Hi").EndBlock().Bits(1, 1).Align().Message()},
	}
})
