package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// world is the message of the cases that close.
const world = "Hello World!"

// thenDropped ends the expectation of a case that sends a bad close frame.
const thenDropped = " The connection is failed: the peer closes it, with code 1002 or without one, and never with another code."

// section7 closes, in good order and in bad.
func section7() []entry {
	return slices.Concat(
		closingOrder(), closePayloads(),
		closeCodes("7.7", validCodes), closeCodes("7.9", invalidCodes), closeCodes("7.13", unregisteredCodes),
	)
}

// strictCode makes a WRONG CODE a failure of the case.
func strictCode(x autobahn.Expectation) autobahn.Expectation {
	x.WrongCodeFatal = true
	return x
}

// closeUnderWay has our side not start another close when the expected
// outcome is reached: the script closes by itself.
func closeUnderWay(x autobahn.Expectation) autobahn.Expectation {
	x.NoCloseWhenDone = true
	return x
}

// failedClose expects no observation, and an answer to our bad close frame
// that carries one of the codes, if any.
func failedClose(codes ...wsproto.CloseCode) autobahn.Expectation {
	return autobahn.Expectation{
		Outcomes:   []autobahn.Outcome{outcome(autobahn.OK)},
		CloseByUs:  true,
		CloseCodes: codes,
	}
}

// closingOrder sends frames where a close frame already stands.
func closingOrder() []entry {
	rfc := []string{"RFC 6455 5.5.1", "RFC 6455 7.1.2"}
	normal := closing(wsproto.CloseNormal, "")
	greet := whole(wsproto.OpText, literal(world))
	end := failAfter(time.Second)
	expect := strictCode(closeUnderWay(accepted()))
	rows := []entry{
		{
			id:     "7.1.1",
			sends:  "A text message, and a normal close once it is echoed.",
			wants:  "The message is echoed." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{greet, end},
			expect: strictCode(accepted(textEcho(world))),
		},
		{
			id:     "7.1.2",
			sends:  "A normal close, and then a second close frame, without payload.",
			wants:  "The first close frame is answered by one of the peer's; the second has no answer, since nothing counts after a close." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{normal, whole(wsproto.OpClose, literal("")), end},
			expect: expect,
		},
		{
			id:     "7.1.3",
			sends:  "A normal close, and then a ping.",
			wants:  "There is no pong: nothing counts after a close." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{normal, whole(wsproto.OpPing, literal("")), end},
			expect: expect,
		},
		{
			id:     "7.1.4",
			sends:  "A normal close, and then a text message.",
			wants:  "The message is not echoed: nothing counts after a close." + thenClosed,
			rfc:    rfc,
			steps:  []oracle.Step{normal, greet, end},
			expect: expect,
		},
		{
			id:    "7.1.5",
			sends: "The first of two frames of a text message, then a normal close, then the second frame.",
			wants: "The message is not echoed: the close came before its end." + thenClosed,
			rfc:   append(slices.Clone(rfc), "RFC 6455 5.4"),
			steps: []oracle.Step{
				part(wsproto.OpText, literal(fragment1)),
				normal,
				whole(wsproto.OpContinuation, literal(fragment2)),
				end,
			},
			expect: expect,
		},
	}

	flood := closeUnderWay(accepted(textEcho(world)))
	flood.Outcomes = append(flood.Outcomes, outcome(autobahn.NonStrict))
	flood.Informational = true
	return append(rows, entry{
		id:    "7.1.6",
		sends: "A text message of 256 KiB, a short text message, a normal close and a ping, without a pause.",
		wants: "Informational: it shows how much of what stands before the close the peer still echoes. " +
			"There is no pong." + thenClosed,
		rfc: rfc,
		steps: []oracle.Step{
			whole(wsproto.OpText, repeated(largeText, 256<<10)), greet, normal,
			whole(wsproto.OpPing, literal("")), end,
		},
		expect: flood,
	})
}

