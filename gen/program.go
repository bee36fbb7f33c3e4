package gen

import (
	"math"
	"sync"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// A program is the binary form of a script: two octets for how the conversation
// begins and ends, and then four for each step. Octets that are missing are zero,
// which is the plainest choice everywhere, and choices are by table and modulo
// its length: every program is a script, and an octet changes one step, or the
// opening handshake, or the end.
//
//	octet 0  bits 0 and 1: the end, by the table ends
//	         bits 2 to 7: the extensions
//	octet 1  the opening handshake
//
// Of a step:
//
//	kind     bits 0 to 3: by the table kinds; the rest of the octet is for steps
//	         that write: bits 4 to 6: the pieces, by the table chops;
//	         bit 7: by itself
//	head     of a frame: the first octet of its header as on the wire: FIN, RSV,
//	         opcode
//	size     bits 0 to 4: the size, by the table sizes, or what the header
//	         declares instead, by the table lengths; bits 5 to 7: the form of the
//	         length and the mask, by the table ways
//	content  the payload, by the table contents
//
// The decoder says what head and size mean for steps other than frames.
const (
	openingOctets = 2
	stepOctets    = 4
)

// maxSteps bounds a script; what a program has beyond is not read. The octets of
// a step are bounded by the tables.
const maxSteps = 64

// kind is what a step of a program is.
type kind uint8

const (
	kindFrame   kind = iota // any, with a payload of a certain size
	kindPlain               // the same without reserved bits, which most octets have
	kindLiteral             // any, with a payload of the table as it is
	kindControl             // a ping or a pong that is right
	kindMessage             // one that is right, half of the time at least
	kindEcho
	kindData
	kindRaw
	kindClose
	kindAwait
	kindPause
	kindLeave
)

// kinds are the steps by the low bits of their first octet. What can be wrong in
// most ways has most of the room, and what cannot be wrong comes next: a
// conversation that is wrong from the beginning shows little.
var kinds = [16]kind{
	kindFrame, kindPlain, kindPlain, kindLiteral, kindLiteral, kindControl, kindMessage, kindMessage,
	kindMessage, kindEcho, kindData, kindRaw, kindClose, kindAwait, kindPause, kindLeave,
}

// sizes are those around which implementations change their ways.
var sizes = [32]int{
	0, 1, 2, 3, 4, 5, 7, 8, 13, 16, 64, 100, 123, 124, 125, 126,
	127, 128, 129, 255, 256, 1000, 1024, 4095, 4096, 4097, 16384, 32768, 65534, 65535, 65536, 65537,
}

// maxSize is the last of them.
const maxSize = 65537

// Steps from this one on have payloads of shortSize at most, which is one of sizes:
// an engine that works on programs makes them long, and each long payload takes as
// much time as many steps.
const (
	longSteps = 8
	shortSize = 4097
)

// cuts are the numbers of cuts in a message.
var cuts = func() (all [64]int) {
	for i := range all {
		all[i] = i
	}
	copy(all[56:], []int{70, 100, 127, 128, 200, 255, 256, 299})
	return all
}()

// numBursts is the number of octets of the last kind of content of a raw step.
const numBursts = 6

// bursts are hundreds of frames in one write, by the role that sends them: pings
// alone, and fragments with pings among them.
var bursts = [2]func() [][]byte{
	wsproto.Client: sync.OnceValue(func() [][]byte { return burstsOf(wsproto.Client) }),
	wsproto.Server: sync.OnceValue(func() [][]byte { return burstsOf(wsproto.Server) }),
}

func burstsOf(role wsproto.Role) [][]byte {
	var all [][]byte
	for _, n := range []int{100, 257, 400} {
		all = append(all, burst(role, n, pingsAlone), burst(role, n, fragmentsOfOne))
	}
	return all
}

// lengths are what a header declares of a payload of n octets: what it has, a
// little more or less, or a length of its own.
var lengths = [32]func(n uint64) uint64{
	0: func(n uint64) uint64 { return n },
	1: func(n uint64) uint64 { return n + 1 }, 2: func(n uint64) uint64 { return max(n, 1) - 1 },
	3: func(n uint64) uint64 { return n + 5 }, 4: func(n uint64) uint64 { return 2 * n },
	5: func(n uint64) uint64 { return n / 2 }, 6: func(n uint64) uint64 { return n | 1<<63 },
	7: func(n uint64) uint64 { return n | 1<<32 }, 8: func(n uint64) uint64 { return n | 1<<16 },
	9: exactly(0), 10: exactly(1), 11: exactly(2), 12: exactly(10), 13: exactly(125), 14: exactly(126), 15: exactly(127), 16: exactly(1000),
	17: exactly(65535), 18: exactly(65536), 19: exactly(1 << 20), 20: exactly(1 << 27), 21: exactly(math.MaxInt32), 22: exactly(1 << 31),
	23: exactly(math.MaxUint32), 24: exactly(1 << 32), 25: exactly(1 << 40), 26: exactly(1 << 62), 27: exactly(math.MaxInt64),
	28: exactly(math.MaxInt64 - 13), 29: exactly(1 << 63), 30: exactly(math.MaxUint64), 31: exactly(math.MaxUint64 - 13),
}

func exactly(n uint64) func(uint64) uint64 { return func(uint64) uint64 { return n } }

// way is how a header is written.
type way struct {
	form    wsproto.LengthForm
	masking oracle.Masking
	against bool // masked, or not, against the rule for our role
	key     [4]byte
}

var ways = [8]way{
	{}, {form: wsproto.Form16}, {form: wsproto.Form64}, {against: true},
	{masking: oracle.MaskKey}, {masking: oracle.MaskKey, key: [4]byte{0x81, 0x05, 'H', 'e'}},
	{form: wsproto.Form16, against: true}, {form: wsproto.Form64, against: true},
}

func (w *way) maskingOf(role wsproto.Role) oracle.Masking {
	switch {
	case !w.against:
		return w.masking
	case role == wsproto.Server:
		return oracle.MaskAlways
	}
	return oracle.MaskNever
}

// chops are the sizes of the pieces in which a step is written; 0 is all at
// once.
var chops = [8]int{0, 0, 0, 0, 1, 2, 7, 64}

// maxPieces bounds the pieces of a step.
const maxPieces = 64

var ends = [4]oracle.End{oracle.EndClose, oracle.EndAwait, oracle.EndNone, oracle.EndClose}

// pauses are the lengths of waits.
var pauses = [4]time.Duration{pause, patience / 2, patience, 2 * patience}

// waits are the kinds of pause, and what else is about time.
var waits = [8]oracle.StepKind{
	oracle.StepWait, oracle.StepWait, oracle.StepCloseAfter, oracle.StepFailAfter,
	oracle.StepStopReading, oracle.StepGoOnReading, oracle.StepPongs, oracle.StepWait,
}

// leavings are the ways to end a connection.
var leavings = [3]oracle.StepKind{oracle.StepShutdown, oracle.StepReset, oracle.StepDrop}

// awaits is the number of things that can be awaited.
const awaits = int(oracle.AwaitEnd) + 1

// maxCount is the most that is awaited, or sent by one step.
const maxCount = 16

// codes are those of close frames; -1 is for none.
var codes = func() []int {
	all := []int{-1}
	for _, code := range goodCodes {
		all = append(all, int(code))
	}
	for _, code := range badCodes {
		all = append(all, int(code))
	}
	return all
}()

// maxReason is the room for a reason in a close frame (RFC 6455 5.5).
const maxReason = maxControl - 2

// contents are the payloads of a program, which are shared by all scripts that
// are made of it.
var contents = sync.OnceValue(func() [][]byte {
	var all [][]byte
	for _, table := range [][]string{units, binaries, stumps} {
		for _, s := range table {
			all = append(all, []byte(s))
		}
	}
	for _, f := range flaws {
		all = append(all, []byte(f.octets), []byte("abc"+f.octets+"yz"), []byte(letters(64)+f.octets))
	}
	for _, code := range codes[1:] {
		all = append(all, wsproto.AppendClose(nil, wsproto.CloseCode(code), ""))
	}
	for _, reason := range []string{"so long", "\xff", "abc\xe2\x82", letters(123), letters(124)} {
		all = append(all, wsproto.AppendClose(nil, wsproto.CloseNormal, reason))
	}
	for _, table := range [][]deflated{rightPayloads(), damagedPayloads(), flawedTexts(), looseEnds(), overruns()} {
		for i := range table {
			all = append(all, table[i].payload)
		}
	}
	for bits := range 4 {
		all = append(all, temptations()[8+bits])
	}
	all = append(all, rubbish...)
	if len(all) > 256-numBursts {
		panic("gen: an octet cannot number all contents and bursts")
	}
	return all
})

// texts are the contents of messages that are right, as text or as binary.
var texts = sync.OnceValue(func() [][]byte { return contents()[:len(units)] })

// beginnings are the opening handshakes of programs of our side in a role: each
// of the tables once, and some that differ in how they are written.
var beginnings = [2]func() []oracle.Handshake{
	wsproto.Client: sync.OnceValue(func() []oracle.Handshake { return beginningsOf(requests(), laters()) }),
	wsproto.Server: sync.OnceValue(func() []oracle.Handshake { return beginningsOf(responses(), nil) }),
}

func beginningsOf(v *variants, more []opening) []oracle.Handshake {
	all := []oracle.Handshake{{}, {Chop: 1}, {Chop: 7}, {Chop: 64}, {WithFrames: true}, {WithFrames: true, Chop: 1}}
	for _, o := range v.distinct(1 + 256 - len(all) - len(more))[1:] { // the first is plain
		all = append(all, o.Handshake)
	}
	for i := range more {
		all = append(all, more[i].Handshake)
	}
	return all
}

// agreements are the extensions of programs, by role.
var agreements = [2]func() []*opening{
	wsproto.Client: sync.OnceValue(func() []*opening { return offers().distinct(64) }),
	wsproto.Server: sync.OnceValue(func() []*opening { return answers().distinct(64) }),
}
