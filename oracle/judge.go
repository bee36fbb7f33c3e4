package oracle

import (
	"cmp"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/marker"
	"github.com/wscheck/wscheck/wsproto"
)

// Options say what the judge may assume about the peer. The zero
// value assumes nothing but the RFCs.
type Options struct {
	// Echo: the peer sends each message that it gets back, as it is and in
	// order, until one of the two sides begins to close.
	Echo bool

	// Stay: the peer neither closes nor drops the connection by itself while we
	// do nothing wrong. The RFC lets it do so at any time, which leaves a
	// conversation Inconclusive.
	Stay bool

	// Leaves: the peer was asked to close, and may do so at any time.
	Leaves bool

	// Dialect says what the peer does with messages, and takes the place of Echo
	// where it is not nil. But for an echo, Stay does not count then.
	Dialect *Dialect

	// Authority is the host and the port, if there is one, of the URL that the
	// peer, a client, was given, and Target its path and query; "" where they are
	// not known. Without Target the peer may have a URL of its own, and Authority counts
	// where the peer names that host.
	Authority, Target string

	// Carrier is what carries the stream.
	Carrier Carrier

	// Captured: the trace is that of somebody who was not part of the conversation. Of
	// HTTP/2 it has the frames of one stream and of the connection: what the window of the
	// connection has room for is not known, nor why a peer ends it.
	Captured bool

	// Relayed: there may be a proxy between us and the peer, which ends both directions of the
	// connection once one has ended (RFC 9110 9.3.6).
	Relayed bool

	// Patience is how long after our last octet an [EventTimer] proves that
	// the peer has had its chance; 0 means [DefaultPatience]. It plays no part
	// where the engine knows that the peer is quiet.
	Patience time.Duration
}

// DefaultPatience is the patience of a zero [Options].
const DefaultPatience = time.Second

// Judge reads a conversation, event by event, and says which clauses the peer
// kept, bent and broke. It keeps no octets of the conversation but those whose
// echo is still to come. It may be used again after Reset, and then takes
// hardly any memory.
//
// While we do not read, from an [EventStoppedReading] to an [EventReading], no silence
// of the peer's counts, and after a long while it may have ended the connection: no
// RFC has it wait for us.
//
// That the peer did not do something is held against it only once it has had
// its chance: at an [EventQuiet], or at an [EventTimer] after Options.Patience.
// The finding's Basis says so, since neither proves that it never does.
type Judge struct {
	role wsproto.Role
	opt  Options

	opening opening
	ours    ours
	theirs  theirs
	echo    echo
	strays  marker.Finder
	answers answers
	http2   http2

	progress
}

// progress is what a judge knows of a conversation apart from its streams.
type progress struct {
	event int // index of the event under way
	at    time.Duration
	phase phase
	ext   extensions

	known views // what the peer may have read of ours
	due   closing
	over  bool // the peer has closed its direction, or we have ended it all
	reset bool // by the peer

	toleratedFault bool // the peer was seen to take a fault

	// The only sign of that is a pong that came before the peer may have inflated the
	// message, or looked at its text.
	inflates bool
	inflated bool // it has had its chance to, since

	early     bool // the peer was the first to close, for reasons of its own
	lossy     bool // a reset may have destroyed what the peer sent last
	flooded   bool // the peer has more messages of its own than we read
	sentEarly bool // we sent frames before the response: the peer owes nothing for them, or for what follows

	sentAt  time.Duration // our last octets left
	readAt  time.Duration // the peer showed the last time that it had read more of ours, or sent more of what it owes
	heardAt time.Duration // the peer's last octets came
	frameAt time.Duration // the octets came before those of the frame that is under way
	hearing bool          // octets of the peer's are looked at
	working bool          // the patience was over, and the peer had shown meanwhile that it reads on
	unread  bool          // the peer did not read our octets in time
	unsent  bool          // our last ones had not all left for a second and more
	silence Basis         // how the peer had its chance the last time
	quietAt time.Duration // the last EventQuiet

	handedAt time.Duration // our last octets were handed over
	shownAt  time.Duration // the same of those before, all of which the peer had shown to have read

	paused      bool          // we do not read
	pausedSince time.Duration // when that began
	resumedAt   time.Duration // when it ended; 0: it never began
	stalled     bool          // we have not read for so long that a peer may have given up
	burden      bool          // we have sent so much meanwhile that a peer may not keep the answers
	pausedPings int           // our pings before that
	pausedSent  int           // octets that we have sent while we did not read

	declined   bool // the peer accepted none of our valid permessage-deflate offers
	incomplete bool // octets are missing from the events

	unlike  comparison
	conduct conduct

	findings  []Finding
	reported  ruleSet
	exercised ruleSet
	reached   stateSet
}

