package catalogue

import (
	"fmt"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Units that large payloads repeat. Ten octets do not divide a power of two,
// so that a block lost or doubled shows in the echo.
const (
	largeText   = "BAsd7&jh23"
	largeBinary = "\x00\xfe\x23\xfa\xf0\x00\xfe\x23\xfa\xf0"
)

// section9 echoes what is large or much, against the clock.
func section9() []entry {
	return slices.Concat(
		largeMessages(), largeInFragments(), largeInChops(), roundTrips(),
	)
}

// largeEntry is the row of one large message, sent by one step.
func largeEntry(id, sends string, send oracle.Step, limit time.Duration, rfc ...string) entry {
	return entry{
		id:    id,
		sends: sends,
		wants: fmt.Sprintf("One %s message with the same content, octet by octet, within %d seconds.",
			kindOf(send.Frame.Opcode), int(limit.Seconds())) + thenClosed,
		rfc:    rfc,
		steps:  []oracle.Step{send, closeAfter(limit)},
		expect: timed(autobahn.CheckEcho, limit),
	}
}

// largeMessages are messages of 64 KiB to 16 MiB in one frame.
func largeMessages() []entry {
	const short, long = 10 * time.Second, 100 * time.Second
	sizes := []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20}
	var rows []entry
	for i, of := range []struct {
		op     wsproto.Opcode
		unit   string
		limits []time.Duration
	}{
		{wsproto.OpText, largeText, []time.Duration{short, short, long, long, long, long}},
		{wsproto.OpBinary, largeBinary, []time.Duration{short, short, short, short, long, long}},
	} {
		for j, n := range sizes {
			rows = append(rows, largeEntry(
				fmt.Sprintf("9.%d.%d", i+1, j+1),
				fmt.Sprintf("One %s message of %s in a single frame.", kindOf(of.op), sized(n)),
				whole(of.op, repeated(of.unit, n)), of.limits[j], "RFC 6455 5.2", "RFC 6455 5.6",
			))
		}
	}
	return rows
}

// largeInFragments are messages of 4 MiB in frames of one size.
func largeInFragments() []entry {
	const size = 4 << 20
	fragments := []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20}
	var rows []entry
	for i, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
		for j, fragment := range fragments {
			unit := "*"
			if op == wsproto.OpBinary && j == 0 {
				// Only the first of Autobahn's binary cases has other octets
				// than its text cases.
				unit = "\xfe"
			}
			how := fmt.Sprintf("%d frames of %s", size/fragment, sized(fragment))
			if fragment == size {
				how = fmt.Sprintf("frames of %s, which makes it one", sized(fragment))
			}
			rows = append(rows, largeEntry(
				fmt.Sprintf("9.%d.%d", i+3, j+1),
				fmt.Sprintf("One %s message of %s in %s.", kindOf(op), sized(size), how),
				message(op, repeated(unit, size), fragment), 100*time.Second, "RFC 6455 5.4",
			))
		}
	}
	return rows
}

// largeInChops are messages of 1 MiB in one frame that is written in small
// pieces.
func largeInChops() []entry {
	const size = 1 << 20
	chops := []int{64, 128, 256, 512, 1 << 10, 2 << 10}
	var rows []entry
	for i, of := range []struct {
		op   wsproto.Opcode
		unit string
	}{{wsproto.OpText, largeText}, {wsproto.OpBinary, largeBinary}} {
		for j, chop := range chops {
			frame := whole(of.op, repeated(of.unit, size))
			frame.Chop = chop
			rows = append(rows, largeEntry(
				fmt.Sprintf("9.%d.%d", i+5, j+1),
				fmt.Sprintf("One %s message of %s in a single frame, which is written in pieces of %d octets.",
					kindOf(of.op), sized(size), chop),
				frame, 1000*time.Second, "RFC 6455 5.2", "RFC 6455 5.6",
			))
		}
	}
	return rows
}

// roundTrips are a thousand messages, each one sent when the one before it has
// come back.
func roundTrips() []entry {
	sizes := []struct {
		octets int
		limit  time.Duration
	}{
		{0, 60 * time.Second},
		{16, 60 * time.Second},
		{64, 60 * time.Second},
		{256, 120 * time.Second},
		{1024, 240 * time.Second},
		{4096, 480 * time.Second},
	}
	var rows []entry
	for i, of := range []struct {
		op   wsproto.Opcode
		unit string
	}{{wsproto.OpText, "*"}, {wsproto.OpBinary, "\xfe"}} {
		for j, size := range sizes {
			rows = append(rows, loopEntry(
				fmt.Sprintf("9.%d.%d", i+7, j+1), of.op, repeated(of.unit, size.octets), 0, size.limit,
			))
			rows[len(rows)-1].rfc = []string{"RFC 6455 5.6"}
		}
	}
	return rows
}

// loopMessages is the number of messages of a case that measures round trips.
const loopMessages = 1000

// loopEntry is the row of a case that measures round trips.
func loopEntry(id string, op wsproto.Opcode, p oracle.Payload, fragment int, limit time.Duration) entry {
	content := fmt.Sprintf("%s each", count(p.Size(), "octet"))
	if p.Source != "" {
		content += fmt.Sprintf(" from the test data set %q", p.Source)
	}
	if fragment > 0 {
		content += fmt.Sprintf(", in frames of %s", count(fragment, "octet"))
	}
	return entry{
		id: id,
		sends: fmt.Sprintf("%d %s messages of %s; each is sent when the one before it has come back.",
			loopMessages, kindOf(op), content),
		wants: fmt.Sprintf("Every message comes back with its type and content, octet by octet, all within %d seconds.",
			int(limit.Seconds())) + thenClosed,
		steps: []oracle.Step{{
			Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op},
			Payload: p, Fragment: fragment, Count: loopMessages, Timeout: limit,
		}},
		expect: timed(autobahn.CheckLoop, limit),
	}
}
