package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// pieces are about the places where octets come in two: at the end of a peer's read
// buffer, within a header, between control and data frames.
func pieces() []row {
	return slices.Concat(bufferEnds(), shortFrames(), splitHeaders(), splitPings(), splitCloses(), slowFrames(), halfFrames(), manyReads())
}

// quietly has nothing sent but the steps, and no close frame: a peer that holds back
// an answer until more octets come gives itself away.
func quietly(r row) row {
	r.quiet, r.end = true, oracle.EndNone
	r.wants = strings.TrimSuffix(r.wants, thenUsable) + " Nothing more is sent: no answer may wait for more octets."
	return r
}

// bufferEnds are frames that end where the read buffers of many peers do, or a
// header's length before.
func bufferEnds() []row {
	var rows []row
	for _, size := range []int{4096, 8192, 16384, 65536} {
		for _, less := range []int{0, 2, 4, 6, 8, 10, 14} {
			rows = append(rows, quietly(good(fmt.Sprintf("5.2/buffer-%d-minus-%d", size, less),
				fmt.Sprintf("A binary message of %d octets, so that its frame ends near the end of a buffer of %d octets; then silence.", size-less, size),
				"The message comes back.", nil, 1, whole(wsproto.OpBinary, repeated("wscheck", size-less)))))
		}
	}
	return rows
}

// shortFrames are the last octets that our side sends: a reader that wants more of them at a
// time than a frame has, or some after it, does not get to see the frame.
func shortFrames() []row {
	const text = wsproto.OpText
	back := func(name, sends string, n int, steps ...oracle.Step) row {
		return quietly(good("5.6/last-"+name, sends+"; then silence.", "All of it comes back.", nil, n, steps...))
	}
	pong := func(name, sends string, steps ...oracle.Step) row {
		// Not the wait for a pong: see halfFrames.
		return quietly(good("5.5.2/last-"+name, sends+"; then silence.", "The ping is answered.", pingClauses, 0, append(steps, ended())...))
	}
	rows := []row{
		back("empty", "An empty text message", 1, whole(text, literal(""))),
		back("empty-binary", "An empty binary message", 1, whole(wsproto.OpBinary, literal(""))),
		back("empty-fragment", "A text message in two frames; the last is empty", 1, first(text, fragment1), whole(wsproto.OpContinuation, literal(""))),
		back("empty-second", "A text message, and an empty one once it is echoed", 2, whole(text, literal(hello)), echoed(1), whole(text, literal(""))),
		back("octet", "A text message of one octet", 1, whole(text, literal("a"))),
		back("pong", "A text message and an empty unsolicited pong in one write", 1, whole(text, literal(hello)), whole(wsproto.OpPong, literal(""))),
		pong("empty", "An empty ping", pingOf("")),
		pong("octet", "A ping of one octet", pingOf("a")),
		pong("within", "The first frame of a text message and an empty ping in one write", first(text, fragment1), pingOf("")),
	}
	for _, n := range []int{2, 125, 126, 127, 65535, 65536} {
		rows = append(rows, back(fmt.Sprint(n), fmt.Sprintf("A binary message of %d octets", n), 1, whole(wsproto.OpBinary, repeated("wscheck", n))))
	}
	return rows
}

// ownOctets has rows made for each role, since the octets are ours to the last: those of the header
// of a frame and of the whole frame. The keys of a client's frames differ in each of their four octets,
// so that a peer that loses part of a key shows it by the payload.
func ownOctets(rows func(frame func(op wsproto.Opcode, n int) (header, all string), side string) []row) []row {
	var all []row
	for _, side := range []struct {
		name  string
		roles Roles
		mask  byte
	}{
		{"", AsClient, 0x80},
		{toClients, AsServer, 0},
	} {
		key := [4]byte{0x11, 0x5a, 0xa3, 0xec}
		frame := func(op wsproto.Opcode, n int) (header, all string) {
			header = string([]byte{0x80 | byte(op), side.mask | byte(n)})
			switch {
			case n > 0xffff:
				header = string([]byte{0x80 | byte(op), side.mask | 127, 0, 0, 0, 0, 0, byte(n >> 16), byte(n >> 8), byte(n)})
			case n > 125:
				header = string([]byte{0x80 | byte(op), side.mask | 126, byte(n >> 8), byte(n)})
			}
			payload := []byte(strings.Repeat("wscheck", n/7+1)[:n])
			if side.mask != 0 {
				for i := range key {
					key[i]++
				}
				header += string(key[:])
				wsproto.Mask(key, 0, payload)
			}
			return header, header + string(payload)
		}
		for _, r := range rows(frame, side.name) {
			r.roles = side.roles
			all = append(all, r)
		}
	}
	return all
}

