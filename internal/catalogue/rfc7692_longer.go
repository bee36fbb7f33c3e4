package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// longer are conversations with permessage-deflate of several messages: what one message
// leaves shows in those after it.
func longer() []row {
	return slices.Concat(overDeflate(slices.Concat(longFinals(), inflaterEnds(), packedSizes(), stalledMessages())...), leastWindows(), crossedWindows(), lacedMessages())
}

// longFinals are long messages with a block with BFINAL set in them, and messages
// after them.
func longFinals() []row {
	const back = "A block with BFINAL set ends neither the message nor the stream of blocks: everything comes back, and so do the messages after it."
	var rows []row
	for _, size := range []int{1 << 10, 64 << 10, 256 << 10} {
		e := emitter().Stored(false, []byte(letters(size/2))).Stored(true, []byte(letters(size/2))).Stored(false, []byte(letters(100)))
		frames, how := 1, ""
		if size == 64<<10 {
			frames, how = 3, " in three frames"
		}
		packed := compressedParts(wsproto.OpBinary, cutIn(frames, e.Message())...)
		small := compressed(wsproto.OpText, fixedBlock(hello))
		r := inflates(fmt.Sprintf("7.2.1/final-%dkib-then-more", size>>10),
			fmt.Sprintf("A binary message%s of two stored blocks with %s, the second with BFINAL set, and a third one of 100 octets; then three text messages, each once the one before is echoed.", how, sized(size)),
			back, 4, slices.Concat(packed, []oracle.Step{echoed(1), small, echoed(2), whole(wsproto.OpText, literal(hello)), echoed(3), small})...)
		r.also = []string{"RFC 7692 7.2.3.4"}
		rows = append(rows, r)
	}
	return rows
}

// inflaterEnds are compressed messages of sizes at which the buffers of an inflater end.
func inflaterEnds() []row {
	const back = "All messages come back."
	wrapping := len(emitter().Stored(false, []byte("a")).Message()) - 1
	var inflated, wire []oracle.Step
	for _, n := range slices.Backward(bufferSizes) {
		if n > 2*wrapping && n <= 1<<16 {
			inflated = append(inflated, compressed(wsproto.OpText, deflate.Squeezed(strings.Repeat("wscheck ", n/8+1)[:n])))
			wire = append(wire, compressed(wsproto.OpBinary, emitter().Stored(false, []byte(letters(n-wrapping))).Message()))
			if len(wire) == 1 {
				wire = append(wire, echoed(1)) // a peer that takes the longest has no reason to refuse a shorter one
			}
		}
	}
	return []row{
		inflates("6.2/sizes-inflated", fmt.Sprintf("%d compressed text messages of sizes at which buffers end, from 64 KiB down once they are inflated.", len(inflated)), back, len(inflated), inflated...),
		inflates("6.2/sizes-on-wire", fmt.Sprintf("%d compressed binary messages of sizes at which buffers end, from 64 KiB down on the wire, the first of which is awaited.", len(inflated)), back, len(inflated), wire...),
	}
}

// packedSizes are messages that are one octet longer each once they are compressed: some frame of the
// peer's has the sizes at which the form of the length changes, whatever its compressor adds. Those
// around 125 are long before, for some peers leave short messages as they are.
func packedSizes() []row {
	sizes := func(id, what string, payloads []string) row {
		var steps []oracle.Step
		for i, p := range payloads {
			steps = append(steps, compressed(wsproto.OpBinary, deflate.Squeezed(p)), echoed(i+1))
		}
		r := inflates(id, fmt.Sprintf("%d compressed binary messages of %s, each once the one before is echoed.", len(payloads), what),
			"All messages come back.", len(payloads), steps...)
		r.clauses = with(r.clauses, "rfc6455/5.2/length-minimal")
		return r
	}
	// A peer that takes the longest has no reason to refuse a shorter one.
	var short, long []string
	for n := 127; n >= 75; n-- {
		for v := range 3 { // a code for each message may be longer or shorter by an octet
			octets := noise(n + 128*v)[:n]
			for i := range octets {
				octets[i] &= 0x7f
			}
			short = append(short, string(octets)+strings.Repeat("a", 600))
		}
	}
	for n := 65_537; n >= 65_506; n-- {
		long = append(long, string(noise(n)))
	}
	return []row{
		sizes("7.2.1/sizes-around-125", "127 down to 75 octets that cannot be made much smaller and 600 that can", short),
		sizes("7.2.1/sizes-around-65535", "65,537 down to 65,506 octets that cannot be made smaller", long),
	}
}

// stalledMessages are more compressed messages than a peer can answer while our side does not
// read: it has to stop reading, and to go on.
func stalledMessages() []row {
	const n, size = 120, 60_000
	sent := compressed(wsproto.OpBinary, emitter().Stored(false, noise(size)).Message())
	r := inflates("6.2/stall-compressed", fmt.Sprintf("Our side stops reading, sends %d compressed messages of %s that cannot be made smaller, and reads on after 2 s.", n, sized(size)),
		"Every message comes back whole and in order, unless the peer gives the connection up.", n, stalled(2*time.Second, slices.Repeat([]oracle.Step{sent}, n)...)...)
	r.clauses = with(r.clauses, "wscheck/stay", "wscheck/echo-order")
	return []row{r}
}

