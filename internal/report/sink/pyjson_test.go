package sink

import (
	"math"
	"testing"
)

func TestPyJSONForm(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   any
		want string
	}{
		{"null", nil, `null`},
		{"bool", true, `true`},
		{"int", -7, `-7`},
		{"empty list", pyList{}, `[]`},
		{"empty dict", pyDict{}, `{}`},
		{"empty counts", pyCounts{}, `{}`},
		{"list", pyList{1, pyList{}, pyList{"a"}}, "[\n   1,\n   [],\n   [\n      \"a\"\n   ]\n]"},
		{"keys by code point", pyDict{"10.1.1": 1, "2.1": 2, "1.1.1": 3, "é": 4},
			"{\n   \"1.1.1\": 3,\n   \"10.1.1\": 1,\n   \"2.1\": 2,\n   \"\\u00e9\": 4\n}"},
		{"counts by number", pyCounts{203: 1, 4: 2, 10: 3}, "{\n   \"4\": 2,\n   \"10\": 3,\n   \"203\": 1\n}"},
		{"short escapes", "\"\\/\b\f\n\r\t", `"\"\\/\b\f\n\r\t"`},
		{"controls", "\x00\x1f\x7f", `"\u0000\u001f\u007f"`},
		{"markup stays", "<a>&'", `"<a>&'"`},
		{"beyond ASCII", "é€𝄞\uFFFD\u2028", `"\u00e9\u20ac\ud834\udd1e\ufffd\u2028"`},
		{"surrogates", "\xed\xa0\x80x\xed\xbf\xbf", `"\ud800x\udfff"`},
		{"Latin-1", "caf\xe9 \xed\xa0", `"caf\u00e9 \u00ed\u00a0"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendPy(nil, tt.in, 0)); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// The right column is what Python's repr prints.
func TestPyFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 0.5: "0.5", 1.0 / 3: "0.3333333333333333", 0.0001: "0.0001", 0.00001234: "1.234e-05",
		1e15: "1000000000000000.0", 1e16: "1e+16", 1.5e300: "1.5e+300", 123456.789: "123456.789",
		math.Nextafter(1, 2): "1.0000000000000002",
	} {
		if got := string(appendPyFloat(nil, f)); got != want {
			t.Errorf("%g: got %s, want %s", f, got, want)
		}
	}
}

func TestPyValid(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "κόσμε": true, "\xed\xa0\x80": true, "\xed\xbf\xbf": true, "a\xed\xa0\x80b": true,
		"\xed\xa0": false, "\xed\xa0x": false, "\xf4\x90\x80\x80": false, "\xc0\x80": false, "\xff": false,
	} {
		if got := pyValid([]byte(s)); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}
