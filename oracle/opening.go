package oracle

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/wsproto"
)

// opening is the opening handshake (RFC 6455 4), the part that has come.
type opening struct {
	sent, received []byte // what is not taken apart yet
	next           []byte // what came after the response that refused our request
	refuse         []rule // for which the peer has to refuse our request, or to fail on our response
	memo           memo
	openingState
}

// openingState is what an [opening] forgets between two conversations at the cost
// of an assignment; the rest of it is large, or memory for use again.
type openingState struct {
	asked    *memoRequest     // nil before the request
	request  *wsproto.Request // that of asked
	garbled  bool             // our part is not even HTTP
	problems int              // with our request, of any weight
	overdue  bool             // the peer had its chance to answer, or to close
	answered bool             // we sent a whole response
	partial  bool             // our part has no end for a peer that waits for CRLF
	interim  bool             // our response came after interim ones
	loose    bool             // our request or response is one that the peer need not take
	posed    bool             // the refusal answers the key, and has no body
	instead  bool             // octets came where there should be no frames
	left     bool             // they began a close frame
	body     int              // octets of the client's request that have not come
	pieces   bool             // our request was written in pieces, one right after the other

	// Where a request of ours is refused, another may follow on the connection.
	answer keepalive.Body // of the response
	later  bool           // our request follows another one
	unsure bool           // that was one with HEAD: a response to it may have a body nevertheless
	from   int64          // where in their stream the response to our request begins
}

func (o *opening) reset() {
	o.openingState = openingState{}
	o.sent, o.received, o.next, o.refuse = o.sent[:0], o.received[:0], o.next[:0], o.refuse[:0]
}

// declinedOpening reports whether the peer left because of a request or a response
// that it need not take, or of what we sent too early: it sent nothing but a close frame.
func (j *Judge) declinedOpening() bool {
	return (j.opening.loose || j.sentEarly) && !j.theirs.spoke
}

// open is called when both parts are there; what follows them are frames, from
// these positions in o.sent and o.received on.
func (j *Judge) open(response *memoResponse, sent, received int) {
	o := &j.opening
	j.phase = phaseOpen
	j.reached.add(stateOpen)
	j.exercised.addAll(&inConversation)
	if j.opt.Stay {
		j.exercise(ruleStay)
	}
	chosen := response.extensions
	j.ext.foreign = chosen.err != nil
	if j.role == wsproto.Client {
		j.judgeChoice(o.asked.extensions.list, chosen.list)
	}
	j.ext.agree(chosen.list)
	if j.asksTakeover() && j.opt.Stay {
		j.exercise(ruleClientTakeover)
	}
	ours, theirs := j.ext.client, j.ext.server
	if j.role == wsproto.Server {
		ours, theirs = theirs, ours
	}
	if j.ext.deflate {
		j.reached.add(stateDeflate)
	}
	j.ours.in.start(int64(j.ours.head), ours)
	j.theirs.in.start(int64(j.theirs.head), theirs)
	j.theirs.in.sniffs = !o.owesBody()
	if j.role == wsproto.Client {
		j.ours.read = int64(j.ours.head) // which the peer has answered
	}
	if j.role == wsproto.Client && sent < len(o.sent) {
		// A client must await the response (4.1): what it sends before may be
		// lost, in part too, so that nobody knows what the peer makes of the rest.
		j.sentEarly = true
		j.opt.Stay, j.opt.Echo = false, false
	}
	j.ours.feed(o.sent[sent:])
	j.theirs.feed(o.received[received:])
}

// took reports whether a response accepts the opening handshake.
func (j *Judge) took(response *wsproto.Response) bool {
	if j.opt.Carrier == HTTP2 {
		return response.Status/100 == 2
	}
	return response.Status == 101
}

// acceptance is what a server accepts with.
func (j *Judge) acceptance() string {
	if j.opt.Carrier == HTTP2 {
		return "status 2xx"
	}
	return "status 101"
}

// interim reports whether another response follows.
func (j *Judge) interim(response *wsproto.Response) bool {
	return response.Status >= 100 && response.Status < 200 && (response.Status != 101 || j.opt.Carrier == HTTP2)
}

// openingChance holds silence against the peer.
func (j *Judge) openingChance() {
	o := &j.opening
	switch {
	case j.phase == phaseMustFail:
		j.due.mute = j.maySilently()
		o.overdue = !j.due.mute
	case j.role == wsproto.Client && o.request != nil && o.owedNothing() == "":
		// A server that has begun its response may be slow to write it.
		o.overdue = len(o.received) == 0 || j.at-j.heardAt >= DefaultPatience
	}
}