// phase is how far a conversation has come.
type phase uint8

const (
	phaseOpening  phase = iota
	phaseOpen           // frames
	phaseRefused        // the handshake ended with HTTP
	phaseMustFail       // our response was wrong, and the client has to close
	phaseUnknown        // what follows cannot be judged
)

// NewJudge returns a judge of a conversation in which we play the given role.
func NewJudge(role wsproto.Role, o Options) *Judge {
	j := new(Judge)
	j.Reset(role, o)
	return j
}

// JudgeTrace judges a whole conversation.
func JudgeTrace(t *Trace, o Options) Verdict {
	o.Carrier = t.Carrier
	j := NewJudge(t.Role, o)
	for i := range t.Events {
		j.Feed(&t.Events[i])
	}
	return j.Verdict()
}

// Reset makes the judge ready for another conversation. It keeps the memory
// that it has.
func (j *Judge) Reset(role wsproto.Role, o Options) {
	o.Patience = cmp.Or(o.Patience, DefaultPatience)
	if o.Dialect != nil {
		o.Echo = o.Dialect.Echoes()
	}
	j.role, j.opt = role, o
	j.progress = progress{event: -1, known: viewClean, unlike: comparison{with: noRule}}
	j.opening.reset()
	j.opening.memo.over(o.Carrier)
	j.http2.reset()
	j.ours.reset(j)
	j.theirs.reset(j)
	j.echo.reset()
	j.strays.Reset()
	j.answers.reset(o.Dialect, role)
	j.reached.add(stateOpening)
}

// Feed judges the next event. The judge keeps nothing of ev.
func (j *Judge) Feed(ev *Event) {
	j.event++
	j.at = ev.At
	switch ev.Kind {
	case EventSent:
		j.sent(ev)
	case EventReceived:
		j.received(ev)
	case EventStoppedReading:
		j.paused, j.pausedSince = true, ev.At
		j.pausedPings, j.pausedSent = j.ours.pings.count, 0
		j.reached.add(stateStalled)
	case EventReading:
		j.hear()
	case EventQuiet:
		if j.paused {
			break
		}
		j.quietAt = ev.At
		j.ours.markIdle()
		j.chance(Quiet)
	case EventTimer:
		switch patience := j.opt.Patience; {
		case j.paused || ev.At-j.sentAt < patience:
		case ev.At-j.readAt >= patience && !(j.reported.has(ruleEchoContent) && ev.At-j.heardAt < patience):
			// Where the echo is wrong, what comes does not show how far the peer has read.
			j.chance(Waited)
		default:
			j.working = true
		}
	case EventWritten:
		j.sentAt, j.unsent = ev.At, false
	case EventSendFailed:
		j.unread, j.unsent = ev.Tag == Unread, j.unsent || ev.Tag == Unsent
	case EventFrameSent:
		j.frameSent(ev)
	case EventFrameReceived:
		j.frameReceived(ev)
	case EventSentEOF:
		j.ours.eof, j.ours.eofWaited = true, j.theirs.closed
	case EventReceivedEOF:
		j.dropped(stateDropped)
	case EventReceivedReset:
		// Over HTTP/2 who ends one WebSocket keeps the connection, which loses nothing.
		j.reset, j.lossy = true, ev.Tag != "" && j.opt.Carrier == HTTP1
		j.dropped(stateReset)
	case EventClosed, EventSentReset:
		if !j.inflated {
			j.failsLate()
		}
		j.over = true
	case EventPeerDied, EventPeerHung, EventPeerBloated, EventPeerToiled, EventPeerKept, EventPeerMixed, EventKeyAgain, EventMaskWeak, EventOverflow:
		j.judgeConduct(ev)
	}
}

