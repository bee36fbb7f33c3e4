package peers

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// TestGobwasFails demands the one close frame that the library leaves to its user, after the echo of what came before,
// and that the end of the stream follows without waiting for ours.
func TestGobwasFails(t *testing.T) {
	before := frame{fin: true, opcode: opText, payload: []byte("before")}
	for _, test := range []struct {
		name  string
		offer string
		sent  frame
		code  uint16
	}{
		{"reserved opcode", "", frame{fin: true, opcode: 3, payload: []byte("unread")}, 1002},
		{"unexpected continuation", "", frame{fin: true, opcode: opContinuation, payload: []byte("unread")}, 1002},
		{"not UTF-8", "", frame{fin: true, opcode: opText, payload: []byte("\xff")}, 1007},
		{"close code, answered by the library", "", frame{fin: true, opcode: opClose, payload: []byte{0x03, 0xed}}, 1002},
		{"compressed and corrupt", noContext, frame{fin: true, rsv1: true, opcode: opBinary, payload: []byte{0xff}}, 1007},
		{"compressed and not UTF-8", noContext,
			frame{fin: true, rsv1: true, opcode: opText, payload: deflate(t, []byte("\xff"))}, 1007},
		{"not compressed and not UTF-8", noContext, frame{fin: true, opcode: opText, payload: []byte("\xff")}, 1007},
	} {
		t.Run(test.name, func(t *testing.T) {
			everywhere(t, func(lib Library) bool {
				return lib.Module == "github.com/gobwas/ws" && lib.Compression == (test.offer != "")
			}, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
				near, far := pair()
				done := serving(lib, far)
				w := dialWire(t, near, test.offer)
				w.send(before, test.sent)
				if got := w.message(w.noControl); !bytes.Equal(got.payload, before.payload) {
					t.Errorf("got the echo %q, want %q", got.payload, before.payload)
				}
				f, err := w.receive()
				for err == nil && f.opcode != opClose { // what was copied before the fault showed
					f, err = w.receive()
				}
				if err != nil || len(f.payload) < 2 || binary.BigEndian.Uint16(f.payload) != test.code {
					t.Fatalf("got payload %x, error %v, want a close frame with code %d", f.payload, err, test.code)
				}
				if far.LocalAddr().Network() == "tcp" { // a pipe has no half to shut
					if f, err := w.receive(); err != io.EOF {
						t.Errorf("after the close frame: got opcode %d, error %v, want the end of the stream", f.opcode, err)
					}
				}
				w.close()
				<-done
			})
		})
	}
}
