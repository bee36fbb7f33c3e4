package catalogue

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// stallTime is how long our side does not read: long enough that a write of the
// peer's blocks, and shorter than it takes to give up a connection.
const stallTime = 300 * time.Millisecond

// stalled has our side not read while it sends the steps, and for a time after them.
func stalled(d time.Duration, steps ...oracle.Step) []oracle.Step {
	return slices.Concat([]oracle.Step{step(oracle.StepStopReading)}, steps,
		[]oracle.Step{wait(d, ""), step(oracle.StepGoOnReading)})
}

// numbered are n binary messages of so many octets, each with content of its own.
func numbered(n, octets int) []oracle.Step {
	var steps []oracle.Step
	for i := range n {
		steps = append(steps, whole(wsproto.OpBinary, repeated(fmt.Sprintf("message %04d ", i), octets)))
	}
	return steps
}

// numberedPings are n pings, each with a payload of its own of so many octets.
func numberedPings(from, n, octets int) []oracle.Step {
	var steps []oracle.Step
	for i := range n {
		steps = append(steps, whole(wsproto.OpPing, repeated(fmt.Sprintf("ping %06d ", from+i), octets)))
	}
	return steps
}

// counted are n frames, each with its number as a payload of so many octets.
func counted(op wsproto.Opcode, n, octets int) []oracle.Step {
	var steps []oracle.Step
	for i := range n {
		steps = append(steps, whole(op, literal(string(binary.BigEndian.AppendUint64(nil, uint64(i))[8-octets:]))))
	}
	return steps
}

// onlyOf returns the row for our side in one role.
func onlyOf(roles Roles, r row) row {
	r.roles = roles
	return r
}

// laced are n messages of so many octets, with pings after each.
func laced(n, octets, pings, pingOctets int) []oracle.Step {
	var steps []oracle.Step
	for i, m := range numbered(n, octets) {
		steps = append(steps, m)
		steps = append(steps, numberedPings(i*pings, pings, pingOctets)...)
	}
	return steps
}

// tinyPings are n messages of 2 octets with a ping of 2 octets after each, numbered.
func tinyPings(n int) []oracle.Step {
	var steps []oracle.Step
	messages, pings := counted(wsproto.OpBinary, n, 2), counted(wsproto.OpPing, n, 2)
	for i := range n {
		steps = append(steps, messages[i], pings[i])
	}
	return steps
}

// lacedFrames are a message in n frames of so many octets, with a ping after each but
// the last.
func lacedFrames(n, octets int) []oracle.Step {
	var steps []oracle.Step
	for i := range n {
		f := first(wsproto.OpContinuation, "")
		if i == 0 {
			f.Frame.Opcode = wsproto.OpBinary
		}
		f.Frame.Fin = i == n-1
		f.Payload = repeated(fmt.Sprintf("frame %04d ", i), octets)
		if steps = append(steps, f); i < n-1 {
			steps = append(steps, numberedPings(i, 1, 12)...)
		}
	}
	return steps
}

// unexcused has the last of so many pings answered before our close: a ping of ours at
// the end would excuse the pong that is missing.
func unexcused(r row, pings int) row {
	answered := ponged(pings)
	answered.Timeout = failLimit
	r.steps = append(r.steps, answered, closing(wsproto.CloseNormal, ""))
	r.wants, r.end = strings.TrimSuffix(r.wants, thenUsable)+" Our close is answered too.", oracle.EndAwait
	return r
}

