package oracle

import (
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// maxAnswers bounds the answers of a peer that are features of a conversation.
const maxAnswers = 24

// conduct is what the peer did, in its order.
type conduct struct {
	last uint32 // what it did before
	n    int
	sums [maxAnswers]uint32
}

// mix adds a value to a hash.
func mix(hash, value uint32) uint32 {
	hash = (hash ^ value) * 0x9e3779b1
	return hash ^ hash>>15
}

// The kinds of features.
const (
	featureFrame uint32 = iota + 1
	featureEnd
	featureRule
	featureFinding
	featureState
	featureOpening
	featureCourse
)

// answer notes what the peer did, after what, and in which situation.
func (j *Judge) answer(kind, what uint32) {
	a := &j.conduct
	if a.n == maxAnswers {
		return
	}
	sum := mix(mix(mix(a.last, kind), what), j.situation())
	a.last = mix(kind, what)
	if slices.Contains(a.sums[:a.n], uint32(sum)) {
		return
	}
	a.sums[a.n] = uint32(sum)
	a.n++
}

// situation is what the peer has been given to act on.
func (j *Judge) situation() uint32 {
	s := uint32(j.phase) | uint32(j.known)<<3
	bit := uint32(1 << 6)
	for _, set := range [...]bool{j.ours.closed, j.ours.eof, j.ours.in.open, j.theirs.in.open, j.theirs.closed, j.ext.deflate, j.sentEarly} {
		if set {
			s |= bit
		}
		bit <<= 1
	}
	return s | uint32(j.wrong())<<16 | uint32(j.ours.closeFault)<<24
}

// wrong is the rule of the first fault of ours.
func (j *Judge) wrong() rule {
	if f := j.ours.first(); f != nil {
		return f.rule
	}
	return noRule
}

// answerFrame notes a frame of the peer's.
func (j *Judge) answerFrame(h *wsproto.Header) {
	what := uint32(h.Opcode) | uint32(h.Rsv)<<4
	if h.Fin {
		what |= 1 << 7
	}
	switch {
	case h.Length == 0:
	case h.Length <= maxControl:
		what |= 1 << 8
	case h.Length <= 0xffff:
		what |= 2 << 8
	default:
		what |= 3 << 8
	}
	j.answer(featureFrame, what)
}

// AppendFeatures appends the features of the conversation so far. A feature is a
// hash of something that the conversation came to, if the judge can see it from
// what the peer did: a kind of frame that answers what we had sent by then, a clause
// that was exercised or bent, a way to end. It depends on no content, on no time, and
// on the form of lengths alone, so that the same peer gives the same features to the
// same script. A conversation without a new feature shows nothing new of the peer.
func (j *Judge) AppendFeatures(dst []uint32) []uint32 {
	dst = append(dst, j.conduct.sums[:j.conduct.n]...)
	for i, word := range j.exercised {
		for r := rule(i << 6); word != 0; r, word = r+1, word>>1 {
			if word&1 != 0 {
				dst = append(dst, mix(featureRule, uint32(r)))
			}
		}
	}
	for i := range j.findings {
		f := &j.findings[i]
		if at, ok := clauseIndex[f.Clause]; ok {
			dst = append(dst, mix(mix(featureFinding, uint32(at)), uint32(f.Outcome)))
		}
	}
	// Whether the end of TCP comes as a reset is a matter of time.
	reached := j.reached
	if reached&(1<<stateReset) != 0 {
		reached = reached&^(1<<stateReset) | 1<<stateDropped
	}
	dst = append(dst, mix(mix(featureState, uint32(reached)), j.situation()))
	dst = append(dst, mix(mix(featureOpening, j.status()), j.situation()))
	course := mix(mix(featureCourse, j.conduct.last), j.situation())
	course = mix(course, uint32(j.theirs.code.Code))
	for _, set := range [...]bool{j.theirs.gone, j.early, j.toleratedFault, j.theirs.code.HasCode, j.echo.waiting(), j.ours.pings.answered < j.ours.pings.count} {
		course <<= 1
		if set {
			course |= 1
		}
	}
	return append(dst, mix(course, featureCourse))
}

// statusAt is where the status stands in a response: "HTTP/1.1 101".
const statusAt = len("HTTP/1.1 ")

// status is the status of the peer's response if it is at hand, and what
// our side of the opening handshake gave reason to refuse.
func (j *Judge) status() (hash uint32) {
	if b := j.opening.received; j.role == wsproto.Client && len(b) >= statusAt+3 {
		for _, digit := range b[statusAt : statusAt+3] {
			hash = mix(hash, uint32(digit))
		}
	}
	for _, r := range j.opening.refuse {
		hash = mix(hash, uint32(r))
	}
	return hash
}
