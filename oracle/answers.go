package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/dialect"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleAnswerMissing = newRule(clause("wscheck/answer-missing", Must, bindsBoth,
		"answer each message that its dialect has an answer to."))
	ruleAnswerWrong = newRule(clause("wscheck/answer-wrong", MustNot, bindsBoth,
		"report that it does not understand a message that its dialect has."))
)

// Bounds of what an [answers] keeps.
const (
	maxAnswer    = 1 << 20  // octets of a message of ours or of the peer's
	maxAnswerTry = 64       // of the questions that a message is held against in any case
	maxAnswerFar = 1 << 24  // octets of messages that are held against questions beyond those, in all
	keptStream   = 64 << 10 // octets of a stream in which an answer is looked for
	keptBuffer   = 2 << 20  // octets of a buffer that the next conversation has
	maxPending   = 1 << 12  // questions
	maxFillings  = 1 << 20  // octets of all their fillings
)

// answers compares what the peer sends with what it was asked in a dialect that has
// exchanges. In every dialect but the echo it knows whether we sent any message,
// and whether one that the dialect does not have.
type answers struct {
	speech *dialect.Speech
	ours   []byte // our message under way, what is kept of it
	theirs []byte // the peer's, or the end of its stream
	kept   []byte // fillings of the questions in the queue
	queue  []question
	answersState
}

type answersState struct {
	said       bool // we began a message
	foreign    bool // one that the dialect does not have: what the peer does about it is its own business
	incomplete bool // what was answered is not known any more

	op, theirOp wsproto.Opcode
	underWay    bool // our message is not complete
	wrong       bool // while it was not, the peer reported that it did not understand us
	wrongAt     int64
	wrongGot    string
	long        bool // more octets of our message are not kept
	theirLong   bool
	several     bool // the message of the peer's may hold another answer
	opaque      bool
	begin, end  int64 // our offsets of the message, and after it

	hears    int // what makes the connection ready: up to this remark
	answered int // answers, and remarks that were heard
	fillings int // octets
	far      int // octets of messages that were held against questions beyond the first ones
	overdue  int // questions for which the peer has had its chance
}

// question is a message of ours that is to be answered.
type question struct {
	exchange *dialect.Exchange
	values   dialect.Values
	end      int64 // our offset after it
}

func (a *answers) reset(d *Dialect, role wsproto.Role) {
	a.speech = nil
	if d != nil {
		a.speech = d.Of(role)
	}
	a.queue, a.answersState = a.queue[:0], answersState{}
	for _, b := range []*[]byte{&a.ours, &a.theirs, &a.kept} {
		if *b = (*b)[:0]; cap(*b) > keptBuffer {
			*b = nil
		}
	}
}

// push begins a message of ours.
func (a *answers) push(it *wsproto.Item) {
	a.said = true
	a.op, a.begin = it.Header.Opcode, it.FrameOffset
	a.ours, a.long, a.opaque, a.underWay = a.ours[:0], false, false, true
}

// append adds octets to our message.
func (a *answers) append(b []byte) {
	if a.speech == nil {
		return
	}
	n := min(len(b), maxAnswer-len(a.ours))
	a.ours = appendDoubling(a.ours, b[:n])
	a.long = a.long || n < len(b)
}

// appendDoubling is append with twice the room where there is not enough, since long
// messages come in many small pieces.
func appendDoubling(dst, b []byte) []byte {
	if need := len(dst) + len(b); need > cap(dst) {
		dst = slices.Grow(dst, max(len(b), cap(dst)))
	}
	return append(dst, b...)
}

// complete ends our message at that offset.
func (a *answers) complete(j *Judge, end int64) {
	a.underWay, a.end = false, end
	if a.speech == nil || a.foreign {
		return
	}
	if a.foreign = a.opaque || !a.ask(j, end); a.foreign {
		a.overdue = 0
	} else if a.wrong {
		j.report(ruleAnswerWrong, a.wrongAt, wantAnswer, a.wrongGot)
	}
}

// unknownSoFar reports whether the dialect has no message that begins as ours does,
// which is not complete.
func (a *answers) unknownSoFar() bool {
	if !a.underWay || a.opaque {
		return a.underWay
	}
	return !a.begins(a.op, a.ours)
}

