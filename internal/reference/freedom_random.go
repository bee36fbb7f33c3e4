package reference

import (
	"math/rand/v2"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// freedomStream tells the generator of Freedoms from others of the same seed.
const freedomStream = 0x6672656564

// Freedoms draws an endpoint's freedom at random. The same seed, other than 0,
// gives the same one, and with it an endpoint whose octets repeat; 0 gives the
// zero value but for what it draws. About one liberty in four is taken, so that
// each shows both alone and with others.
//
// All of it is legal by the RFCs. CloseAfter alone is against what the testee is
// told to do, which is to leave the closing to the other side: clear it where
// that is judged too.
func Freedoms(seed uint64) Freedom {
	d := draw{rand.New(rand.NewPCG(seed, freedomStream))}
	f := Freedom{
		Seed:         seed,
		ReadSize:     d.from(1, 2, 3, 5, 7, 64, 1000),
		UTF8:         UTF8Check(d.from(int(UTF8AtFrame), int(UTF8AtMessage))),
		Chop:         d.from(1, 2, 3, 5, 13, 125, 1000),
		Apart:        d.seldom(),
		Fragment:     d.from(1, 2, 3, 7, 64, 125, 126, 127, 1000, 65535, 65536),
		EmptyFirst:   d.seldom(),
		EmptyBetween: d.seldom(),
		EmptyLast:    d.seldom(),
		Pongs:        PongTiming(d.from(int(PongLate), int(PongLatest))),
		CloseReply:   CloseReply(d.from(int(ReplyWhole), int(ReplyNormal), int(ReplyEmpty))),
		FailSilently: d.seldom(),
		HalfClose:    d.seldom(),
		CloseAtOnce:  d.seldom(),
		Compression:  Compression(d.from(int(CompressSome), int(CompressNone))),
		LooseDeflate: d.seldom(),
		Opening: OpeningFreedom{
			Case:        FieldCase(d.from(int(CaseLower), int(CaseUpper), int(CaseMixed))),
			TokenCase:   FieldCase(d.from(int(CaseLower), int(CaseUpper), int(CaseMixed))),
			Shuffle:     d.seldom(),
			Space:       Space(d.from(int(SpaceNone), int(SpaceWide))),
			Tokens:      d.seldom(),
			Extra:       d.from(1, 2, 5, 20),
			OtherReason: d.seldom(),
			NoReason:    d.seldom(),
			WithFrame:   d.seldom(),
			Greeting:    d.seldom(),
		},
	}
	for _, place := range []Noise{PingBefore, PongBefore, PingBetween, PongBetween, PingAfter, PongAfter} {
		if d.seldom() {
			f.Noise |= place
		}
	}
	if f.CloseAfter = d.from(1, 2, 3, 10); f.CloseAfter > 0 {
		f.CloseCode = closeCodes[d.IntN(len(closeCodes))]
		if f.CloseCode != 0 && d.seldom() {
			f.CloseReason = "adieu, \u00e0 bient\u00f4t"
		}
	}
	f.Opening.Ping = d.seldom()
	f.Writer = d.seldom()
	f.WritePause = time.Duration(d.from(1, 7, 50)) * time.Millisecond
	f.PingEvery = time.Duration(d.from(1, 3, 20)) * time.Second
	f.Lazy = time.Duration(d.from(1, 20, 300)) * time.Millisecond
	return f
}

// closeCodes are those with which an endpoint of either role may close for
// reasons of its own; 0 stands for none.
var closeCodes = []wsproto.CloseCode{
	0, wsproto.CloseNormal, wsproto.CloseGoingAway, wsproto.CloseUnsupported, wsproto.ClosePolicy,
	wsproto.CloseInternal, wsproto.CloseServiceRestart, wsproto.CloseTryAgainLater, 3000, 3999, 4000, 4999,
}

// draw takes liberties.
type draw struct{ *rand.Rand }

// seldom returns true once in four times.
func (d draw) seldom() bool { return d.IntN(4) == 0 }

// from returns one of the values once in four times, and otherwise 0.
func (d draw) from(values ...int) int {
	if !d.seldom() {
		return 0
	}
	return values[d.IntN(len(values))]
}