// splitHeaders are frames whose header comes in two writes, cut at each place, and frames of further lengths
// whose payload comes once the header is read: a peer that ends the connection for one of these has nothing
// left to read, so that its system does not reset the connection, and no close frame is lost.
func splitHeaders() []row {
	return ownOctets(func(frame func(wsproto.Opcode, int) (string, string), side string) []row {
		var rows []row
		for _, n := range []int{5, 126, 200, 1 << 12, 1<<16 - 1, 1 << 16, 66000, 1 << 20} {
			header, _ := frame(wsproto.OpBinary, n)
			at := len(header)
			if slices.Contains([]int{5, 200, 66000}, n) {
				at = 1
			}
			for ; at <= len(header); at++ {
				_, before := frame(wsproto.OpBinary, 7)
				_, all := frame(wsproto.OpBinary, n)
				rows = append(rows, good(fmt.Sprintf("5.2/header-of-%d-split-%d%s", n, at, side),
					fmt.Sprintf("A binary message of 7 octets; then one of %d, written in two: the first %s of its header, and once those are read the rest.", n, count(at, "octet")),
					"Both messages come back.", nil, 2, slices.Concat([]oracle.Step{alone(raw(before)), echoed(1)}, inTwo(all, at))...))
			}
		}
		return rows
	})
}

// inTwo writes octets in two, cut at a place.
func inTwo(octets string, at int) []oracle.Step {
	return []oracle.Step{alone(raw(octets[:at])), wait(pause, ""), alone(raw(octets[at:]))}
}

// splitPings are pings, and pongs that nobody asked for, that come in two writes, cut at
// each place.
func splitPings() []row {
	return ownOctets(func(frame func(wsproto.Opcode, int) (string, string), side string) []row {
		_, ping := frame(wsproto.OpPing, 5)
		var pings, pongs []oracle.Step
		for at := 1; at < len(ping); at++ {
			_, ping = frame(wsproto.OpPing, 5)
			_, pong := frame(wsproto.OpPong, 5)
			pings = append(append(pings, inTwo(ping, at)...), ponged(at))
			pongs = append(append(pongs, inTwo(pong, at)...), wait(pause, ""))
		}
		sends := func(what string) string {
			return fmt.Sprintf("%s of 5 octets, each written in two: the first after its first octet, the next after its second, and so on.", count(len(ping)-1, what))
		}
		return []row{
			good("5.5.2/split-pings"+side, sends("ping"), "Each ping is answered.", pingClauses, 0, pings...),
			good("5.5.3/split-pongs"+side, sends("unsolicited pong")+" Then a text message.", "The message comes back.", nil, 1,
				append(pongs, whole(wsproto.OpText, literal(hello)))...),
		}
	})
}

// splitCloses are close frames that come in two writes, cut at each place.
func splitCloses() []row {
	return ownOctets(func(frame func(wsproto.Opcode, int) (string, string), side string) []row {
		payload := codeOctets(wsproto.CloseNormal) + "bye"
		header, _ := frame(wsproto.OpClose, len(payload))
		octets := header + payload
		clauses := []oracle.ClauseID{"rfc6455/5.5.1/close-reply", "rfc6455/5.5.1/close-tcp", "rfc6455/5.5.1/close-prompt", "rfc6455/5.5.1/close-taken"}
		var rows []row
		for at := 1; at < len(octets); at++ {
			r := closeRow(fmt.Sprintf("5.5.1/close-split-%d%s", at, side),
				fmt.Sprintf("A ping whose pong is awaited, and a close frame with code 1000 and a reason of 3 octets, written in two: the first %s, "+
					"and once those are read the rest.", count(at, "octet")),
				answeredClose, with(pingClauses, clauses...), slices.Concat([]oracle.Step{pingOf("open"), ponged(1)}, inTwo(octets, at), []oracle.Step{ended()})...)
			rows = append(rows, r)
		}
		return rows
	})
}