// begins reports whether the dialect has a message of ours that begins so.
func (a *answers) begins(op wsproto.Opcode, octets []byte) bool {
	s := a.speech
	for i := range s.Exchanges {
		if s.Exchanges[i].Ask.Begins(op, octets) {
			return true
		}
	}
	for i := range s.Fillers {
		if s.Fillers[i].Begins(op, octets) {
			return true
		}
	}
	for i := range s.Ready {
		if r := &s.Ready[i]; !r.Heard && r.Begins(op, octets) {
			return true
		}
	}
	return false
}

// headerForeign reports whether a header of ours that is not complete shows that the
// dialect does not have the message.
func (j *Judge) headerForeign() bool {
	pending := j.ours.in.parser.Pending()
	if len(pending) == 0 {
		return false
	}
	op := wsproto.Opcode(pending[0] & 0xf)
	if op != wsproto.OpText && op != wsproto.OpBinary {
		return false
	}
	return j.answers.speech == nil || !j.answers.begins(op, nil)
}

const wantAnswer = "the answer to what it was asked"

// ask finds out which message of the dialect ours is, and reports whether it is
// one.
func (a *answers) ask(j *Judge, end int64) bool {
	s := a.speech
	if s.Stream && len(a.ours) == 0 && a.op == s.Exchanges[0].Ask.Opcode {
		return true // of the stream it is nothing
	}
	for i := range s.Exchanges {
		x := &s.Exchanges[i]
		if a.long {
			break
		}
		v, ok := x.Ask.Read(a.op, a.ours)
		if !ok {
			continue
		}
		v.Filling = a.keep(x, v.Filling)
		a.fillings += len(v.Filling)
		if len(a.queue) == maxPending || a.fillings > maxFillings {
			a.incomplete, a.queue, a.overdue = true, a.queue[:0], 0
		}
		if !a.incomplete {
			a.queue = append(a.queue, question{exchange: x, values: v, end: end})
		}
		j.exercise(ruleAnswerMissing, ruleAnswerWrong)
		return true
	}
	for i := range s.Fillers {
		if _, ok := s.Fillers[i].Read(a.op, a.ours); ok && !a.long || a.long && s.Fillers[i].Fills() && s.Fillers[i].Begins(a.op, a.ours) {
			j.exercise(ruleAnswerWrong)
			return true
		}
	}
	for i := range s.Ready {
		if r := &s.Ready[i]; !r.Heard && !a.long {
			if _, ok := r.Read(a.op, a.ours); ok {
				return true
			}
		}
	}
	return false
}

// keep returns the filling of a question for as long as the question waits, nil where
// nothing that the peer says depends on it.
func (a *answers) keep(x *dialect.Exchange, filling []byte) []byte {
	if !x.Answer.Quotes() && !slices.ContainsFunc(a.speech.Wrong, func(m dialect.Message) bool { return m.Quotes() }) {
		return nil
	}
	switch {
	case len(a.queue) == 0:
		a.kept = a.kept[:0]
	case len(a.kept)+len(filling) > 2*maxFillings:
		a.kept = nil
	}
	n := len(a.kept)
	a.kept = append(a.kept, filling...)
	return a.kept[n:len(a.kept):len(a.kept)]
}

// obscure notes that the content of our message is not known.
func (j *Judge) obscure() {
	j.echo.obscure()
	j.answers.opaque = true
}

// theirBegin begins a message of the peer.
func (a *answers) theirBegin(op wsproto.Opcode) {
	a.theirOp, a.theirLong = op, false
	if a.speech != nil && !a.speech.Stream {
		a.theirs = a.theirs[:0]
	}
}

// theirAppend adds octets to the peer's message.
func (a *answers) theirAppend(b []byte) {
	if a.speech == nil {
		return
	}
	if a.speech.Stream {
		a.theirs = append(a.theirs, b...)
		if n := len(a.theirs) - 2*keptStream; n > 0 {
			a.theirs = a.theirs[:copy(a.theirs, a.theirs[n+keptStream:])]
			a.incomplete = a.incomplete || len(b) > keptStream
		}
		return
	}
	n := min(len(b), maxAnswer-len(a.theirs))
	a.theirs = appendDoubling(a.theirs, b[:n])
	a.theirLong = a.theirLong || n < len(b)
}