// closePayloads sends close frames with good and bad payloads.
func closePayloads() []entry {
	rfc := []string{"RFC 6455 5.5.1", "RFC 6455 7.1.6"}
	limit := []string{"RFC 6455 5.5", "RFC 6455 5.5.1"}
	end := failAfter(time.Second)
	const bad = greek + "\xed\xa0\x80" + "edited"
	clean := strictCode(closeUnderWay(accepted()))
	broken := strictCode(closeUnderWay(failedClose(wsproto.CloseProtocolError)))
	longest := strings.Repeat("*", 123)
	return []entry{
		{
			id:     "7.3.1",
			sends:  "A close frame without payload: neither code nor reason.",
			wants:  "It is answered by a close frame, which may be without payload too." + thenClean,
			rfc:    rfc,
			steps:  []oracle.Step{closeFrame(""), end},
			expect: clean,
		},
		{
			id:     "7.3.2",
			sends:  "A close frame with a payload of one octet, 61: half of a code.",
			wants:  "A close frame has no payload or at least the two octets of its code." + thenDropped,
			rfc:    []string{"RFC 6455 5.5.1"},
			steps:  []oracle.Step{closeFrame("a"), end},
			expect: broken,
		},
		{
			id:     "7.3.3",
			sends:  "A close frame with the code 1000 and no reason.",
			wants:  "It is answered by a close frame with code 1000 or none." + thenClean,
			rfc:    rfc,
			steps:  []oracle.Step{closing(wsproto.CloseNormal, ""), end},
			expect: clean,
		},
		{
			id:     "7.3.4",
			sends:  "A close frame with the code 1000 and the reason \"" + world + "\".",
			wants:  "It is answered by a close frame with code 1000 or none." + thenClean,
			rfc:    rfc,
			steps:  []oracle.Step{closing(wsproto.CloseNormal, world), end},
			expect: clean,
		},
		{
			id:     "7.3.5",
			sends:  "A close frame with the code 1000 and a reason of 123 octets: with the code the 125 that a control frame may carry.",
			wants:  "It is answered by a close frame with code 1000 or none." + thenClean,
			rfc:    limit,
			steps:  []oracle.Step{closing(wsproto.CloseNormal, longest), end},
			expect: clean,
		},
		{
			id:     "7.3.6",
			sends:  "A close frame with the code 1000 and a reason of 124 octets: with the code one octet more than a control frame may carry.",
			wants:  "The frame is an error." + thenDropped,
			rfc:    limit,
			steps:  []oracle.Step{closeFrame(codeOctets(wsproto.CloseNormal) + longest + "*"), end},
			expect: broken,
		},
		{
			id: "7.5.1",
			sends: "A close frame with the code 1000 and a reason that is UTF-8 but for the octets ED A0 80 in its middle " +
				"(the surrogate U+D800).",
			wants: "The reason has to be UTF-8. The connection is failed: the peer closes it, with code 1007 or 1002 or without one.",
			rfc:   []string{"RFC 6455 5.5.1", "RFC 6455 8.1"},
			steps: []oracle.Step{closeFrame(codeOctets(wsproto.CloseNormal) + bad), end},
			expect: strictCode(closeUnderWay(
				failedClose(wsproto.CloseProtocolError, wsproto.CloseInvalidPayload))),
		},
	}
}

// thenClean ends the expectation of a case that closes by itself.
const thenClean = " The server then drops the TCP connection."

// closeCode is a code that our close frame carries.
type closeCode struct {
	code wsproto.CloseCode
	why  string
}

var (
	validCodes = []closeCode{
		{1000, "a normal closure"},
		{1001, "going away"},
		{1002, "a protocol error"},
		{1003, "a type of data that is not accepted"},
		{1007, "content that does not fit its type, as bad UTF-8"},
		{1008, "a violation of a policy"},
		{1009, "a message too big"},
		{1010, "an extension that was expected and not negotiated"},
		{1011, "an unexpected condition"},
		{3000, "the first code for libraries and frameworks, registered with IANA"},
		{3999, "the last code for libraries and frameworks, registered with IANA"},
		{4000, "the first code for private use"},
		{4999, "the last code for private use"},
	}
	invalidCodes = []closeCode{
		{0, "a number of the range 0 to 999, which is not used"},
		{999, "the last number of the range 0 to 999, which is not used"},
		{1004, "a reserved number without a meaning"},
		{1005, "the sign within an endpoint for \"no code\", which is never sent"},
		{1006, "the sign within an endpoint for \"no close frame\", which is never sent"},
		{1016, "a number of the range that the protocol keeps for itself, not assigned"},
		{1100, "a number of the range that the protocol keeps for itself, not assigned"},
		{2000, "a number of the range that the protocol keeps for itself, not assigned"},
		{2999, "the last number of the range that the protocol keeps for itself, not assigned"},
	}
	unregisteredCodes = []closeCode{
		{5000, "the first number beyond all defined ranges"},
		{65535, "the last number of all"},
	}
)

// closeCodes sends close frames that carry a code and no reason.
func closeCodes(section string, codes []closeCode) []entry {
	var rows []entry
	for i, c := range codes {
		e := entry{
			id:    fmt.Sprintf("%s.%d", section, i+1),
			sends: fmt.Sprintf("A close frame with the code %d: %s.", c.code, c.why),
			rfc:   []string{"RFC 6455 7.4"},
			steps: []oracle.Step{closeFrame(codeOctets(c.code)), failAfter(time.Second)},
		}
		switch section {
		case "7.7":
			e.rfc = []string{"RFC 6455 5.5.1", "RFC 6455 7.4"}
			e.wants = "The code may be sent. It is answered by a close frame with code 1000, with the same code or with none." + thenClean
			e.expect = strictCode(accepted())
			e.expect.CloseCodes = []wsproto.CloseCode{wsproto.CloseNormal, c.code}
		case "7.9":
			e.wants = "The code must not be sent." + thenDropped
			e.expect = strictCode(failedClose(wsproto.CloseProtocolError))
		default:
			e.wants = "Informational: RFC 6455 does not say what is to be done about such a code. " +
				"A peer may fail the connection (1002) or answer the close."
			e.expect = closeUnderWay(failedClose(wsproto.CloseNormal, c.code, wsproto.CloseProtocolError))
			e.expect.Informational = true
		}
		rows = append(rows, e)
	}
	return rows
}