// hasBody reports whether more than the head may belong to a request or response.
func hasBody(fields wsproto.Fields) bool {
	_, length := fields.Get("Content-Length")
	_, coding := fields.Get("Transfer-Encoding")
	return length > 0 || coding > 0
}

// A body that ends with its last chunk, or whose length is not a number, before and after
// its first octet.
const (
	unknownBody = -1
	begunBody   = -2
)

// bodyLength returns how many octets of body a request announces.
func bodyLength(fields wsproto.Fields) int {
	if !hasBody(fields) {
		return 0
	}
	value, lengths := fields.Get("Content-Length")
	_, codings := fields.Get("Transfer-Encoding")
	if n, err := strconv.ParseUint(value, 10, 31); err == nil && lengths == 1 && codings == 0 {
		return int(n)
	}
	return unknownBody
}

// takeBody returns how many of so many octets belong to the body of the request.
func (o *opening) takeBody(n int) int {
	if o.body < 0 {
		if n > 0 {
			o.body = begunBody
		}
		return n
	}
	n = min(n, o.body)
	o.body -= n
	return n
}

// owesBody reports whether the body of the client's request is not there. Where one of
// unknown length has begun, nobody asks whether it is whole.
func (o *opening) owesBody() bool { return o.body > 0 || o.body == unknownBody }

// ended reports whether a request or response ends with a line and an empty line
// that both end with CRLF. A recipient may take LF alone for the end of a line
// (RFC 9112 2.2); one that does not still waits for the end.
func ended(line string, fields wsproto.Fields, end string) bool {
	if len(fields) > 0 {
		line = fields[len(fields)-1].Raw
	}
	return strings.HasSuffix(line, "\r\n") && end == "\r\n"
}

// owedNothing says why a server may be silent for good about our request, "" where
// it may not.
func (o *opening) owedNothing() string {
	switch {
	case o.garbled:
		return "what is answered to octets that are not HTTP is for the peer to say"
	case o.request == nil:
		return ""
	case o.partial:
		return "the request ends with LF alone, and a server may wait for CRLF (RFC 9112 2.2)"
	case hasBody(o.request.Fields):
		return "a server may wait for the body of the request"
	}
	return ""
}

// openingOverdue adds what the peer did not do by the end.
func (j *Judge) openingOverdue(add func(r rule, want, got string)) {
	o := &j.opening
	if !o.overdue {
		return
	}
	switch j.phase {
	case phaseMustFail:
		add(o.refuse[0], o.refuse[0].want(), "an open connection")
	case phaseOpening:
		got := "nothing"
		if len(o.received) > 0 {
			got = "a response without an end"
		}
		add(ruleRespond, "an HTTP response", got)
	}
}

// receivedInstead takes octets of the peer where there should be no frames.
func (j *Judge) receivedInstead(data []byte) {
	if len(data) == 0 || j.opening.instead || j.opening.owesBody() {
		return
	}
	j.opening.instead = true
	h, _ := wsproto.ParseHeader([]byte{data[0], 0})
	if j.role == wsproto.Client {
		if j.opening.posed && h.Fin && h.Rsv == 0 && !h.Opcode.IsReserved() {
			j.reportf(ruleRespond, j.theirs.offset, j.acceptance()+" before frames", "another status, then a frame with opcode %s", h.Opcode)
		}
		return
	}
	isHTTP := j.phase == phaseRefused && data[0] >= 'A' && data[0] <= 'z'
	j.opening.left = !isHTTP && h.Opcode == wsproto.OpClose
	if isHTTP || j.opening.left {
		return
	}
	r := ruleValidateResponse
	if j.phase == phaseMustFail {
		r = j.opening.refuse[0]
	}
	j.reportf(r, j.theirs.offset, r.want(), "a frame with opcode %s", h.Opcode)
}

// judgeProblems reports what is wrong with the peer's part.
func (j *Judge) judgeProblems(problems []wsproto.Problem, by func(wsproto.Problem) (rule, bool)) {
	for _, p := range problems {
		r, binding := by(p)
		if r == noRule {
			continue
		}
		want, got := r.want(), p.Detail
		if wanted, seen, ok := strings.Cut(p.Detail, ", got "); ok && strings.HasPrefix(wanted, "want ") {
			want, got = wanted[len("want "):], seen
		}
		if got = fmt.Sprintf("%s: %s", p.Kind, got); binding {
			j.report(r, j.opening.from, want, got)
		} else {
			j.bend(r, j.opening.from, want, got)
		}
	}
}