// theirEnd ends the peer's message, whose frames began at that offset.
func (a *answers) theirEnd(j *Judge, offset int64, opaque bool) {
	if a.speech == nil {
		return
	}
	if opaque || a.theirLong {
		// It may be the answer to anything.
		a.incomplete, a.queue, a.overdue = true, a.queue[:0], 0
		return
	}
	taken := 0
	for a.take(j, offset) {
		if taken++; !a.speech.Stream && !a.several {
			return
		}
	}
	if taken == 0 || a.speech.Stream {
		a.complaint(j, offset)
	}
	if taken == 0 && a.givesBackBadText(j) {
		j.hasRead(a.end, offset, "an echo")
	}
}

// givesBackBadText reports whether the peer's message is our last one, and not UTF-8: it has taken that,
// whatever its dialect. Of other messages the same may be an accident.
func (a *answers) givesBackBadText(j *Judge) bool {
	return !a.speech.Stream && !a.underWay && !a.opaque && !a.long && a.theirOp == a.op && bytes.Equal(a.theirs, a.ours) &&
		slices.ContainsFunc(j.ours.faults, func(f fault) bool { return f.rule == ruleUTF8Fail && f.wait == waitNone && f.hard == a.end })
}

// fits returns where a message of the dialect ends in what the peer sent, -1 where
// it is not there.
func (a *answers) fits(m *dialect.Message, v *dialect.Values) int {
	if m.Opcode != wsproto.OpContinuation && m.Opcode != a.theirOp {
		return -1
	}
	return m.Find(a.theirs, v, a.speech.Stream)
}

// take looks for the remark that is to be heard next, and for the first answer to
// a question. It reports whether it found one. A peer may put several answers into
// one message, where each shows which question it answers.
func (a *answers) take(j *Judge, offset int64) bool {
	for a.hears < len(a.speech.Ready) && !a.speech.Ready[a.hears].Heard {
		a.hears++
	}
	a.several = false
	if a.hears < len(a.speech.Ready) {
		if n := a.fits(&a.speech.Ready[a.hears].Message, new(dialect.Values)); n >= 0 {
			a.hears++
			a.consume(n)
			return true
		}
	}
	found, end := -1, 0
	for i := range a.queue {
		if i >= maxAnswerTry {
			if found >= 0 {
				break
			}
			if a.far += 1 + len(a.theirs); a.far > maxAnswerFar {
				a.incomplete, a.queue, a.overdue = true, a.queue[:0], 0 // it may be the answer to one of those
				return false
			}
		}
		q := &a.queue[i]
		if n := a.fits(&q.exchange.Answer, &q.values); n >= 0 && (found < 0 || n < end) {
			found, end = i, n
			if !a.speech.Stream {
				break
			}
		}
	}
	if found < 0 {
		return false
	}
	q := a.queue[found]
	a.fillings -= len(q.values.Filling)
	a.queue = append(a.queue[:found], a.queue[found+1:]...)
	a.overdue = max(0, a.overdue-1)
	a.consume(end)
	a.several = q.exchange.Answer.Unique()
	if !a.foreign && q.exchange.Answer.Unique() {
		j.hasRead(q.end, offset, "an answer")
	}
	return true
}

// consume counts an answer, and forgets the stream up to its end.
func (a *answers) consume(end int) {
	a.answered++
	if a.speech.Stream {
		a.theirs = a.theirs[:copy(a.theirs, a.theirs[end:])]
	}
}

// complaint looks for a report of the peer's that it did not understand us.
func (a *answers) complaint(j *Judge, offset int64) {
	if a.foreign || j.ours.first() != nil || j.sentEarly {
		return
	}
	for i := range a.speech.Wrong {
		m := &a.speech.Wrong[i]
		if !m.Unique() {
			a.complains(j, m, new(dialect.Values), offset)
			continue
		}
		for k := range a.queue[:min(len(a.queue), maxAnswerTry)] {
			a.complains(j, m, &a.queue[k].values, offset)
		}
	}
}