// hear is called when we read again: what the peer owed us meanwhile is due from
// now on.
func (j *Judge) hear() {
	if j.paused {
		j.stalled = j.stalled || j.at-j.pausedSince >= DefaultPatience
		j.burden = j.burdened()
		j.paused, j.sentAt, j.resumedAt = false, j.at, j.at
	}
}

func (j *Judge) sent(ev *Event) {
	if len(ev.Data) == 0 {
		return
	}
	j.settleFailing()
	j.due.mute = false
	if j.allRead() {
		j.shownAt = j.handedAt
	}
	j.sentAt, j.handedAt, j.unsent = ev.At, ev.At, false
	if j.paused {
		j.pausedSent += len(ev.Data)
	}
	if !j.incomplete {
		switch j.phase {
		case phaseOpening:
			j.openingSent(ev.Data, ev.Sync)
		case phaseOpen:
			j.ours.feed(ev.Data)
		case phaseRefused:
			if o := &j.opening; j.role == wsproto.Client && o.answer.Persists() {
				o.pieces = o.pieces || ev.Sync
				o.sent = append(o.sent, ev.Data...)
				j.sentNext()
			}
		}
	}
	j.incomplete = j.incomplete || ev.Elided()
}

func (j *Judge) received(ev *Event) {
	data := ev.Data
	if ev.At > j.heardAt && j.theirs.in.betweenFrames() {
		j.frameAt = j.heardAt
	}
	j.hearing = true
	if !j.incomplete {
		switch j.phase {
		case phaseOpening:
			j.openingReceived(data)
		case phaseOpen:
			j.theirs.feed(data)
		case phaseMustFail, phaseRefused:
			j.receivedInstead(data)
			j.receivedBody(data)
		}
	}
	j.theirs.offset += int64(len(data))
	j.heardAt, j.hearing = ev.At, false
	j.incomplete = j.incomplete || ev.Elided()
}

func (j *Judge) openingSent(data []byte, apart bool) {
	o := &j.opening
	o.pieces = o.pieces || apart && o.request == nil
	o.sent = append(o.sent, data...)
	if j.role == wsproto.Client {
		j.sentRequest()
	} else {
		j.sentResponse()
	}
}

func (j *Judge) openingReceived(data []byte) {
	o := &j.opening
	o.received = append(o.received, data...)
	if j.role == wsproto.Client {
		j.receivedResponse()
	} else {
		j.receivedRequest()
	}
}

// chance is called when the peer has had its chance to do all that it has to.
func (j *Judge) chance(by Basis) {
	if j.over || j.incomplete || j.sentEarly {
		return
	}
	j.silence = by
	j.frameChance()
	switch j.phase {
	case phaseOpening, phaseMustFail:
		j.openingChance()
	case phaseOpen:
		j.known = j.known.step(hasReadAll)
		j.closeChance()
		if j.known == viewClean && !j.theirs.closed && !j.mayHaveFailed() {
			j.pongChance()
			j.echo.chance(j)
			j.answers.chance(j)
		}
	}
}

// Faulty reports whether something was sent that the peer may fail the connection
// for.
func (j *Judge) Faulty() bool { return j.ours.first() != nil }

// Exercised returns the clauses that the conversation gave the peer an
// opportunity to break, in the order of the table.
func (j *Judge) Exercised() []ClauseID { return j.exercised.clauses() }

// Reached returns the states that the conversation went through, each once:
// "opening", "open", "in-fragment-text", "close-sent" and so on.
func (j *Judge) Reached() []string { return j.reached.names() }

// Strays returns what may be markers of other connections, in messages and pongs that the peer does not
// owe us: at most eight.
func (j *Judge) Strays() []string { return j.strays.Found }

// Key returns the Sec-WebSocket-Key of the peer's request, once our response has accepted it,
// and "" before that.
func (j *Judge) Key() string {
	if j.role != wsproto.Server || j.phase != phaseOpen || j.opt.Carrier == HTTP2 {
		return ""
	}
	key, _ := j.opening.request.Get("Sec-WebSocket-Key")
	return key
}

// Masked returns the headers of the first frames that the peer, a client, has masked, without those
// whose key was that of a frame shortly before, and without those that have nothing to mask and
// the key 0. They are the judge's, until it is reset.
func (j *Judge) Masked() []wsproto.Header { return j.theirs.masked }

