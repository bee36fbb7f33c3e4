package utf8stream_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/internal/utf8stream"
)

// octetRange is a range of octets, both ends included.
type octetRange struct{ lo, hi byte }

// utf8Rows is the grammar of RFC 3629 4, row by row.
var utf8Rows = [][]octetRange{
	{{0x00, 0x7f}},
	{{0xc2, 0xdf}, {0x80, 0xbf}},
	{{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}},
	{{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}},
	{{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}},
	{{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}},
}

// checkUTF8 is the reference: it follows the grammar octet by octet. It returns
// the place of the first octet that no row allows, or len(b), and whether b is
// made of whole code points.
func checkUTF8(b []byte) (n int, complete bool) {
	row, at := -1, 0
	for n, c := range b {
		if at == 0 {
			row = -1
			for i, r := range utf8Rows {
				if r[0].lo <= c && c <= r[0].hi {
					row = i
				}
			}
			if row < 0 {
				return n, false
			}
		} else if r := utf8Rows[row][at]; c < r.lo || c > r.hi {
			return n, false
		}
		at = (at + 1) % len(utf8Rows[row])
	}
	return len(b), at == 0
}

// writeUTF8 feeds b in pieces that end at cuts, and returns what checkUTF8 does.
func writeUTF8(t rapid.TB, b []byte, cuts ...int) (n int, complete bool) {
	var u utf8stream.Checker
	for _, cut := range append(cuts, len(b)) {
		size := cut - n
		wrote, ok := u.Write(b[n:cut])
		n += wrote
		if !ok {
			if again, ok := u.Write(b[n:]); again != 0 || ok || u.Complete() {
				t.Fatalf("%x: does not stay failed", b)
			}
			return n, false
		}
		if wrote != size {
			t.Fatalf("%x: took %d octets of %d", b, wrote, size)
		}
	}
	return n, u.Complete()
}

// The octets at both ends of every range in the grammar, and their neighbours.
var utf8Edges = []byte{
	0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
	0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
}

// Every sequence of up to four edges, whole, octet by octet, and cut in two at
// every place.
func TestCheckerEdges(t *testing.T) {
	var check func(b []byte)
	check = func(b []byte) {
		n, complete := checkUTF8(b)
		for cut := range len(b) {
			if gotN, got := writeUTF8(t, b, cut); gotN != n || got != complete {
				t.Fatalf("%x cut at %d: fails at %d, complete %v; want %d, %v", b, cut, gotN, got, n, complete)
			}
		}
		if gotN, got := writeUTF8(t, b, 0, min(1, len(b)), min(2, len(b)), min(3, len(b))); gotN != n || got != complete {
			t.Fatalf("%x octet by octet: fails at %d, complete %v; want %d, %v", b, gotN, got, n, complete)
		}
		// What follows a failure changes nothing.
		if len(b) == 4 || n < len(b) {
			return
		}
		for _, c := range utf8Edges {
			check(append(b[:len(b):len(b)], c))
		}
	}
	check(nil)
}

func TestCheckerAllCodePoints(t *testing.T) {
	var all []byte
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			all = utf8.AppendRune(all, r)
		}
	}
	if n, complete := writeUTF8(t, all); n != len(all) || !complete {
		t.Errorf("whole: fails at %d, %x", n, all[max(0, n-4):min(len(all), n+4)])
	}
	var cuts []int
	for cut := 0; cut < len(all); cut += 4093 {
		cuts = append(cuts, cut)
	}
	if n, complete := writeUTF8(t, all, cuts...); n != len(all) || !complete {
		t.Errorf("in pieces: fails at %d, %x", n, all[max(0, n-4):min(len(all), n+4)])
	}
}

func TestCheckerFailsAtOnce(t *testing.T) {
	tests := []struct {
		name, text string
		n          int
	}{
		{"continuation first", "\x80", 0},
		{"overlong of two", "a\xc0\x80", 1},
		{"overlong of three", "\xe0\x9f", 1},
		{"overlong of four", "\xf0\x8f", 1},
		{"surrogate", "\xed\xa0\x80", 1},
		{"beyond U+10FFFF", "\xf4\x90\x80\x80", 1},
		{"five octets", "\xf8\x88\x80\x80\x80", 0},
		{"lead after lead", "\xce\xce", 1},
		{"ASCII in a sequence", "\xe2\x82x", 2},
		{"after much text", strings.Repeat("κόσμε", 1000) + "\xed\xa0\x80edited", 10001},
		{"after an odd octet and much text", "a" + strings.Repeat("😀", 1000) + "\xff", 4001},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if n, _ := checkUTF8([]byte(test.text)); n != test.n {
				t.Fatalf("the reference fails at %d, want %d", n, test.n)
			}
			if n, complete := writeUTF8(t, []byte(test.text)); n != test.n || complete {
				t.Errorf("fails at %d, want %d", n, test.n)
			}
		})
	}
}

func TestCheckerAnyOctetsAnyChops(t *testing.T) {
	piece := rapid.OneOf(
		rapid.StringN(0, 30, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'é', '漢', '😀'}), 0, 30, -1),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(utf8Edges), 0, 3), func(b []byte) string { return string(b) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(strings.Join(rapid.SliceOfN(piece, 0, 4).Draw(t, "pieces"), ""))
		n, complete := checkUTF8(b)
		gotN, got := writeUTF8(t, b, drawCuts(t, len(b))...)
		if gotN != n || got != complete {
			t.Fatalf("%x: fails at %d, complete %v; want %d, %v", b, gotN, got, n, complete)
		}
	})
}

// drawCuts draws places to cut n octets at, in ascending order.
func drawCuts(t *rapid.T, n int) []int {
	var cuts []int
	for at := 0; at < n; {
		at += rapid.IntRange(0, n).Draw(t, "step")
		cuts = append(cuts, min(at, n))
		if len(cuts) > 2*n {
			break // steps of 0
		}
	}
	return cuts
}

func TestCheckerReset(t *testing.T) {
	for _, before := range []string{"\xff", "\xe2\x82", "fine"} {
		var u utf8stream.Checker
		u.Write([]byte(before))
		u.Reset()
		if n, ok := u.Write([]byte("€")); n != 3 || !ok || !u.Complete() {
			t.Errorf("after %q: %d octets, ok %v, complete %v", before, n, ok, u.Complete())
		}
	}
}

func BenchmarkUTF8(b *testing.B) {
	scripts := []struct{ name, text string }{
		{"ascii", "The quick brown fox jumps over the lazy dog. "},
		{"latin", "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. "},
		{"greek", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. "},
		{"cjk", "天地玄黃宇宙洪荒日月盈昃辰宿列張"},
		{"emoji", "😀🚀🎉🐢🌍🔥"},
		{"mixed", "plain, then ünïcödé, 漢字, and 🎉 for a while; "},
	}
	for _, script := range scripts {
		for _, size := range []int{125, 64 << 10} {
			b.Run(fmt.Sprintf("script=%s/size=%d", script.name, size), func(b *testing.B) {
				text := []byte(strings.Repeat(script.text, size/len(script.text)+1)[:size])
				b.SetBytes(int64(size))
				var u utf8stream.Checker
				for b.Loop() {
					u.Reset()
					if _, ok := u.Write(text); !ok {
						b.Fatal("not UTF-8")
					}
				}
			})
		}
	}
}
