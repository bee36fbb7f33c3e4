package catalogue

import (
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// section10 has one case, about fragments that do not divide the message.
func section10() []entry {
	p := repeated("*", 65536)
	expect := accepted(autobahn.Observation{Kind: autobahn.Message, Payload: p})
	expect.TxFrames = map[wsproto.Opcode]int{wsproto.OpText: 1, wsproto.OpContinuation: 50}
	return []entry{{
		id: "10.1.1",
		sends: "One text message of 64 KiB in frames of 1,300 octets, about a network's packet: " +
			"a text frame and 50 continuation frames, the last of 536 octets.",
		wants:  "The 65,536 octets come back as one text message." + thenClosed,
		rfc:    []string{"RFC 6455 5.4"},
		steps:  []oracle.Step{message(wsproto.OpText, p, 1300), failAfter(10 * time.Second)},
		expect: expect,
	}}
}
