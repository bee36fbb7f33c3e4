package deflate

import "fmt"

// Window sizes in bits, the base-2 logarithm of octets (RFC 7692 7.1.2).
const (
	MinWindowBits = 8
	MaxWindowBits = 15
)

// Stream is what was agreed on for one direction of a connection. The zero
// value is what holds where nothing was said: a window of 15 bits that is taken
// over from message to message.
type Stream struct {
	// WindowBits is the size of the LZ77 sliding window, 8 to 15; 0 means 15
	// (RFC 7692 7.1.2).
	WindowBits int
	// NoContextTakeover empties the window before each message (RFC 7692 7.1.1).
	NoContextTakeover bool
}

// Window returns the size of the window in octets. It panics where WindowBits
// is neither 0 nor within 8 to 15: such a stream cannot have been agreed on.
func (s Stream) Window() int {
	switch {
	case s.WindowBits == 0:
		return 1 << MaxWindowBits
	case s.WindowBits < MinWindowBits || s.WindowBits > MaxWindowBits:
		panic(fmt.Sprintf("deflate: window of %d bits", s.WindowBits))
	}
	return 1 << s.WindowBits
}

// String returns the stream as `15 bits` or `9 bits, no context takeover`.
func (s Stream) String() string {
	bits := s.WindowBits
	if bits == 0 {
		bits = MaxWindowBits
	}
	if s.NoContextTakeover {
		return fmt.Sprintf("%d bits, no context takeover", bits)
	}
	return fmt.Sprintf("%d bits", bits)
}