// stalls are conversations in which our side does not read for a while, so that the
// peer's writes block.
func stalls() []row {
	const (
		we    = "Our side stops reading, sends "
		then  = ", and reads on after 300 ms."
		comes = "What the peer had no room for waits: every message comes back whole and in order."
		both  = comes + " The last ping is answered."
	)
	stay := []oracle.ClauseID{"wscheck/stay", "wscheck/echo-order"}
	ping := with(pingClauses, stay...)
	pinged := func(id, sends string, n, pings int, steps ...oracle.Step) row {
		return unexcused(good(id, we+sends+then, both, ping, n, stalled(stallTime, steps...)...), pings)
	}
	rows := []row{
		good("5.6/stall-200", we+"200 messages of 1000 octets"+then, comes, stay, 200, stalled(stallTime, numbered(200, 1000)...)...),
		good("5.6/stall-200-twice", "Twice in a row: our side stops reading, sends 200 messages of 1000 octets, and reads on after 300 ms.", comes, stay, 400,
			slices.Concat(stalled(stallTime, numbered(200, 1000)...), []oracle.Step{echoed(200)}, stalled(stallTime, numbered(200, 1000)...))...),
		good("5.6/stall-large", we+"eight messages of 1 MiB"+then, comes, stay, 8, stalled(stallTime, numbered(8, 1<<20)...)...),
		good("5.6/stall-twice", "Twice in a row: our side stops reading, sends sixteen messages of 64 KiB, and reads on after 300 ms.", comes, stay, 32,
			slices.Concat(stalled(stallTime, numbered(16, 1<<16)...), []oracle.Step{echoed(16)}, stalled(stallTime, numbered(16, 1<<16)...))...),
		// The first message is short, so that what follows ends a buffer within a frame, whatever
		// the size of the peer's frames.
		good("5.6/stall-2s", "Our side stops reading, sends a message of 1000 octets and four of 700,000, and reads on after 2 s.",
			"Every message comes back whole and in order, unless the peer gives the connection up. What it has begun to write it finishes, or it ends the connection.",
			stay, 5, stalled(2*time.Second, append(numbered(1, 1000), numbered(4, 700_000)...)...)...),
		// A peer that has read all that we sent may end the connection without a reset, so that
		// what it wrote after the write that blocked comes.
		good("5.6/stall-2s-one", "Our side stops reading, sends a message of 1,000,000 octets, and reads on after 2 s.",
			"The message comes back whole, unless the peer gives the connection up. What comes of it is its beginning.",
			stay, 1, stalled(2*time.Second, numbered(1, 1_000_000)...)...),
		// Many systems take one or two megaoctets of a peer for a connection that we do not read
		// from, so that the write that blocks is that of the last.
		good("5.6/stall-2s-three", "Our side stops reading, sends three messages of 800,000 octets, and reads on after 2 s.",
			"Every message comes back whole and in order, unless the peer gives the connection up. What comes of the last is its beginning.",
			stay, 3, stalled(2*time.Second, numbered(3, 800_000)...)...),
		good("5.4/stall-fragments", we+"a message in 300 frames of 1000 octets and another of 100 octets"+then, comes, stay, 2,
			stalled(stallTime, message(wsproto.OpBinary, repeated("wscheck", 300_000), 1000), whole(wsproto.OpText, repeated("after", 100)))...),
		pinged("5.5.2/stall-pings", "four messages of 64 KiB and then 300 pings", 4, 300, append(numbered(4, 1<<16), numberedPings(0, 300, 125)...)...),
		pinged("5.5.2/stall-pings-amid", "twenty messages of 10,000 octets with two pings after each, and an empty ping", 20, 41, append(laced(20, 10_000, 2, 12), pingOf(""))...),
		pinged("5.5.2/stall-pings-large", "eight messages of 1 MiB with a hundred pings after each", 8, 800, laced(8, 1<<20, 100, 12)...),
		good("5.4/stall-pings-within", we+"a message in 300 frames of 1000 octets with a ping after each"+then, both, with(ping, "rfc6455/5.4/control-within"), 1,
			stalled(stallTime, lacedFrames(300, 1000)...)...),
	}
	// Frames whose size in octets is a power of 2 leave a buffer with no room at all, where
	// others leave room for a part of a frame: 4 or 8 octets from a server, 8 from a client.
	rows = append(rows,
		good("5.6/stall-full", we+"1100 messages of 2 octets"+then, comes, stay, 1100, stalled(stallTime, counted(wsproto.OpBinary, 1100, 2)...)...),
		onlyOf(AsServer, pinged("5.5.2/stall-full-pings"+toClients, "514 pings of 2 octets", 0, 514, counted(wsproto.OpPing, 514, 2)...)),
		onlyOf(AsClient, pinged("5.5.2/stall-full-pings", "514 pings of 6 octets", 0, 514, counted(wsproto.OpPing, 514, 6)...)),
		good("5.6/stall-large-twice", "Twice in a row: our side stops reading, sends eight messages of 1 MiB, and reads on after 300 ms.", comes, stay, 16,
			slices.Concat(stalled(stallTime, numbered(8, 1<<20)...), []oracle.Step{echoed(8)}, stalled(stallTime, numbered(8, 1<<20)...))...),
	)
	closed := good("5.5.1/stall-close", we+"four messages of 64 KiB and a close frame"+then,
		"", []oracle.ClauseID{"rfc6455/5.5.1/close-reply"}, 0,
		stalled(stallTime, append(numbered(4, 1<<16), closing(wsproto.CloseNormal, ""))...)...)
	closed.wants, closed.end = "The close frame is answered, after what was being written, and the TCP connection is closed.", oracle.EndAwait
	return append(rows, closed)
}

