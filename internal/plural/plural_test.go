package plural

import "testing"

func TestOf(t *testing.T) {
	for _, test := range []struct {
		got, want string
	}{
		{Of(0, "octet"), "0 octets"},
		{Of(1, "octet"), "1 octet"},
		{Of(2, "octet"), "2 octets"},
		{Of(1, "try", "tries"), "1 try"},
		{Of(2, "try", "tries"), "2 tries"},
		{Of(9999, "case"), "9999 cases"},
		{Of(10_000, "case"), "10,000 cases"},
		{Of(-1_234_567, "case"), "-1,234,567 cases"},
		{Noun(1, "case"), "case"},
		{Noun(3, "entry", "entries"), "entries"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
