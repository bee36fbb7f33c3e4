package autobahn

import (
	"encoding/json"
	"time"

	"github.com/wscheck/wscheck/internal/notation"
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

var observationNames = [...]string{Message: "message", Ping: "ping", Pong: "pong", StillOpen: "still-open"}

// MarshalText returns the name of the kind in reports.
func (k ObservationKind) MarshalText() ([]byte, error) { return []byte(observationNames[k]), nil }

// UnmarshalText reads a name.
func (k *ObservationKind) UnmarshalText(text []byte) error {
	return notation.ReadName(k, text, "observation", observationNames[:])
}

// Observation is one entry of the list of what was received, or has to be.
type Observation struct {
	Kind    ObservationKind
	Payload oracle.Payload // Message, Ping, Pong
	Binary  bool           // Message
	Tag     string         // StillOpen
}

// Beginning returns the first n octets of the payload at most. Those of a test data
// set are not at hand.
func (o *Observation) Beginning(n int) []byte {
	if o.Payload.Source != "" {
		return nil
	}
	return o.Payload.AppendRange(nil, 0, min(n, o.Payload.Size()))
}

// KeptPayload is the number of octets of a payload that the JSON form of an
// [Observation] keeps.
const KeptPayload = 256

// observationForm is the JSON form of an [Observation].
type observationForm struct {
	Kind   ObservationKind `json:"kind"`
	Data   wsproto.Octets  `json:"data,omitempty"`
	Len    int             `json:"len,omitempty"` // data repeated up to so many octets
	Source string          `json:"source,omitempty"`
	Offset int             `json:"offset,omitempty"`
	Binary bool            `json:"binary,omitempty"`
	Tag    string          `json:"tag,omitempty"`
}

// MarshalJSON returns the observation with the beginning of its payload.
func (o Observation) MarshalJSON() ([]byte, error) {
	p := &o.Payload
	form := observationForm{o.Kind, p.Data, p.Len, p.Source, p.Offset, o.Binary, o.Tag}
	if len(p.Data) > KeptPayload {
		form.Data, form.Len = p.Data[:KeptPayload], p.Size()
	}
	return json.Marshal(&form)
}

// UnmarshalJSON reads an observation.
func (o *Observation) UnmarshalJSON(text []byte) error {
	var f observationForm
	err := json.Unmarshal(text, &f)
	*o = Observation{
		Kind: f.Kind, Binary: f.Binary, Tag: f.Tag,
		Payload: oracle.Payload{Data: f.Data, Len: max(f.Len, 0), Source: f.Source, Offset: f.Offset},
	}
	return err
}

// Outcome is one list of observations and the behavior that it earns.
type Outcome struct {
	Behavior Behavior      `json:"behavior"`
	Observed []Observation `json:"observed,omitempty"`
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

var checkNames = [...]string{CheckLists: "lists", CheckEcho: "echo", CheckLoop: "loop"}

// MarshalText returns the name of the check in reports.
func (c Check) MarshalText() ([]byte, error) { return []byte(checkNames[c]), nil }

// UnmarshalText reads a name.
func (c *Check) UnmarshalText(text []byte) error {
	return notation.ReadName(c, text, "check", checkNames[:])
}

// Expectation is what Autobahn|Testsuite expects of a peer in one case.
type Expectation struct {
	Check    Check     `json:"check"`
	Outcomes []Outcome `json:"outcomes,omitempty"` // CheckLists; tried in this order

	CloseByUs          bool                `json:"closeByUs,omitempty"`          // our side is the one to start the closing handshake
	CloseCodes         []wsproto.CloseCode `json:"closeCodes,omitempty"`         // that the peer's close frame may carry; the first is the one we send
	RequireClean       bool                `json:"requireClean,omitempty"`       // the closing handshake has to be complete
	WrongEndpointFatal bool                `json:"wrongEndpointFatal,omitempty"` // the wrong endpoint closing makes Behavior FAILED
	WrongCodeFatal     bool                `json:"wrongCodeFatal,omitempty"`     // a WRONG CODE makes Behavior FAILED
	NoCloseWhenDone    bool                `json:"noCloseWhenDone,omitempty"`    // do not close as soon as the outcome is reached
	Informational      bool                `json:"informational,omitempty"`      // both verdicts are INFORMATIONAL in any case

	TxFrames map[wsproto.Opcode]int `json:"txFrames,omitempty"` // frames that we have to have sent, by opcode; nil: any

	ReportTime bool          `json:"reportTime,omitempty"` // the report shows the duration
	Timeout    time.Duration `json:"timeout,omitempty"`    // CheckEcho, CheckLoop: the peer's time for all of it

	// Deflate cases (sections 12 and 13).
	Deflate      bool `json:"deflate,omitempty"`
	ReportRatios bool `json:"reportRatios,omitempty"`
}