// bursts are hundreds of short messages, or of pings, in one write. The octets are ours to
// the last, so there is a row for each role.
func bursts() []row {
	const n, pings = 1500, 300
	frames := func(n int, head string) string {
		var octets strings.Builder
		for i := range n {
			fmt.Fprintf(&octets, "%s%08d", head, i)
		}
		return octets.String()
	}
	var rows []row
	for _, side := range []struct {
		name  string
		roles Roles
		tail  string // of a header
	}{
		{"", AsClient, "\x88\x00\x00\x00\x00"}, {toClients, AsServer, "\x08"},
	} {
		rows = append(rows, onlyOf(side.roles, unexcused(good(fmt.Sprintf("5.5.2/burst-%d%s", pings, side.name),
			fmt.Sprintf("%d pings of eight digits in one write.", pings), "The last ping is answered.", pingClauses, 0, raw(frames(pings, "\x89"+side.tail))), pings)))
		rows = append(rows, onlyOf(side.roles, good(fmt.Sprintf("5.6/burst-%d%s", n, side.name),
			fmt.Sprintf("%d text messages of eight digits in one write.", n), "Every message comes back, in order.",
			[]oracle.ClauseID{"wscheck/echo-order", "wscheck/stay"}, n, raw(frames(n, "\x81"+side.tail)))))
	}
	return rows
}

// crossings are conversations in which both directions are full: a peer that has two
// writers mixes up what they write.
func crossings() []row {
	const wants = "Every message comes back whole, no frame within another, and the last ping is answered."
	clauses := with(pingClauses, "wscheck/stay")
	return []row{
		unexcused(good("5.5.2/crossing-pings-400", "Four messages of 200 KiB with a hundred pings after each, without a pause.", wants, clauses, 4,
			laced(4, 200<<10, 100, 12)...), 400),
		unexcused(good("5.5.2/crossing-pings-800", "Eight messages of 1 MiB with a hundred pings of 125 octets after each, without a pause.", wants, clauses, 8,
			laced(8, 1<<20, 100, 125)...), 800),
		unexcused(good("5.5.2/crossing-pings-tiny", "Two thousand messages of 2 octets with a ping of 2 octets after each, without a pause.", wants, clauses, 2000,
			tinyPings(2000)...), 2000),
		unexcused(good("5.5.2/crossing-pings-small", "Three hundred messages of 1000 octets with a ping after each, without a pause.", wants, clauses, 300,
			laced(300, 1000, 1, 12)...), 300),
		good("5.4/crossing-frames-300", "A message in 300 frames of 200 octets with a ping after each, without a pause.", wants,
			with(clauses, "rfc6455/5.4/control-within"), 1, lacedFrames(300, 200)...),
		good("5.4/crossing-frames-512", "A message in 512 frames of 2 KiB with a ping after each, without a pause.", wants,
			with(clauses, "rfc6455/5.4/control-within"), 1, lacedFrames(512, 2048)...),
	}
}

