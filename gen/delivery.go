package gen

import "github.com/wscheck/wscheck/oracle"

// Of an octet that chooses a delivery over HTTP/2: bits 0 to 2 the DATA frames, 3 and
// 4 the padding, 5 and 6 the window, bit 7 empty frames. 0 is the ordinary way.
var (
	deliveredData = [8]int{0, 1, 2, 3, 7, 16, 125, 1000}
	deliveredPad  = [4]int{0, 1, 16, 255}
	peersWindow   = [4]int{0, 1, 7, 100}
)

// Delivered returns a script as it can be played over HTTP/2: an opening handshake
// that only HTTP/1.1 has becomes the plain one, and an octet chooses how DATA frames
// deliver the octets of the stream.
func Delivered(s *oracle.Script, by byte) *oracle.Script {
	over := *s
	over.Delivery = oracle.Delivery{
		Data: deliveredData[by&7], Pad: deliveredPad[by>>3&3], Window: peersWindow[by>>5&3], Empty: by>>7 != 0,
	}
	if over.Uncarried(oracle.HTTP2) != "" {
		over.Handshake = oracle.Handshake{}
	}
	return &over
}
