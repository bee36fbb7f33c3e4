package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// looseEnds are what a sender must not do and a receiver may make good: windows
// that are overrun, contexts that were dropped, ends that are not as they should
// be (RFC 7692 7.2.1). The octets referred to are all alike, so that whatever a
// receiver takes for them, it gets the same message.
func looseEnds() []row { return slices.Concat(overruns(), droppedContexts(), looseTails()) }

// overreaches is a row for messages that refer to more than a receiver need have
// kept.
func overreaches(id, sends string, steps ...oracle.Step) row {
	r := bad(id, sends, []oracle.ClauseID{"rfc7692/7.2.2/overrun-fail"}, steps...)
	r.wants = "The RFC forbids a sender to do that, and does not say what a receiver makes of it. It fails the connection, with code 1007 or 1002; " +
		"or, as one that keeps more than was agreed on can, it sends the messages back, which is reported, but not called wrong."
	return r
}

// zeros is a binary message of as many octets of 00 as go before a back-reference of ten
// octets to so many octets back.
func zeros(distance int) []byte {
	e := emitter().Fixed(false).Literals("\x00")
	for n := 1; n < distance; {
		length := min(258, max(3, distance-n))
		e.Match(length, 1)
		n += length
	}
	return e.Match(10, distance).EndBlock().Message()
}

// overruns reach back beyond the window that was agreed on for our messages.
func overruns() []row {
	var rows []row
	for bits := deflate.MinWindowBits; bits < deflate.MaxWindowBits; bits++ {
		for _, o := range []struct {
			name, what string
			distance   int
		}{
			{"one-octet", "one octet further", 1<<bits + 1},
			{"twice", "twice as far", 2 << bits},
			{"farthest", "32768 octets, the longest that has a code", 1 << 15},
		} {
			if bits == deflate.MaxWindowBits-1 && o.name == "farthest" {
				continue // the same as "twice"
			}
			packed := compressed(wsproto.OpBinary, zeros(o.distance))
			id := fmt.Sprintf("-overrun-%d-%s", bits, o.name)
			r := overreaches("7.1.2.2/window"+id, fmt.Sprintf("An offer to limit our window to %s, and a binary message that reaches back %s, "+
				"which is wrong if the server took the offer up.", bitsOf(bits), o.what), packed)
			r.roles, r.open.Offers = AsClient, []string{fmt.Sprintf(plainOffer+"; client_max_window_bits=%d", bits)}
			rows = append(rows, r)
			r = overreaches("7.1.2.1/window"+id+toClients, fmt.Sprintf("An answer that limits our window to %s, and a binary message that reaches back %s.",
				bitsOf(bits), o.what), packed)
			r.roles, r.open.Offers = AsServer, []string{answering(bits)}
			rows = append(rows, withoutBlame(r))
		}
	}
	return saying(rows, "RFC 7692 7.2.1")
}

// droppedContexts refer to the message before although the window was agreed to
// be empty.
func droppedContexts() []row {
	first := compressed(wsproto.OpBinary, zeros(100))
	var rows []row
	for _, d := range []struct {
		name, what string
		second     *deflate.Emitter
	}{
		{"at-once", "begins with a back-reference", emitter().Fixed(false).Match(10, 50)},
		{"one-octet", "has a back-reference from its fifth octet to five octets back", emitter().Fixed(false).Literals("\x00\x00\x00\x00").Match(10, 5)},
		{"far", "has a back-reference to the first octet of that one", emitter().Fixed(false).Match(10, 110)},
	} {
		second := compressed(wsproto.OpBinary, d.second.EndBlock().Message())
		r := overreaches("7.1.1.2/context-used-"+d.name, "An offer not to take our context over, a binary message, and one that "+d.what+
			" into the message before, which is wrong if the server took the offer up.", first, second)
		r.roles, r.open.Offers = AsClient, []string{plainOffer + "; client_no_context_takeover"}
		rows = append(rows, r)
		r = overreaches("7.1.1.1/context-used-"+d.name+toClients, "An answer that says that we take no context over, a binary message, and one that "+d.what+
			" into the message before.", first, second)
		r.roles, r.open.Offers = AsServer, []string{anyAnswer}
		rows = append(rows, withoutBlame(r))
	}
	return saying(rows, "RFC 7692 7.2.1")
}

// looseTails are payloads that do not end right before the four octets that a
// sender has to take off, or that have too much.
func looseTails() []row {
	text := wsproto.OpText
	// Two bits are left of its last octet: not enough for the header of a block.
	block := emitter().Fixed(false).Literals(hello + "\u00e9\u00e9").EndBlock()
	stored := emitter().Stored(false, []byte(hello)).Bytes()
	final := emitter().Fixed(true).Literals(hello).EndBlock()
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		r := bad("7.2.1/tail-"+name, sends, []oracle.ClauseID{"rfc7692/7.2.2/tail-fail"}, steps...)
		r.wants = "What is left of the message is not a block, or more than one. The RFC binds the sender, and does not say what a receiver makes of it. " +
			"It fails the connection, with code 1007 or 1002; or it sends back what there is, which is reported, but not called wrong."
		rows = append(rows, r)
	}
	add("kept", "A compressed text message from whose end 00 00 FF FF is not taken off.", compressed(text, emitter().Fixed(false).Literals(hello).EndBlock().Flush().Bytes()))
	add("kept-stored", "A text message in a stored block, from whose end 00 00 FF FF is not taken off.", compressed(text, emitter().Stored(false, []byte(hello)).Flush().Bytes()))
	add("twice", "A compressed text message with 00 00 FF FF at its end, and what is left of a second flush point.", compressed(text,
		append(emitter().Fixed(false).Literals(hello).EndBlock().Flush().Bytes(), 0, 0, 0, 0xff, 0xff)))
	add("none", "A text message in a block of the fixed code, and no empty stored block begun after it.", compressed(text, block.Bytes()))
	add("none-stored", "A text message in a stored block, and no empty one begun after it.", compressed(text, stored))
	add("final-none", "A text message in a block with BFINAL set, and not the octet that has to follow it.", compressed(text, final.Bytes()))
	add("final-stored-none", "A text message in a stored block with BFINAL set, and not the octet that has to follow it.",
		compressed(text, emitter().Stored(true, []byte(hello)).Bytes()))
	add("empty-kept", "An empty text message of the five octets 00 00 00 FF FF.", compressed(text, emitter().Flush().Bytes()))
	add("no-octet", "A frame with RSV1 set that has no payload: not even an empty message is made of nothing.", compressed(text, nil))
	add("no-octet-fragments", "A text message in three frames without any payload, RSV1 set in the first.", compressedParts(text, nil, nil, nil)...)
	rows = append(rows, tolerates("7.2.1/tail-padding", "A text message in a block with BFINAL set. The bits after it, up to the next octet, are not 0.",
		compressed(text, emitter().Fixed(true).Literals("Hi").EndBlock().Bits(1, 1).Align().Message())))
	return overDeflate(rows...)
}