// idleTime is longer than most peers that ping wait between two pings. It takes time in a
// bubble alone: over a socket, a peer that answers and sends nothing is not waited for.
const idleTime = 25 * time.Second

// keptAlive is the same with the half minute in which most peers ping at least once.
const keptAlive = 35 * time.Second

// idlePings are conversations in which our side is idle, so that a peer that pings has
// time to, and answers more than is asked.
func idlePings() []row {
	const wants = "An unsolicited pong has no effect, with any payload, and the message comes back."
	stay := []oracle.ClauseID{"wscheck/stay"}
	pongs := func(n int) oracle.Step { return oracle.Step{Kind: oracle.StepPongs, Count: n} }
	text, unasked := whole(wsproto.OpText, literal(hello)), whole(wsproto.OpPong, literal("unasked"))
	alive := good("5.5.2/idle-35s", "Our side is idle for 35 s; then a text message.",
		"What the peer sends meanwhile, such as a ping, is right, and it takes our pongs. The message comes back, unless the peer gives the connection up.", stay, 1,
		wait(keptAlive, ""), text)
	alive.idle = keptAlive
	return append(armed(),
		alive,
		good("5.5.3/idle-pongs-twice", "Our side is idle for 25 s and answers each ping of the peer's twice; then a text message.", wants, stay, 1,
			pongs(2), wait(idleTime, ""), text),
		good("5.5.2/idle-minute", "Our side is idle for 65 s; then a text message.",
			"What the peer sends meanwhile, such as a ping, is right. The message comes back, unless the peer gives the connection up.", stay, 1,
			wait(65*time.Second, ""), text),
		good("5.5.3/idle-pongs-10", "Our side is idle for 25 s and answers each ping of the peer's ten times; then a text message.", wants, stay, 1,
			pongs(10), wait(idleTime, ""), text),
		good("5.5.3/idle-pongs-unasked", "Our side is idle for 25 s, sends an unsolicited pong, and is idle again; then a text message.", wants, stay, 1,
			wait(idleTime, ""), unasked, wait(idleTime, ""), text),
		good("5.5.3/busy-pongs-twice", "Twenty text messages, each once the one before is back; each ping of the peer's is answered twice.", wants,
			stay, 0, pongs(2), oracle.Step{Kind: oracle.StepEcho, Count: 20, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: literal(hello), Timeout: patience}),
	)
}

// armedTime is longer than the time that many peers allow a write of theirs, and shorter than one
// after which a peer may give up a side that is idle.
const armedTime = 3 * time.Second

// armed are conversations in which our side is idle for a moment after the peer has written
// something: a time limit that it set for that has to be gone by then.
func armed() []row {
	text, start, rest := whole(wsproto.OpText, literal(hello)), part(wsproto.OpText, literal(fragment1)), whole(wsproto.OpContinuation, literal(fragment2))
	var rows []row
	for _, a := range []struct {
		name, sends string
		n           int
		steps       []oracle.Step
	}{
		{"ping-then-text", "A ping whose pong is awaited, 3 s of silence, and a text message", 1, []oracle.Step{pingOf("before"), ponged(1), wait(armedTime, ""), text}},
		{"text-then-ping", "A text message whose echo is awaited, 3 s of silence, and a ping and a text message", 2,
			[]oracle.Step{text, echoed(1), wait(armedTime, ""), pingOf("after"), ponged(1), text}},
		{"ping-within-then-rest", "The first frame of a text message, a ping whose pong is awaited, 3 s of silence, and the last frame", 1,
			[]oracle.Step{start, pingOf("within"), ponged(1), wait(armedTime, ""), rest}},
	} {
		r := good("5.5.2/armed-"+a.name, a.sends+".", "The ping is answered and all of the text comes back: a limit of the peer's for one write is none for later ones.",
			with(pingClauses, "wscheck/stay"), a.n, a.steps...)
		r.idle = armedTime
		rows = append(rows, r)
	}
	return rows
}
