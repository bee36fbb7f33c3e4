package catalogue

import (
	"fmt"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// notText is eight octets that no UTF-8 text holds in this order.
const notText = "\x00\xff\xfe\xfd\xfc\xfb\x00\xff"

// section2 sends pings and pongs.
func section2() []entry {
	const unsolicited = "unsolicited pong payload"
	ping := func(p oracle.Payload) oracle.Step { return whole(wsproto.OpPing, p) }
	stray := func(p oracle.Payload) oracle.Step { return whole(wsproto.OpPong, p) }
	rfc := []string{"RFC 6455 5.5.2", "RFC 6455 5.5.3"}
	limit := []string{"RFC 6455 5.5", "RFC 6455 5.5.2"}
	longest := repeated("\xfe", 125)

	rows := []entry{
		{
			id:     "2.1",
			sends:  "A ping without payload.",
			wants:  "A pong without payload." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{ping(literal("")), closeAfter(time.Second)},
			expect: accepted(pong(literal(""))),
		},
		{
			id:     "2.2",
			sends:  "A ping whose payload is the ASCII text \"" + hello + "\".",
			wants:  "A pong with the same 13 octets." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{ping(literal(hello)), closeAfter(time.Second)},
			expect: accepted(pong(literal(hello))),
		},
		{
			id:     "2.3",
			sends:  "A ping with the payload " + hexOctets(notText) + ", which is not UTF-8: a ping's payload is any octets.",
			wants:  "A pong with the same 8 octets, neither taken for text nor cut at the first zero." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{ping(literal(notText)), closeAfter(time.Second)},
			expect: accepted(pong(literal(notText))),
		},
		{
			id:     "2.4",
			sends:  "A ping with 125 octets FE, the most that a control frame may carry.",
			wants:  "A pong with the same 125 octets." + thenClosed,
			rfc:    limit,
			steps:  []oracle.Step{ping(longest), closeAfter(time.Second)},
			expect: accepted(pong(longest)),
		},
		{
			id:     "2.5",
			sends:  "A ping with 126 octets FE, one more than a control frame may carry; its length needs the 16-bit form.",
			wants:  "No pong." + thenFailed,
			rfc:    limit,
			steps:  []oracle.Step{ping(repeated("\xfe", 126)), failAfter(time.Second)},
			expect: failed(),
		},
		{
			id:     "2.6",
			sends:  "A ping with 125 octets FE, the most that a control frame may carry." + octetwise.phrase(),
			wants:  "A pong with the same 125 octets, however the ping arrives." + thenClosed,
			rfc:    limit,
			steps:  octetwise.apply(ping(longest), closeAfter(2*time.Second)),
			expect: accepted(pong(longest)),
		},
		{
			id:     "2.7",
			sends:  "A pong without payload that no ping asked for, then a normal close.",
			wants:  "The pong is ignored." + thenClosed,
			rfc:    []string{"RFC 6455 5.5.3"},
			steps:  []oracle.Step{stray(literal("")), closing(wsproto.CloseNormal, ""), closeAfter(time.Second)},
			expect: accepted(),
		},
		{
			id:     "2.8",
			sends:  "A pong with 24 octets that no ping asked for, then a normal close.",
			wants:  "The pong is ignored." + thenClosed,
			rfc:    []string{"RFC 6455 5.5.3"},
			steps:  []oracle.Step{stray(literal(unsolicited)), closing(wsproto.CloseNormal, ""), closeAfter(time.Second)},
			expect: accepted(),
		},
		{
			id:     "2.9",
			sends:  "A pong with 24 octets that no ping asked for, then a ping with other octets.",
			wants:  "The pong is ignored, and the ping answered by a pong with the ping's own payload." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{stray(literal(unsolicited)), ping(literal("ping payload")), closeAfter(time.Second)},
			expect: accepted(pong(literal("ping payload"))),
		},
	}

	const pings = 10
	var burst []oracle.Step
	var answers []autobahn.Observation
	for i := range pings {
		p := literal(fmt.Sprintf("payload-%d", i))
		burst = append(burst, ping(p))
		answers = append(answers, pong(p))
	}
	for i, w := range []writing{together, octetwise} {
		rows = append(rows, entry{
			id:    fmt.Sprintf("2.%d", 10+i),
			sends: fmt.Sprintf("%d pings in a row, each with a payload of its own.", pings) + w.phrase(),
			wants: fmt.Sprintf("%d pongs with these payloads, in the order of the pings. "+
				"(RFC 6455 lets a peer answer the latest ping alone; Autobahn does not.)", pings) + thenClosed,
			rfc:    rfc,
			steps:  append(w.apply(slices.Clone(burst)...), closeAfter(3*time.Second)),
			expect: accepted(answers...),
		})
	}
	return rows
}
