package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// fragments are about messages in several frames (RFC 6455 5.4).
func fragments() []row { return slices.Concat(goodFragments(), fragmentSizes(), badFragments()) }

// continued is the frames after the first of a message: those with FIN clear,
// and the last.
func continued(payloads ...string) []oracle.Step {
	var steps []oracle.Step
	for i, p := range payloads {
		s := part(wsproto.OpContinuation, literal(p))
		s.Frame.Fin = i == len(payloads)-1
		steps = append(steps, s)
	}
	return steps
}

// first is the first frame of a message in several.
func first(op wsproto.Opcode, payload string) oracle.Step { return part(op, literal(payload)) }

func goodFragments() []row {
	const back = "The message comes back whole, in any frames."
	ordered := []oracle.ClauseID{"rfc6455/5.4/interleaved", "rfc6455/5.4/continuation"}
	text, binary := wsproto.OpText, wsproto.OpBinary
	var rows []row
	add := func(name, sends, wants string, n int, steps ...oracle.Step) {
		rows = append(rows, good("5.4/"+name, sends, wants, ordered, n, steps...))
	}

	// Frames without a payload, in every place.
	empties := []struct {
		name, what string
		parts      []string
	}{
		{"all", "three frames, all of them empty", []string{"", "", ""}},
		{"first", "two frames; the first is empty", []string{"", hello}},
		{"last", "two frames; the last is empty", []string{hello, ""}},
		{"middle", "three frames; the second is empty", []string{fragment1, "", fragment2}},
		{"around", "four frames; the first and the last are empty", []string{"", fragment1, fragment2, ""}},
		{"many", "102 frames; only the first and the last are not empty",
			slices.Concat([]string{fragment1}, make([]string, 100), []string{fragment2})},
	}
	for _, op := range []wsproto.Opcode{text, binary} {
		for _, e := range empties {
			steps := append([]oracle.Step{first(op, e.parts[0])}, continued(e.parts[1:]...)...)
			add("empty-"+e.name+"-"+kindOf(op), fmt.Sprintf("A %s message in %s.", kindOf(op), e.what), back, 1, steps...)
		}
		for _, w := range []writing{apart, octetwise} {
			steps := w.apply(append([]oracle.Step{first(op, fragment1)}, continued(fragment2, fragment3)...)...)
			add(map[writing]string{apart: "apart-", octetwise: "octetwise-"}[w]+kindOf(op),
				fmt.Sprintf("A %s message in three frames.%s", kindOf(op), w.phrase()), back, 1, steps...)
		}
	}

	// What one message leaves must not touch the next.
	add("then-whole", "A text message in two frames, and then one in a single frame.", "Both messages come back.", 2,
		append(append([]oracle.Step{first(text, fragment1)}, continued(fragment2)...), whole(text, literal(hello)))...)
	add("then-fragments", "Two text messages in two frames each.", "Both messages come back.", 2,
		slices.Repeat(append([]oracle.Step{first(text, fragment1)}, continued(fragment2)...), 2)...)
	add("binary-then-text", "A binary message in two frames whose octets are not UTF-8, and then a text message in two frames.",
		"Both messages come back, each with its type.", 2,
		slices.Concat([]oracle.Step{first(binary, "\xff\xfe")}, continued("\xfd"), []oracle.Step{first(text, fragment1)}, continued(fragment2))...)
	add("text-then-binary", "A text message in two frames, and then a binary message in two frames whose octets are not UTF-8.",
		"Both messages come back, each with its type.", 2,
		slices.Concat([]oracle.Step{first(text, fragment1)}, continued(fragment2), []oracle.Step{first(binary, "\xff\xfe")}, continued("\xfd"))...)
	add("empty-then-whole", "An empty text message in two frames, and then one in a single frame.", "Both messages come back.", 2,
		first(text, ""), whole(wsproto.OpContinuation, literal("")), whole(text, literal(hello)))

	for _, n := range []int{2, 10, 100, 1000} {
		add(fmt.Sprintf("%d-frames", n), fmt.Sprintf("A text message in %d frames of one octet.", n), back, 1,
			message(text, repeated("*", n), 1))
	}
	long := good("5.4/5000-empty-frames", "A text message whose first and last frames have a payload, and 5000 empty ones between them.",
		back, ordered, 1, slices.Concat([]oracle.Step{first(text, fragment1)},
			slices.Repeat([]oracle.Step{first(wsproto.OpContinuation, "")}, 5000), continued(fragment2))...)
	return append(rows, long)
}

