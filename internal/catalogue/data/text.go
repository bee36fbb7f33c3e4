package data

import "strings"

// makeText makes prose of exactly so many octets, in ISO 8859-1 and in lines
// of at most 72 characters that end in CR LF.
func makeText(size int) []byte {
	const (
		width = 72
		stop  = ".\r\n"
	)
	r := random(0x74657874)
	b := make([]byte, 0, size+width)
	column, sentences := 0, 1+r.below(8)
	for len(b) < size {
		for s := range strings.FieldsSeq(sentence(&r)) {
			w := latin1(s)
			switch {
			case column == 0:
			case column+1+len(w) > width:
				b = append(b, "\r\n"...)
				column = 0
			default:
				b = append(b, ' ')
				column++
			}
			b = append(b, w...)
			column += len(w)
		}
		if sentences--; sentences == 0 {
			b = append(b, "\r\n\r\n"...)
			column, sentences = 0, 1+r.below(8)
		}
	}
	return append(b[:size-len(stop)], stop...)
}

// latin1 is the text in ISO 8859-1. It holds nothing beyond that.
func latin1(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}
