package catalogue

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// lengths are about the payload length in a frame header (RFC 6455 5.2).
func lengths() []row {
	return slices.Concat(boundaries(), longForms(), impossibleLengths(), hugeLengths())
}

// boundaryLengths are those about which implementations are off by one.
var boundaryLengths = []int{0, 1, 124, 125, 126, 127, 128, 129, 255, 256, 65534, 65535, 65536, 65537}

// boundaries are messages of each of these lengths, in each kind of chop.
func boundaries() []row {
	var rows []row
	for _, n := range boundaryLengths {
		for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
			unit := "ab€" // a code point of three octets has to end with the message
			if op == wsproto.OpBinary || n%5 != 0 {
				unit = "wscheck"
			}
			frame := whole(op, repeated(unit, n))
			id := fmt.Sprintf("5.2/length-%d-%s", n, kindOf(op))
			what := fmt.Sprintf("A %s message of %s", kindOf(op), count(n, "octet"))
			clauses := []oracle.ClauseID{"rfc6455/5.2/length-minimal", "rfc6455/5.2/length-63bit", "rfc6455/5.2/rsv", "rfc6455/5.2/opcode"}
			rows = append(rows, good(id, what+".", "The message comes back.", clauses, 1, frame))
			for _, chop := range []int{1, 3, 1021, 4096} {
				if pieces := n / chop; pieces > 300 || n < chop && chop > 3 {
					continue
				}
				rows = append(rows, good(fmt.Sprintf("%s-chop-%d", id, chop), fmt.Sprintf("%s, in pieces of %s.", what, count(chop, "octet")),
					"The message comes back.", clauses, 1, chopped(chop, frame)))
			}
		}
	}
	return rows
}

// longForms write a length in more octets than it takes.
func longForms() []row {
	clauses := []oracle.ClauseID{"rfc6455/5.2/length-minimal-fail"}
	var rows []row
	for _, l := range []struct {
		form wsproto.LengthForm
		bits string
		n    []int
	}{
		{wsproto.Form16, "16bit", []int{0, 1, 5, 124, 125}},
		{wsproto.Form64, "64bit", []int{0, 1, 5, 125, 126, 127, 65534, 65535}},
	} {
		for _, n := range l.n {
			frame := whole(wsproto.OpText, repeated("*", n))
			frame.Frame.Form = l.form
			rows = append(rows, bad(fmt.Sprintf("5.2/length-%s-for-%d", l.bits, n),
				fmt.Sprintf("A text frame of %s with its length in the %s form, though a shorter one would do.", count(n, "octet"), l.form),
				clauses, frame))
		}
		for _, f := range []struct {
			name  string
			frame oracle.Step
		}{
			{"ping", whole(wsproto.OpPing, literal("hello"))},
			{"pong", whole(wsproto.OpPong, literal("hello"))},
			{"binary", whole(wsproto.OpBinary, literal("hello"))},
		} {
			f.frame.Frame.Form = l.form
			rows = append(rows, bad(fmt.Sprintf("5.2/length-%s-%s", l.bits, f.name),
				fmt.Sprintf("A %s of 5 octets with its length in the %s form.", f.name, l.form), clauses, f.frame))
		}
		continued := whole(wsproto.OpContinuation, literal("hello"))
		continued.Frame.Form = l.form
		rows = append(rows, bad("5.2/length-"+l.bits+"-continuation",
			fmt.Sprintf("A text message in two frames, the second of 5 octets with its length in the %s form.", l.form), clauses,
			part(wsproto.OpText, literal(fragment1)), continued))
	}
	return rows
}

// impossibleLengths have the most significant of 64 bits set.
func impossibleLengths() []row {
	var rows []row
	for _, l := range []struct {
		name string
		n    uint64
		what string
	}{
		{"2-63", 1 << 63, "2^63"},
		{"2-63-plus-5", 1<<63 + 5, "2^63 + 5, which is 5 without the bit"},
		{"2-64-minus-1", math.MaxUint64, "2^64 - 1, which is -1 as a signed number"},
		{"2-64-minus-14", math.MaxUint64 - 13, "2^64 - 14, which added to the size of the header gives 0"},
		{"c000", 3 << 62, "3 times 2^62"},
	} {
		for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
			rows = append(rows, bad(fmt.Sprintf("5.2/length-%s-%s", l.name, kindOf(op)),
				fmt.Sprintf("The header of a %s frame that declares a length of %s, and 5 octets of payload.", kindOf(op), l.what),
				[]oracle.ClauseID{"rfc6455/5.2/length-63bit-fail"},
				declaring(l.n, wsproto.Form64, whole(op, literal("hello")))))
		}
	}
	return append(rows,
		bad("5.2/length-2-63-continuation", "The first of two frames of a text message, and the header of the second, which declares a length of 2^63.",
			[]oracle.ClauseID{"rfc6455/5.2/length-63bit-fail"},
			part(wsproto.OpText, literal(fragment1)), declaring(1<<63, wsproto.Form64, whole(wsproto.OpContinuation, literal("hello")))),
		bad("5.2/length-2-63-ping", "The header of a ping that declares a length of 2^63.",
			[]oracle.ClauseID{"rfc6455/5.2/length-63bit-fail", "rfc6455/5.5/control-length-fail"},
			declaring(1<<63, wsproto.Form64, whole(wsproto.OpPing, literal("hello")))),
	)
}

// hugeLengths are legal headers of frames that no peer can hold. What they
// declare never comes.
func hugeLengths() []row {
	var rows []row
	for _, l := range []struct {
		name string
		n    uint64
		what string
	}{
		{"2-31-minus-1", math.MaxInt32, "2^31 - 1"},
		{"2-31", 1 << 31, "2^31, which is negative as a signed number of 32 bits"},
		{"2-32", 1 << 32, "2^32, which is 0 in 32 bits"},
		{"2-32-plus-5", 1<<32 + 5, "2^32 + 5, which is 5 in 32 bits"},
		{"2-40", 1 << 40, "2^40"},
		{"2-62", 1 << 62, "2^62"},
		{"2-63-minus-1", math.MaxInt64, "2^63 - 1, the most that may be declared"},
		{"2-63-minus-14", math.MaxInt64 - 13, "2^63 - 14, which with its header goes beyond a signed number of 64 bits"},
	} {
		for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
			rows = append(rows, row{
				id: fmt.Sprintf("10.4/length-%s-%s", l.name, kindOf(op)), roles: InBoth,
				sends: fmt.Sprintf("The header of a %s frame that declares a length of %s, and 5 octets of payload; after a while, the end of the connection.",
					kindOf(op), l.what),
				wants: "The peer waits for more without taking the memory for it, or closes with code 1009 because it has a limit. " +
					"It neither dies nor takes the 5 octets for a message.",
				also:    []string{"5.2"},
				clauses: []oracle.ClauseID{"wscheck/peer-bloated", "wscheck/peer-panicked", "wscheck/echo-extra"},
				steps: []oracle.Step{
					declaring(l.n, wsproto.Form64, whole(op, literal("hello"))),
					wait(time.Second/2, ""), step(oracle.StepDrop),
				},
			})
		}
	}
	return rows
}