// Verdict returns what is to be said of the conversation so far. It may be
// asked for at any moment: what the peer still may do is not held against it.
// It is final once the conversation is.
func (j *Judge) Verdict() Verdict {
	v := Verdict{Findings: slices.Clone(j.findings)}
	overdue := func(r rule, want, got string) {
		if !j.reported.has(r) {
			v.Findings = append(v.Findings, Finding{
				Clause: r.clause().ID, Outcome: weight(r), Basis: j.silence, Event: j.event, Offset: j.theirs.offset, Want: want, Got: got,
			})
		}
	}
	j.openingOverdue(overdue)
	if j.phase == phaseOpen && j.http2.fault == noRule && !j.http2.excused() {
		j.endingOverdue(overdue)
		j.pongOverdue(overdue)
		j.echo.missing(overdue)
		j.answers.missing(overdue)
	}
	for i := range v.Findings {
		v.Outcome = max(v.Outcome, v.Findings[i].Outcome)
	}
	if v.Outcome == Violation {
		return v
	}
	if outcome, reason := j.shortfall(); outcome != Pass && outcome >= v.Outcome {
		v.Outcome, v.Reason = outcome, reason
	}
	return v
}

// Awaits reports whether there is something to wait for: whether the verdict would
// rest on what was not seen, if nothing more came.
func (j *Judge) Awaits() bool {
	after := *j
	after.chance(Waited)
	v := after.Verdict()
	return v.Outcome >= Inconclusive && v.Basis() != Seen
}

// shortfall says what the conversation did not come to show: Inconclusive,
// Unsupported or Allowed with the reason, or Pass.
func (j *Judge) shortfall() (Outcome, string) {
	if j.flooded {
		return Undecidable, "the peer sends more messages of its own than are read"
	}
	if j.incomplete {
		return Inconclusive, "octets are missing from the trace"
	}
	switch j.phase {
	case phaseOpening:
		if j.opt.Carrier == HTTP2 && j.theirs.gone && len(j.opening.refuse) > 0 {
			break // the stream was reset
		}
		if j.theirs.gone && len(j.findings) > 0 {
			break // refused, if not as it should be
		}
		if j.opening.later && j.theirs.gone {
			return Unsupported, "the peer ended the connection after a request on it was answered, and may"
		}
		if reason := j.opening.owedNothing(); j.role == wsproto.Client && reason != "" {
			return Allowed, reason
		}
		if j.unlike.fickle {
			return Slow, "the peer ended the connection before it answered, and a plain one too: it may have a limit to connections"
		}
		return Inconclusive, "the opening handshake was not completed"
	case phaseUnknown:
		if j.role == wsproto.Client {
			// It took another version of the protocol, or octets that are not HTTP.
			return Allowed, "what follows the opening handshake is for the peer to say"
		}
		if j.opening.body == begunBody {
			return Allowed, "the body of the request came after the response, and hides the frames after it"
		}
		return Inconclusive, "what follows the opening handshake cannot be judged"
	case phaseRefused:
		if j.role == wsproto.Client && len(j.opening.refuse) == 0 {
			return Inconclusive, "the peer refused the opening handshake"
		}
	case phaseMustFail:
		if (j.due.mute || j.opening.left && j.maySilently()) && !j.theirs.gone {
			return Allowed, reasonMute
		}
		if !j.theirs.gone {
			return Inconclusive, "the conversation ended before the peer had to close the connection"
		}
	case phaseOpen:
		return j.shortfallOpen()
	}
	return Pass, ""
}

// reasonMute is why a client is not blamed that keeps the connection open, in silence or after a close frame.
const reasonMute = "a client that fails the connection may say nothing more, and leave it to the server to close TCP"

