package wsproto_test

import (
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// A conforming frame, and one that breaks as many rules as it can.
func ExampleFrame() {
	f := wsproto.NewFrame(wsproto.OpText, true, []byte("Hello"))
	f.Masked, f.Mask = true, [4]byte{0x37, 0xfa, 0x21, 0x3d}
	fmt.Printf("%v\n%x\n", f, f.AppendTo(nil))

	f = wsproto.Frame{
		Header: wsproto.Header{
			Opcode: wsproto.OpPing, // a control frame, yet
			Fin:    false,          // fragmented,
			Rsv:    7,              // with reserved bits,
			Form:   wsproto.Form64, // too long a length,
			Length: 1 << 63,        // which has its top bit set,
		},
		Payload: []byte("ping"), // and says nothing of the payload
	}
	fmt.Printf("%v\n%x\n", f, f.AppendTo(nil))
	// Output:
	// TEXT "Hello" [5 octets, masked]
	// 818537fa213d7f9f4d5158
	// PING "ping" [4 octets, continued, rsv=7, declared 9223372036854775808]
	// 797f800000000000000070696e67
}
