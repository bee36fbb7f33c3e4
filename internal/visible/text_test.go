package visible

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/plural"
)

func TestVisible(t *testing.T) {
	for _, tt := range []struct {
		in    string
		limit int
		want  string
	}{
		{"", 10, ""},
		{"plain", 10, "plain"},
		{"Jäger κόσμε 日本", 100, "Jäger κόσμε 日本"},
		{"a\x00\x1b[31m\r\n\tb", 100, `a\x00\x1b[31m\r\n\tb`},
		{"\u202egnp.exe\u2066\u200b\ufeff", 100, `\u202egnp.exe\u2066\u200b\ufeff`},
		{"\xff\xed\xa0\x80", 100, `\xff\xed\xa0\x80`},
		{"\u0085\u2028\u00a0", 100, `\u0085\u2028\u00a0`},
		{strings.Repeat("x", 11), 10, "xxxxxxxxxx… [11 octets]"},
		{"aaé", 3, "aa… [4 octets]"},
		{"aa日", 3, "aa… [5 octets]"},
		{"aa日", 4, "aa… [5 octets]"},
		{"aa日", 5, "aa日"},
		{"\xff\xff\xff\xff", 2, `\xff\xff… [4 octets]`},
		{"x", 0, "… [1 octet]"},
	} {
		if got := Text(tt.in, tt.limit); got != tt.want {
			t.Errorf("%q, %d: got %q, want %q", tt.in, tt.limit, got, tt.want)
		}
	}
}

// Every octet pair comes out printable, and valid.
func TestVisibleIsPrintable(t *testing.T) {
	check := func(in string) {
		out := Text(in, 100)
		if !utf8.ValidString(out) {
			t.Errorf("%q: %q is no UTF-8", in, out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Errorf("%q: %q has %U", in, out, r)
			}
		}
	}
	for a := range 256 {
		for b := range 256 {
			check(string([]byte{byte(a), byte(b)}))
		}
	}
	for r := range rune(0x3000) {
		check(string(r))
	}
}

func TestVisibleLines(t *testing.T) {
	for in, want := range map[string]string{
		"a\r\nb\r\n":    "a\nb\n",
		"a\rb\nc\td":    "a\\rb\nc    d",
		"\x1b\n\u202e":  "\\x1b\n\\u202e",
		"one line only": "one line only",
	} {
		if got := Lines(in, 100); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Lines("abc\ndef", 5); got != "abc\nd\n… [7 octets]" {
		t.Errorf("cut: %q", got)
	}
}

func TestDecimal(t *testing.T) {
	for n, want := range map[int]string{0: "0", -1: "-1", 9999: "9999", 10000: "10,000", -123456: "-123,456", 1234567: "1,234,567"} {
		if got := plural.Decimal(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ns", 999: "999 ns", 1500: "1.50 µs", 23 * time.Microsecond: "23 µs", 148500: "148 µs",
		6253 * time.Microsecond: "6.25 ms", 612 * time.Millisecond: "612 ms", time.Second: "1 s",
		13400 * time.Millisecond: "13.4 s", 100 * time.Second: "100 s",
	} {
		if got := Span(d); got != want {
			t.Errorf("%d: got %s, want %s", d, got, want)
		}
	}
}