func (a *answers) complains(j *Judge, m *dialect.Message, v *dialect.Values, offset int64) {
	if a.wrong || a.fits(m, v) < 0 {
		return
	}
	a.wrong, a.wrongAt = true, offset
	a.wrongGot = wsproto.NewFrame(a.theirOp, true, a.theirs[:min(len(a.theirs), shown)]).String()
	if !a.underWay {
		j.report(ruleAnswerWrong, offset, wantAnswer, a.wrongGot)
	}
}

// chance holds it against the peer that it has not answered.
func (a *answers) chance(j *Judge) {
	if a.overdue = 0; a.ready() && !a.foreign && !a.wrong && !a.incomplete && j.ours.first() == nil {
		a.overdue = len(a.queue)
	}
}

// ready reports whether all was heard that makes the connection ready.
func (a *answers) ready() bool {
	if a.speech == nil {
		return true
	}
	for _, r := range a.speech.Ready[min(a.hears, len(a.speech.Ready)):] {
		if r.Heard {
			return false
		}
	}
	return true
}

// missing adds the answers that never came.
func (a *answers) missing(add func(r rule, want, got string)) {
	if a.overdue > 0 && len(a.queue) > 0 {
		q := &a.queue[0]
		add(ruleAnswerMissing, q.exchange.Answer.Show(&q.values), fmt.Sprintf("%d messages without an answer", a.overdue))
	}
}

// waiting reports whether there are questions that were not answered.
func (a *answers) waiting() bool { return len(a.queue) > 0 && !a.foreign && !a.incomplete }

// Answers returns how often the peer has said what the dialect has it say: the
// remarks that make a connection ready, and the answers to our questions.
func (j *Judge) Answers() int { return j.answers.answered }

// Foreign reports whether we sent a message that the dialect does not have, so that
// what the peer does about it is its own business.
func (j *Judge) Foreign() bool {
	return j.answers.said && (j.answers.speech == nil || j.answers.foreign)
}

// stays reports whether a peer that ends the connection, while nothing is wrong,
// has no reasons of its own.
func (j *Judge) stays() bool {
	switch d := j.opt.Dialect; {
	case j.opt.Leaves:
		return false
	case d.Echoes():
		return j.opt.Stay
	case j.headerForeign():
		return false
	case j.answers.speech == nil:
		return !j.answers.said
	}
	return !j.answers.foreign && !j.answers.unknownSoFar()
}

// mayLeave reports whether the peer, of a dialect other than the echo, may end
// the connection in this way for reasons of its own.
func (j *Judge) mayLeave() bool {
	if j.opt.Dialect.Echoes() {
		return false
	}
	code := j.theirs.code
	complains := j.theirs.closed && (code.Code == wsproto.CloseProtocolError || code.Code == wsproto.CloseInvalidPayload)
	switch {
	case !j.stays():
		return true
	case j.answers.speech == nil:
		// A complaint where there was nothing but control frames.
		return !complains || j.slowly()
	}
	return j.theirs.closed && (!code.HasCode || j.answers.speech.Owns(code.Code)) && !complains || j.slowly()
}

// undecidable is why nothing can be said of a conversation that the peer ended.
const undecidable = "not decidable without an exchange: the peer ended the connection, which it may for reasons of its own"

// Dialect says what a peer does with the messages that it is sent. It is plain
// data with a text form, see [ParseDialect]. Two dialects have no text:
// [DialectEcho] and [DialectNone].
type Dialect = dialect.Dialect

// DialectEcho is the dialect of a peer that sends each message back, as it is and
// in order. DialectNone is that of a peer about which nothing is known: it may send
// anything at any time, answer or not, and close for reasons of its own.
var (
	DialectEcho = dialect.Echo
	DialectNone = dialect.None
)

// ParseDialect reads the text form of a dialect, as its String method writes it. As
// in scripts, blanks, empty lines and comments count for nothing, and a line that
// begins with a literal continues the line before. An error is a [*SyntaxError].
//
//	wscheck dialect 1
//	dialect "nats"
//	as client
//	stream
//	hear "INFO " any "\r\n"
//	say BINARY "CONNECT {\"verbose\":false}\r\n"
//	ask BINARY "PING\r\n"
//	answer "PONG\r\n"
//	filler BINARY "PUB wscheck " size "\r\n" octets "\r\n"
//	wrong "-ERR " any
//	close 1008
func ParseDialect(text string) (*Dialect, error) { return dialect.Parse(text) }
