package oracle

import (
	"bytes"
	"testing"
)

func TestPayloadRangeAndMatches(t *testing.T) {
	for _, p := range []Payload{
		{Data: []byte("hello")},
		{Data: []byte("*"), Len: 1000},
		{Data: []byte("BAsd7&jh23"), Len: 997},
		{Data: []byte("abc"), Len: 2},
		{},
	} {
		whole := p.AppendRange(nil, 0, p.Size())
		for i := range whole {
			if p.Len > 0 && whole[i] != p.Data[i%len(p.Data)] {
				t.Fatalf("%q: octet %d is %q", p.Data, i, whole[i])
			}
		}
		for off := 0; off <= len(whole); off += 1 + len(whole)/7 {
			for _, n := range []int{0, 1, 2, 9, 10, 11, 64, 500} {
				if off+n > len(whole) {
					continue
				}
				got := p.AppendRange([]byte("x"), off, n)[1:]
				if !bytes.Equal(got, whole[off:off+n]) {
					t.Fatalf("%q len %d: range %d+%d is %q, want %q", p.Data, p.Len, off, n, got, whole[off:off+n])
				}
				if !p.Matches(off, got) {
					t.Errorf("%q len %d: its own range %d+%d does not match", p.Data, p.Len, off, n)
				}
				if n > 0 {
					for _, at := range []int{0, n / 2, n - 1} {
						bad := bytes.Clone(got)
						bad[at] ^= 1
						if p.Matches(off, bad) {
							t.Errorf("%q len %d: range %d+%d matches with octet %d changed", p.Data, p.Len, off, n, at)
						}
					}
				}
			}
		}
		if p.Matches(0, append(bytes.Clone(whole), 0)) {
			t.Errorf("%q: a longer payload matches", p.Data)
		}
	}
}