// slowFrames are frames that stop for more than a second and then go on. A peer that does
// something else meanwhile has to keep what it has read.
func slowFrames() []row {
	const slow = 1100 * time.Millisecond
	return ownOctets(func(frame func(wsproto.Opcode, int) (string, string), side string) []row {
		split := func(op wsproto.Opcode, n int, at func(header, all int) int) []oracle.Step {
			header, all := frame(op, n)
			cut := at(len(header), len(all))
			return []oracle.Step{alone(raw(all[:cut])), wait(slow, ""), alone(raw(all[cut:]))}
		}
		first := func(int, int) int { return 1 }
		last := func(header, _ int) int { return header - 1 }
		half := func(header, all int) int { return (header + all) / 2 }
		const binary = wsproto.OpBinary
		return []row{
			good("5.2/slow-frames"+side, "Four binary messages, each written in two with 1.1 s between: after the first octet, before the last of a header of 16-bit length and of one of 64-bit length, and in the middle of the payload.",
				"All messages come back.", nil, 4, slices.Concat(split(binary, 5, first), []oracle.Step{echoed(1)}, split(binary, 200, last), []oracle.Step{echoed(2)},
					split(binary, 66000, last), []oracle.Step{echoed(3)}, split(binary, 200, half))...),
			good("5.5.2/slow-pings"+side, "Two pings, each written in two with 1.1 s between: after the first octet, and in the middle of the payload; then a text message.",
				"The pings are answered, and the message comes back.", pingClauses, 1, slices.Concat(split(wsproto.OpPing, 5, first), []oracle.Step{ponged(1)},
					split(wsproto.OpPing, 50, half), []oracle.Step{ponged(2), whole(wsproto.OpText, literal(hello))})...),
		}
	})
}

// pause is long enough for two writes to be two reads.
const pause = 5 * time.Millisecond

// halfFrames are control frames with the beginning of a data frame after them in
// the same write.
func halfFrames() []row {
	head, tail := hello[:5], hello[5:]
	half := declaring(uint64(len(hello)), wsproto.FormMinimal, whole(wsproto.OpText, literal(head)))
	var rows []row
	for _, n := range []int{1, 20} {
		pings := slices.Repeat([]oracle.Step{pingOf("before half a frame")}, n)
		name := ""
		if n > 1 {
			name = fmt.Sprintf("s-%d", n)
		}
		rows = append(rows,
			quietly(good("5.5.2/ping"+name+"-then-half", fmt.Sprintf("%s and half of a text frame in one write; then silence.", strings.ToUpper(count(n, "ping")[:1])+count(n, "ping")[1:]),
				"The last ping is answered, though the rest of the frame does not come.", pingClauses, 0,
				// Not the wait for a pong: one that nobody asked for would end it.
				slices.Concat(pings, []oracle.Step{half, ended()})...)),
			good("5.5.2/ping"+name+"-then-half-rest", fmt.Sprintf("%s and half of a text frame in one write, and the rest of it once there is a pong.", strings.ToUpper(count(n, "ping")[:1])+count(n, "ping")[1:]),
				"The last ping is answered, and the message comes back.", pingClauses, 1,
				slices.Concat(pings, []oracle.Step{half, ponged(1), more(tail)})...))
	}
	rows = append(rows,
		quietly(good("5.6/text-then-half", "A text message and half of another one in one write; then silence.", "The first message comes back.", nil, 1,
			whole(wsproto.OpText, literal(hello)), half)),
		quietly(good("5.6/text-then-header", "A text message and the first octet of another frame in one write; then silence.", "The message comes back.", nil, 1,
			whole(wsproto.OpText, literal(hello)), raw("\x81"))))
	return rows
}

// manyReads are frames that come in more reads than some readers have patience for.
func manyReads() []row {
	// In two steps, for each is short enough to be written with gaps over TCP.
	const half = 700
	rows := []row{good("5.2/reads-1400", "A binary message of 1400 octets in one frame, every octet written apart.",
		"The message comes back, in however many reads it came.", nil, 1,
		chopped(1, declaring(2*half, wsproto.FormMinimal, whole(wsproto.OpBinary, repeated("wscheck", half)))),
		chopped(1, more(strings.Repeat("wscheck", half/7))))}
	for _, frames := range []int{257, 1025} {
		var steps []oracle.Step
		for i := range frames {
			op := wsproto.OpContinuation
			if i == 0 {
				op = wsproto.OpText
			}
			s := chopped(1, first(op, "*"))
			s.Frame.Fin = i == frames-1
			steps = append(steps, s)
		}
		rows = append(rows, good(fmt.Sprintf("5.4/frames-%d-octetwise", frames), fmt.Sprintf("A text message in %d frames of one octet, every octet written apart.", frames),
			"The message comes back whole.", nil, 1, steps...))
	}
	return rows
}
