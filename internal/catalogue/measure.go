package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Measured is something that can be measured of a peer.
type Measured uint8

// What is measured of a peer while a case is played.

const (
	// MeasureMemory is the memory that the peer takes for a message that is short
	// on the wire.
	MeasureMemory Measured = iota + 1
	// MeasureWork is the processors' time that the peer takes.
	MeasureWork
	// MeasureKept is the memory that the peer holds after the end of each of many
	// connections.
	MeasureKept
	// MeasureDeclared is the memory that the peer takes for a length that a header
	// declares and that does not come.
	MeasureDeclared
)

// Measure is what is measured while a case is played.
type Measure struct {
	What Measured
	Size int // octets of the messages of the case, once inflated, or as declared

	// Less is the case with less of what is measured, and Times how many times as
	// much the case has; nil and 0 for MeasureKept and MeasureDeclared.
	Less  *Case
	Times int

	// Connections is how many connections make the work of MeasureWork; 0 for one.
	Connections int

	less     []oracle.Step     // the steps of Less; nil for those of the case
	lessOpen *oracle.Handshake // the handshake of Less; nil for that of the case
}

// of returns the measure of the case that the row becomes, for our side in a role.
func (m *Measure) of(role wsproto.Role, r *row) *Measure {
	if m == nil {
		return nil
	}
	full := *m
	less := oracle.Script{Role: role, Handshake: r.open, Steps: r.steps, End: r.end}
	if m.less != nil {
		less.Steps = m.less
	}
	if m.lessOpen != nil {
		less.Handshake = *m.lessOpen
	}
	if m.Times > 0 {
		full.Less = &Case{ID: r.id + "-less", Roles: r.roles, Slow: true, Script: less}
	}
	return &full
}

// toils are messages, frames and octets in numbers that show whether a peer's work
// grows as what it is sent does, or faster (RFC 6455 10.4).
func toils() []row {
	const (
		times = 8
		wants = " The work that a peer has with them grows as their number does."
	)
	var rows []row
	add := func(name, sends, wants string, size int, clauses []oracle.ClauseID, steps func(n int) []oracle.Step, n int) {
		r := good("10.4/"+name, sends, wants, with(clauses, "wscheck/peer-toiled"), 0, steps(n)...)
		r.measure = &Measure{What: MeasureWork, Size: size, Times: times, less: steps(n / times)}
		rows = append(rows, r)
	}
	const fragment, fragments = 480, 8192
	add("work-fragments", fmt.Sprintf("A binary message in %d frames of %d octets.", fragments, fragment), "It comes back whole."+wants,
		fragment*fragments, echoClauses, func(n int) []oracle.Step {
			return []oracle.Step{message(wsproto.OpBinary, repeated("wscheck", fragment*n), fragment), echoed(1)}
		}, fragments)
	const octets = 8 << 20
	add("work-octets", fmt.Sprintf("A binary message of %s in one frame.", sized(octets)), "It comes back, or is above a limit of the peer's."+wants,
		octets, echoClauses, func(n int) []oracle.Step {
			return []oracle.Step{whole(wsproto.OpBinary, repeated("wscheck", n)), echoed(1)}
		}, octets)
	const length, messages = 2 << 10, 2048
	add("work-messages", fmt.Sprintf("%d binary messages of %s without a pause.", messages, sized(length)), "All of them come back."+wants,
		length*messages, echoClauses, func(n int) []oracle.Step {
			return append(slices.Repeat([]oracle.Step{whole(wsproto.OpBinary, repeated("wscheck", length))}, n), echoed(n))
		}, messages)
	return rows
}

// toilsOfRequest are fields of a request that are long because of blanks. What trims
// or splits a value may look at all blanks that follow, at each of them.
func toilsOfRequest() []row {
	const blanks, times = 15000, 8
	var rows []row
	for _, c := range []struct {
		name, field string
		clause      oracle.ClauseID
	}{
		{"protocol", "Sec-WebSocket-Protocol", "rfc6455/4.2.1/syntax"},
		{"extensions", "Sec-WebSocket-Extensions", "rfc6455/9.1/grammar-fail"},
	} {
		asks := func(blanks int) oracle.Handshake {
			return plus(c.field + ": wscheck" + strings.Repeat(" ", blanks) + "x")
		}
		r := badRequest("10.4/work-blanks-"+c.name, fmt.Sprintf("A request with %d blanks within a name in %s.", blanks, c.field), c.clause, asks(blanks))
		r.clauses = with(r.clauses, "wscheck/peer-toiled")
		r.wants += " The work that a server has with it grows as the number of blanks does."
		less := asks(blanks / times)
		less.Refused = true
		r.measure = &Measure{What: MeasureWork, Size: blanks, Times: times, Connections: 8, lessOpen: &less}
		rows = append(rows, r)
	}
	return rows
}

// declaredLengths is a header that declares a length which does not come.
func declaredLengths() []row {
	const size = 256 << 20
	return []row{{
		id: "10.4/memory-declared", roles: InBoth, also: []string{"5.2"}, clauses: []oracle.ClauseID{"wscheck/peer-bloated"},
		sends: fmt.Sprintf("The header of a binary frame that declares a length of %s, and 5 octets of payload; after a while, the end of the connection.", sized(size)),
		wants: "The peer takes memory as the payload comes, or refuses the length. What is declared alone costs it nothing.",
		steps: []oracle.Step{
			declaring(size, wsproto.Form64, whole(wsproto.OpBinary, literal("hello"))),
			wait(time.Second/2, ""), step(oracle.StepDrop),
		},
		measure: &Measure{What: MeasureDeclared, Size: size},
	}}
}

// keptSize is the length of a message that must leave nothing once its
// connection is over.
const keptSize = 1 << 20

// keptMessages is a message that a peer may forget with the connection.
func keptMessages() []row {
	r := good("10.4/kept-messages", fmt.Sprintf("A text message of %s, and a close; on many connections, one after the other.", sized(keptSize)),
		"It comes back. What the peer has for it is free once the connection is over.", []oracle.ClauseID{"wscheck/peer-kept"}, 1,
		whole(wsproto.OpText, repeated("wscheck", keptSize)))
	r.measure = &Measure{What: MeasureKept, Size: keptSize}
	return []row{r}
}

// keptDeflate is keptMessages with permessage-deflate, which has windows and tables
// for each connection.
func keptDeflate() []row {
	r := inflates("8/kept-messages", fmt.Sprintf("A compressed text message of %s, and a close; on many connections, one after the other.", sized(keptSize)),
		"It comes back. What the peer has for it is free once the connection is over.", 1,
		message(wsproto.OpText, repeated("wscheck", keptSize), 0))
	r.clauses = with(r.clauses, "wscheck/peer-kept")
	r.measure = &Measure{What: MeasureKept, Size: keptSize}
	return saying(overDeflate(r), "RFC 6455 10.4")
}