func (j *Judge) shortfallOpen() (Outcome, string) {
	left := j.theirs.closed || j.theirs.gone
	f := j.ours.first()
	pending := j.pending()
	switch {
	case j.http2.calm != "":
		return Unsupported, j.http2.calm
	case j.http2.ours.reset:
		return Pass, ""
	case j.http2.fault != noRule:
		if j.http2.torn && !left {
			return Allowed, "a peer may wait for the rest of a frame that is too long"
		}
		if !left && !j.http2.acted && !j.http2.theirs.ended {
			return Inconclusive, "the conversation ended before the peer had to act on what was wrong with our frames"
		}
		return Pass, ""
	case j.due.mute && !j.ours.eof && !left && (f == nil || !j.reported.has(f.rule)):
		return Allowed, reasonMute
	case j.sentEarly && !left && (f != nil || pending || j.ours.closed):
		return Allowed, "frames that came before the response may be lost, and the peer may wait for the rest of them"
	case f != nil:
		if f.rule.clause().Fatal() && !left {
			return Inconclusive, "the conversation ended before the peer had to fail the connection"
		}
	case j.early && j.reported.has(ruleInterim):
		return Pass, "" // the finding says so
	case j.early && j.declinedOpening():
		return Unsupported, "the peer does not take this opening handshake, and need not"
	case j.early && j.owesPong():
		return Allowed, "the peer left while a frame of ours held back the answer to its ping"
	case j.early && j.opt.Leaves:
		return Pass, ""
	case j.early && j.mayLeave():
		return Undecidable, undecidable
	case j.early:
		if outcome, reason := j.limit(); outcome != Pass {
			return outcome, reason
		}
		switch {
		case j.burdened():
			return Unsupported, "the peer ended the connection rather than keep what we did not read"
		case j.stalled:
			return Unsupported, "the peer gave up while we did not read"
		}
		if j.closeLost() {
			return Unsupported, "the peer reset the connection while octets of ours were unread: a close frame that says why may be lost"
		}
		if j.echo.bomb() {
			return Unsupported, "the peer ended the connection at a message that grows when it is inflated"
		}
		if j.idled() && (!pending || j.unsent || j.at-j.heardAt < workLimit) {
			return Unsupported, "the peer ended the connection after a time that may be its limit"
		}
		if pending {
			return Inconclusive, "the peer closed before it had answered everything"
		}
	case j.ours.closed && left && pending:
		// After a close frame a peer need neither echo nor answer a ping; and
		// what it sent may be lost in the reset that our last octets drew.
		return Allowed, "the close frame overtook what the peer had to answer"
	case j.ours.eof && left && pending:
		// Many a peer takes the end of our direction for that of the connection.
		return Allowed, "the end of our direction overtook what the peer had to answer"
	case j.working && !left && (pending || j.ours.closed):
		return Slow, "the peer was still at work on what it was sent"
	case j.unread && !left:
		return Inconclusive, "the peer did not read all that it was sent"
	case j.ours.closed && !left:
		return Inconclusive, "the conversation ended before the peer had to answer the close frame"
	case j.answers.said && !j.answers.ready() && !j.sentEarly && !j.answers.foreign:
		return Inconclusive, "the connection did not become ready: the peer did not say what its dialect begins with"
	case pending:
		return Inconclusive, "the conversation ended before the peer had answered everything"
	}
	if j.declined {
		return Unsupported, ReasonDeclined
	}
	return Pass, ""
}

// Read returns our offset, in the stream of the opening handshake and all that follows, up to
// which the peer has shown to have read.
func (j *Judge) Read() int64 { return j.ours.read }

// Content returns how many octets of messages we have sent, inflated.
func (j *Judge) Content() int { return j.ours.contents }

// Idle reports whether nothing is under way in either direction: no frame, no
// message, and every message of ours was given back. Between two such moments
// a part of the conversation can be left out by [Judge.Skip].
func (j *Judge) Idle() bool {
	return j.phase == phaseOpen && !j.incomplete && j.ours.in.idle() && j.theirs.in.idle() &&
		len(j.echo.queue) == 0 && !j.ours.closed && !j.theirs.closed
}

func (s *stream) idle() bool { return s.betweenFrames() && !s.open }

func (s *stream) betweenFrames() bool {
	_, _, within := s.parser.InFrame()
	return !within && len(s.parser.Pending()) == 0
}

// Skip notes that so many events were not fed to the judge, with so many
// octets in either direction: long loops of messages, that the engine compared
// with their echoes itself. The judge has to be idle before and after. What
// later messages are compressed from is not known to it any more, so that
// their content is not judged where context is taken over. A trace that keeps
// fewer events than were fed has a negative number of events left out.
func (j *Judge) Skip(events int, sent, received int64) {
	j.event += events
	j.theirs.offset += received
	j.ours.in.skip(sent)
	j.theirs.in.skip(received)
}

func (s *stream) skip(octets int64) {
	s.parser.Offset += octets
	s.lost = s.lost || s.takeover && octets > 0
}