// fragmentSizes are messages whose frames have the lengths about which
// implementations are off by one.
func fragmentSizes() []row {
	var rows []row
	for _, n := range []int{124, 125, 126, 127, 128, 65534, 65535, 65536, 65537} {
		rows = append(rows, good(fmt.Sprintf("5.4/frames-of-%d", n),
			fmt.Sprintf("A binary message in two frames of %d octets and one of 1 octet.", n), "The message comes back whole.", nil, 1,
			message(wsproto.OpBinary, repeated("wscheck", 2*n+1), n)))
	}
	return rows
}

// badFragments are frames that are not in the order of a message.
func badFragments() []row {
	text, binary := wsproto.OpText, wsproto.OpBinary
	stray := []oracle.ClauseID{"rfc6455/5.4/continuation-fail"}
	nested := []oracle.ClauseID{"rfc6455/5.4/interleaved-fail"}
	done := append([]oracle.Step{first(text, fragment1)}, continued(fragment2)...)
	last := func(p string) oracle.Step { return whole(wsproto.OpContinuation, literal(p)) }
	middle := func(p string) oracle.Step { return part(wsproto.OpContinuation, literal(p)) }
	var rows []row
	add := func(name string, clauses []oracle.ClauseID, sends string, steps ...oracle.Step) {
		rows = append(rows, bad("5.4/"+name, sends, clauses, steps...))
	}

	add("continuation-final", stray, "A continuation frame with FIN set and nothing before it.", last(hello))
	add("continuation-open", stray, "A continuation frame with FIN clear and nothing before it.", middle(hello))
	add("continuation-empty", stray, "An empty continuation frame with FIN set and nothing before it.", last(""))
	add("continuation-empty-open", stray, "An empty continuation frame with FIN clear and nothing before it.", middle(""))
	add("continuation-after-whole", stray, "A text message in one frame, and a continuation frame after it.",
		whole(text, literal(hello)), last(fragment2))
	add("continuation-after-echo", stray, "A text message whose echo is awaited, and a continuation frame after it.",
		whole(text, literal(hello)), echoed(1), last(fragment2))
	add("continuation-after-fragments", stray, "A text message in two frames, and a continuation frame with FIN set after it.",
		append(slices.Clone(done), last(fragment3))...)
	add("continuation-after-fragments-empty", stray, "A text message in two frames, and an empty continuation frame after it.",
		append(slices.Clone(done), last(""))...)
	add("continuation-after-ping", stray, "A ping, and a continuation frame after it.", whole(wsproto.OpPing, literal("ping")), last(hello))
	add("continuation-octetwise", stray, "A continuation frame with nothing before it, octet by octet.", chopped(1, last(hello)))

	for _, outer := range []wsproto.Opcode{text, binary} {
		for _, inner := range []wsproto.Opcode{text, binary} {
			name := kindOf(inner) + "-in-" + kindOf(outer)
			add(name, nested, fmt.Sprintf("The first frame of a %s message, and then a %s message in one frame.", kindOf(outer), kindOf(inner)),
				first(outer, fragment1), whole(inner, literal(fragment2)))
			add(name+"-open", nested, fmt.Sprintf("The first frame of a %s message, and then the first frame of a %s message.", kindOf(outer), kindOf(inner)),
				first(outer, fragment1), first(inner, fragment2), last(fragment3))
		}
	}
	add("text-in-text-empty", nested, "The empty first frame of a text message, and then an empty text message.",
		first(text, ""), whole(text, literal("")))
	add("text-after-two", nested, "Two of the frames of a text message, and then another one in a single frame.",
		first(text, fragment1), middle(fragment2), whole(text, literal(fragment3)))
	add("text-after-ping", nested, "The first frame of a text message, a ping, and then another one in a single frame.",
		first(text, fragment1), whole(wsproto.OpPing, literal("ping")), whole(text, literal(fragment2)))
	add("second-message", nested, "A text message in two frames, whose echo is awaited; the first frame of another, and a whole one after it.",
		slices.Concat(done, []oracle.Step{echoed(1), first(text, fragment1), whole(text, literal(fragment2))})...)
	add("opcode-repeated", nested, "A text message in four frames that all have the opcode of text.",
		first(text, fragment1), first(text, fragment2), first(text, fragment3), whole(text, literal(fragment4)))
	add("text-in-text-long", nested, "The first frame of a text message, and then one of 65536 octets in a single frame.",
		first(text, fragment1), whole(text, literal(strings.Repeat("*", 65536))))
	return rows
}
