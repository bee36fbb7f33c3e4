package deflate

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"
)

// FuzzRoundTrip compresses messages and holds that a receiver of any kind has
// them back, and that the window is kept to. The first three octets are the
// window, the level and whether context is taken over; then each message begins
// with an octet that says how long it is.
func FuzzRoundTrip(f *testing.F) {
	for i, kind := range kinds {
		f.Add(append([]byte{byte(i), byte(i + 1), byte(i), 255, 255}, sample(kind, 6000)...))
	}
	f.Add([]byte("\x00\x06\x00\x40abcabcabcabcabcabcabcabc"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 3 {
			return
		}
		s := Stream{
			WindowBits:        MinWindowBits + int(data[0]%8),
			NoContextTakeover: data[2]&1 != 0,
		}
		c := NewCompressor(s, int(data[1]%12)-2)
		z := NewInflater(s, len(data))
		var all, stream []byte
		for data = data[3:]; len(data) > 0; {
			n := min(len(data)-1, int(data[0])*16)
			message := data[1 : 1+n]
			data = data[1+n:]

			payload := c.Message(nil, message)
			out, report, err := z.Message(nil, payload)
			if err != nil || !bytes.Equal(out, message) {
				t.Fatalf("%v: %d octets become %d: %v", s, n, len(out), err)
			}
			if report.Ending != EndStripped || report.Window.Count != 0 || report.Context.Count != 0 || report.Finals != 0 {
				t.Fatalf("%v: %+v", s, report)
			}
			all = append(all, message...)
			stream = append(append(stream, payload...), flushTail[:]...)
		}
		got, err := io.ReadAll(flate.NewReader(bytes.NewReader(append(stream, 1, 0, 0, 0xff, 0xff))))
		if err != nil || !bytes.Equal(got, all) {
			t.Fatalf("%v: compress/flate has %d octets of %d: %v", s, len(got), len(all), err)
		}
	})
}
