package autobahn

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Behavior is one of the words that Autobahn's reports use for both verdicts
// of a case. No other word may appear in an index.json.
type Behavior string

// The words, as consumers of index.json compare them.
const (
	OK             Behavior = "OK"
	NonStrict      Behavior = "NON-STRICT"
	Informational  Behavior = "INFORMATIONAL"
	Unimplemented  Behavior = "UNIMPLEMENTED"
	Failed         Behavior = "FAILED"
	WrongCode      Behavior = "WRONG CODE"
	Unclean        Behavior = "UNCLEAN"
	FailedByClient Behavior = "FAILED BY CLIENT"
)

// ObservationKind says what was received.
type ObservationKind uint8

// What an expectation can list.
const (
	Message   ObservationKind = iota // a complete data message
	Ping                             // a ping
	Pong                             // a pong
	StillOpen                        // the connection was open when the wait named Tag ended
)

// Observation is one entry of the list of what was received, or has to be.
type Observation struct {
	Kind    ObservationKind
	Payload oracle.Payload // Message, Ping, Pong
	Binary  bool           // Message
	Tag     string         // StillOpen
}

// Outcome is one list of observations and the behavior that it earns.
type Outcome struct {
	Behavior Behavior
	Observed []Observation
}

// Check says how the behavior of a case is found.
type Check uint8

// The ways to find the behavior.
const (
	// CheckLists: what was received has to equal one of Outcomes exactly.
	CheckLists Check = iota
	// CheckEcho: one message has to come back with the type and the content of
	// the one that was sent, before the time-out (sections 9.1 to 9.6).
	CheckEcho
	// CheckLoop: each message of the script's StepEcho has to come back so
	// (sections 9.7, 9.8, 12 and 13).
	CheckLoop
)

// Expectation is what Autobahn|Testsuite expects of a peer in one case.
type Expectation struct {
	Check    Check
	Outcomes []Outcome // CheckLists; tried in this order

	CloseByUs          bool                // our side is the one to start the closing handshake
	CloseCodes         []wsproto.CloseCode // that the peer's close frame may carry; the first is the one we send
	RequireClean       bool                // the closing handshake has to be complete
	WrongEndpointFatal bool                // the wrong endpoint closing makes Behavior FAILED
	WrongCodeFatal     bool                // a WRONG CODE makes Behavior FAILED
	NoCloseWhenDone    bool                // do not close as soon as the outcome is reached
	Informational      bool                // both verdicts are INFORMATIONAL whatever happens

	TxFrames map[wsproto.Opcode]int // frames that we have to have sent, by opcode; nil: any

	ReportTime bool          // the report shows the duration
	Timeout    time.Duration // CheckEcho, CheckLoop: the peer's time for all of it

	// Deflate cases (sections 12 and 13).
	Deflate      bool
	ReportRatios bool
}
