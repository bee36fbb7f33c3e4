package catalogue

import (
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// The closing words that the expectations of many cases share.
const (
	thenClosed = " Our normal close (1000) is then answered and the TCP connection dropped by the server."
	thenFailed = " The connection is failed: the peer closes it, with code 1002 if it sends a close frame."
)

// textEcho is the echo of a text message with this content.
func textEcho(s string) autobahn.Observation {
	return autobahn.Observation{Kind: autobahn.Message, Payload: literal(s)}
}

// pong is a pong with this payload.
func pong(p oracle.Payload) autobahn.Observation {
	return autobahn.Observation{Kind: autobahn.Pong, Payload: p}
}

// stillOpen is the connection outliving the wait of that tag.
func stillOpen(tag string) autobahn.Observation {
	return autobahn.Observation{Kind: autobahn.StillOpen, Tag: tag}
}

// outcome is one acceptable list of observations.
func outcome(b autobahn.Behavior, seen ...autobahn.Observation) autobahn.Outcome {
	return autobahn.Outcome{Behavior: b, Observed: seen}
}

// accepted expects just these observations, and then a clean closing
// handshake of ours.
func accepted(seen ...autobahn.Observation) autobahn.Expectation {
	return autobahn.Expectation{
		Outcomes:     []autobahn.Outcome{outcome(autobahn.OK, seen...)},
		CloseByUs:    true,
		CloseCodes:   []wsproto.CloseCode{wsproto.CloseNormal},
		RequireClean: true,
	}
}

// failed expects just these observations, and then that the peer fails the
// connection for a protocol error.
func failed(seen ...autobahn.Observation) autobahn.Expectation {
	return autobahn.Expectation{
		Outcomes:   []autobahn.Outcome{outcome(autobahn.OK, seen...)},
		CloseCodes: []wsproto.CloseCode{wsproto.CloseProtocolError},
	}
}

// failedAfter is like [failed], but a peer that shows nothing of what went
// before the error is merely not strict.
func failedAfter(seen ...autobahn.Observation) autobahn.Expectation {
	x := failed(seen...)
	x.Outcomes = append(x.Outcomes, outcome(autobahn.NonStrict))
	return x
}

// invalidText expects one of the outcomes, and then that the peer fails the
// connection for bad UTF-8.
func invalidText(outcomes ...autobahn.Outcome) autobahn.Expectation {
	return autobahn.Expectation{
		Outcomes:           outcomes,
		CloseCodes:         []wsproto.CloseCode{wsproto.CloseInvalidPayload},
		WrongEndpointFatal: true,
	}
}

// timed expects an echo of type and content, once (CheckEcho) or for every
// message of a loop (CheckLoop), before the time is over.
func timed(check autobahn.Check, limit time.Duration) autobahn.Expectation {
	return autobahn.Expectation{
		Check:        check,
		CloseByUs:    true,
		CloseCodes:   []wsproto.CloseCode{wsproto.CloseNormal},
		RequireClean: true,
		ReportTime:   true,
		Timeout:      limit,
	}
}