// leastWindows agree on windows of 8 bits, and exchange messages that are longer.
func leastWindows() []row {
	const back = "What is sent reaches back 256 octets at most. All messages come back."
	text := wsproto.OpText
	var steps []oracle.Step
	for i := range 6 {
		s := message(text, repeated(letters(200+100*i), 3000), 0)
		s.Plain = i == 3
		steps = append(steps, s, echoed(i+1))
	}
	var rows []row
	for _, o := range []struct{ name, params, what string }{
		{"server", "; server_max_window_bits=8", "of the server"},
		{"client", "; client_max_window_bits=8", "of ours at most, if the server wishes so"},
		{"both", "; server_max_window_bits=8; client_max_window_bits=8", "of both sides"},
		{"both-fresh", "; server_max_window_bits=8; client_max_window_bits=8; server_no_context_takeover", "of both sides, and no context taken over by the server"},
	} {
		rows = append(rows, row{
			id: "7.2.1/window-8-" + o.name, roles: AsClient, open: oracle.Handshake{Offers: []string{plainOffer + o.params}},
			clauses: deflateClauses, steps: steps, wants: back + thenUsable,
			sends: "An offer of a window of 8 bits " + o.what + "; then six text messages that repeat what is 200 to 700 octets back, the fourth one uncompressed.",
		})
	}
	for _, a := range []struct{ name, params, what string }{
		{"server", "; server_max_window_bits=8", "our window has 8 bits"},
		{"client", "; client_max_window_bits=8", "the client is to keep its window to 8 bits"},
		{"both", "; server_max_window_bits=8; client_max_window_bits=8", "both windows have 8 bits"},
	} {
		rows = append(rows, row{
			id: "7.2.1/window-8-" + a.name + toClients, roles: AsServer, open: oracle.Handshake{Offers: []string{plainOffer + a.params}},
			clauses: deflateClauses, steps: steps,
			wants: "A client that did not make such an offer fails the connection. Any other: " + back + thenUsable,
			sends: "An answer that says that " + a.what + "; then six text messages that repeat what is 200 to 700 octets back, the fourth one uncompressed.",
		})
	}
	return rows
}

// crossedWindows are messages that repeat what is nearly a window back, most of it from before
// the message before: some of them begin within the window's size and end beyond it, so that a
// window that is kept by hand has to move in the middle of a message.
func crossedWindows() []row {
	const back = "Both sides keep what each direction's window holds, however many messages it is from. All messages come back."
	var rows []row
	for _, bits := range []int{deflate.MinWindowBits, 10, 12, deflate.MaxWindowBits} {
		far := 1<<bits - 1<<bits/32
		stream := strings.Repeat(letters(far), 3)
		for _, size := range []int{far/7 + 1, far*3/5 + 1} {
			var steps []oracle.Step
			for at := 0; at+size <= len(stream); at += size {
				steps = append(steps, message(wsproto.OpBinary, literal(stream[at:at+size]), 0), echoed(len(steps)/2+1))
			}
			client := inflates(fmt.Sprintf("7.2.1/window-%d-crossed-by-%d", bits, size),
				fmt.Sprintf("%d binary messages of %s that repeat what is %s back, each once the one before is echoed.", len(steps)/2, sized(size), sized(far)), back, 0, steps...)
			client.roles, client.open.Offers = AsClient, []string{usualOffer}
			rows = append(rows, client)
			if bits == deflate.MaxWindowBits {
				server := client
				server.id += toClients
				server.roles, server.open.Offers, server.clauses = AsServer, []string{plainOffer}, takeoverClauses
				server.wants = "A client whose offer demands more of the server, or that has made none, fails the connection. Any other: " + client.wants
				rows = append(rows, server)
			}
		}
	}
	return rows
}

// lacedMessages are compressed messages in frames with pings between, one after the
// other, with the context taken over where that can be known.
func lacedMessages() []row {
	const back = "A control frame is never compressed, and belongs to no message. The pings are answered, each or the last of several, and all messages come back."
	var rows []row
	for _, size := range []int{300, 20000} {
		for _, piece := range []int{50, 4000} {
			if piece > size {
				continue
			}
			laced := func(pack func(string) []byte) (steps []oracle.Step) {
				for i := range 4 {
					for k, s := range compressedParts(wsproto.OpText, cutEvery(piece, pack(letters(size)))...) {
						if k > 0 && k <= 50 {
							steps = append(steps, pingOf(fmt.Sprintf("ping %d within %d", k, i)))
						}
						steps = append(steps, s)
					}
					steps = append(steps, echoed(i+1))
				}
				return steps
			}
			id := fmt.Sprintf("6.1/laced-%d-by-%d", size, piece)
			sends := fmt.Sprintf("Four compressed text messages of the same %d letters, in frames of %d octets with pings between them.", size, piece)
			client := inflates(id, sends, back, 4, laced(deflate.Squeezed)...)
			client.roles, client.open.Offers = AsClient, []string{usualOffer}
			z := deflate.NewCompressor(deflate.Stream{WindowBits: deflate.MaxWindowBits})
			server := inflates(id+toClients, sends, "A client whose offer demands more of the server, or that has made none, fails the connection. Any other: "+back, 4,
				laced(func(s string) []byte { return z.Message(nil, []byte(s)) })...)
			server.roles, server.open.Offers = AsServer, []string{plainOffer}
			server.clauses = takeoverClauses
			for _, r := range []row{client, server} {
				r.clauses, r.also = with(r.clauses, pingClauses...), []string{"RFC 6455 5.4"}
				rows = append(rows, r)
			}
		}
	}
	return rows
}
