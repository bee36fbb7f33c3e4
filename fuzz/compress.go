package fuzz

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/deflate"
)

// flushTail are the octets that a sender of permessage-deflate leaves out of each
// message (RFC 7692 7.2.1), and finalBlock ends a DEFLATE stream.
const (
	flushTail  = "\x00\x00\xff\xff"
	finalBlock = "\x01\x00\x00\xff\xff"
)

// checkCompress compresses messages and holds that a receiver of any kind has
// them back, and that the window is kept to. The first and the third octet are the
// window and whether context is taken over; then each message begins with an octet
// that says how long it is.
func checkCompress(input []byte) error {
	if len(input) < 3 {
		return nil
	}
	s := deflate.Stream{
		WindowBits:        deflate.MinWindowBits + int(input[0]%8),
		NoContextTakeover: input[2]&1 != 0,
	}
	c := deflate.NewCompressor(s)
	z := deflate.NewInflater(s, len(input))
	var all, stream []byte
	for rest := input[3:]; len(rest) > 0; {
		n := min(len(rest)-1, int(rest[0])*16)
		message := rest[1 : 1+n]
		rest = rest[1+n:]

		payload := c.Message(nil, message)
		out, report, err := z.Message(nil, payload)
		if err != nil || !bytes.Equal(out, message) {
			return fmt.Errorf("%v: %d octets become %d: %v", s, n, len(out), err)
		}
		if report.Ending != deflate.EndStripped || report.Window.Count != 0 || report.Context.Count != 0 || report.Finals != 0 {
			return fmt.Errorf("%v: %+v", s, report)
		}
		all = append(all, message...)
		stream = append(append(stream, payload...), flushTail...)
	}
	got, err := io.ReadAll(flate.NewReader(bytes.NewReader(append(stream, finalBlock...))))
	if err != nil || !bytes.Equal(got, all) {
		return fmt.Errorf("%v: compress/flate has %d octets of %d: %v", s, len(got), len(all), err)
	}
	return nil
}
