package report

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// FileName is the name of the file that holds a whole report, in the directory
// of the report.
//
// It is one JSON object: "format" and "version" say what it is, "cases" holds
// every case that was selected, once, and "agents" what each peer did in them,
// with both verdicts, the findings and the trace. Times are RFC 3339, durations
// and offsets in time are nanoseconds, octets are hexadecimal digits. A trace
// keeps its first 16 KiB, of later events a beginning, with the full size as "n",
// and no more than 512 events; of a result that is as it should be, the first 2 KiB
// and 128 events. A result takes some 200 kB at most. Scripts are not in it: the case's id names one.
//
// A reader must refuse a version that it does not know, and may ignore keys that
// it does not know.
const FileName = "wscheck.json"

// The values of "format" and "version".
const (
	documentFormat  = "wscheck-report"
	documentVersion = 1
)

// document is the file without its results, which are read and written one by
// one.
type document struct {
	docHead
	Agents []docAbout
}

type docHead struct {
	Format  string            `json:"format"`
	Version int               `json:"version"`
	Role    wsproto.Role      `json:"role"` // the role that wscheck played
	Started time.Time         `json:"started"`
	Took    int64             `json:"took"`
	Judge   Judge             `json:"judge"`
	Quick   bool              `json:"quick,omitempty"`
	Stopped string            `json:"stopped,omitempty"`
	LeftOut int               `json:"leftOut,omitempty"` // agents for which there was no room
	Shards  []catalogue.Shard `json:"shards,omitempty"`  // "2/8", where it is a part
	Cases   []docCase         `json:"cases"`
}

type docCase struct {
	ID          string            `json:"id"`
	Number      int               `json:"number,omitempty"` // Autobahn|Testsuite's
	Description string            `json:"description,omitempty"`
	Expectation string            `json:"expectation,omitempty"`
	RFC         []string          `json:"rfc,omitempty"`
	Clauses     []oracle.ClauseID `json:"clauses,omitempty"`
	Alone       bool              `json:"alone,omitempty"`
	Slow        bool              `json:"slow,omitempty"`
	Autobahn    *docExpectation   `json:"autobahn,omitempty"`
}

type docExpectation struct {
	Check              string                 `json:"check"` // "lists", "echo" or "loop"
	Outcomes           []docOutcome           `json:"outcomes,omitempty"`
	CloseByUs          bool                   `json:"closeByUs,omitempty"`
	CloseCodes         []wsproto.CloseCode    `json:"closeCodes,omitempty"`
	RequireClean       bool                   `json:"requireClean,omitempty"`
	WrongEndpointFatal bool                   `json:"wrongEndpointFatal,omitempty"`
	WrongCodeFatal     bool                   `json:"wrongCodeFatal,omitempty"`
	NoCloseWhenDone    bool                   `json:"noCloseWhenDone,omitempty"`
	Informational      bool                   `json:"informational,omitempty"`
	TxFrames           map[wsproto.Opcode]int `json:"txFrames,omitempty"`
	ReportTime         bool                   `json:"reportTime,omitempty"`
	Timeout            int64                  `json:"timeout,omitempty"`
	Deflate            bool                   `json:"deflate,omitempty"`
	ReportRatios       bool                   `json:"reportRatios,omitempty"`
}

type docOutcome struct {
	Behavior autobahn.Behavior `json:"behavior"`
	Observed []docObservation  `json:"observed,omitempty"`
}

type docObservation struct {
	Kind   string `json:"kind"` // "message", "ping", "pong" or "still-open"
	Data   octets `json:"data,omitempty"`
	Len    int    `json:"len,omitempty"` // data repeated up to so many octets
	Source string `json:"source,omitempty"`
	Offset int    `json:"offset,omitempty"`
	Binary bool   `json:"binary,omitempty"`
	Tag    string `json:"tag,omitempty"`
}

// docAbout is an agent; "results", a list of docResult, follows its keys.
type docAbout struct {
	Name        string `json:"name"`
	URL         string `json:"url,omitempty"`
	Unreachable string `json:"unreachable,omitempty"`
	PeakMemory  uint64 `json:"peakMemory,omitempty"`
	Deaths      int    `json:"deaths,omitempty"`
	Ended       string `json:"ended,omitempty"`   // why not all cases were played
	Skipped     string `json:"skipped,omitempty"` // which were left out on purpose
	Dialect     string `json:"dialect,omitempty"`
}

type docResult struct {
	Case     string         `json:"case"`
	Agent    string         `json:"agent,omitempty"` // where it is not the agent's name
	Started  time.Time      `json:"started"`
	Duration int64          `json:"duration"`
	Died     string         `json:"died,omitempty"`
	Tries    int            `json:"tries,omitempty"`    // where the case was played more than once
	Doubt    string         `json:"doubt,omitempty"`    // why what was not seen proves nothing
	Measured string         `json:"measured,omitempty"` // of the peer, besides the verdict
	RFC      oracle.Verdict `json:"rfc"`
	Autobahn *docRecord     `json:"autobahn,omitempty"`
	Trace    docTrace       `json:"trace"`
}

type docTrace struct {
	Role          wsproto.Role `json:"role"`
	Carrier       string       `json:"carrier,omitempty"` // "http2"; none for HTTP/1.1
	Events        []docEvent   `json:"events"`
	OmittedBefore int          `json:"omittedBefore,omitempty"` // index of the event after the gap
	OmittedEvents int          `json:"omittedEvents,omitempty"` // number of events in the gap
	OmittedRows   int          `json:"omittedRows,omitempty"`   // and what is left out of "autobahn"
	OmittedSeen   int          `json:"omittedSeen,omitempty"`
	OmittedSizes  int          `json:"omittedSizes,omitempty"`
}

type docEvent struct {
	Kind eventKind `json:"kind"`
	At   int64     `json:"at"`
	Data octets    `json:"data,omitempty"`
	N    int       `json:"n,omitempty"` // where data is not all of it
	Step int       `json:"step"`        // -1 for none
	Tag  string    `json:"tag,omitempty"`
	Sync bool      `json:"sync,omitempty"`
}

type docRecord struct {
	Behavior      autobahn.Behavior `json:"behavior"`
	BehaviorClose autobahn.Behavior `json:"behaviorClose"`
	Result        string            `json:"result"`
	ResultClose   string            `json:"resultClose"`
	Received      []docObservation  `json:"received,omitempty"`

	WasOpen     bool `json:"wasOpen"`
	ClosedByMe  bool `json:"closedByMe"`
	FailedByMe  bool `json:"failedByMe"`
	DroppedByMe bool `json:"droppedByMe"`
	WasClean    bool `json:"wasClean"`

	Waited                         bool   `json:"waited,omitempty"`
	WasNotCleanReason              string `json:"wasNotCleanReason,omitempty"`
	WasServerConnectionDropTimeout bool   `json:"wasServerConnectionDropTimeout,omitempty"`
	WasOpenHandshakeTimeout        bool   `json:"wasOpenHandshakeTimeout,omitempty"`
	WasCloseHandshakeTimeout       bool   `json:"wasCloseHandshakeTimeout,omitempty"`

	Local  *docClose `json:"local,omitempty"`
	Remote *docClose `json:"remote,omitempty"`

	RxOctets map[int]int            `json:"rxOctets,omitempty"`
	TxOctets map[int]int            `json:"txOctets,omitempty"`
	RxFrames map[wsproto.Opcode]int `json:"rxFrames,omitempty"`
	TxFrames map[wsproto.Opcode]int `json:"txFrames,omitempty"`

	HTTPRequest  octets `json:"httpRequest,omitempty"`
	HTTPResponse octets `json:"httpResponse,omitempty"`

	Wirelog       []docLogRow `json:"wirelog,omitempty"`
	WirelogActive bool        `json:"wirelogActive"`

	Traffic *docTraffic `json:"traffic,omitempty"`
}

type docClose struct {
	Code    wsproto.CloseCode `json:"code,omitempty"`
	HasCode bool              `json:"hasCode,omitempty"`
	Reason  octets            `json:"reason,omitempty"`
}

type docLogRow struct {
	Kind    autobahn.LogKind `json:"kind"`
	Len     int              `json:"len,omitempty"`
	Data    octets           `json:"data,omitempty"`
	Header  octets           `json:"header,omitempty"` // as on the wire
	Repeat  int              `json:"repeat,omitempty"`
	Chop    int              `json:"chop,omitempty"`
	Sync    bool             `json:"sync,omitempty"`
	Seconds float64          `json:"seconds,omitempty"`
	Tag     string           `json:"tag,omitempty"`
	On      bool             `json:"on,omitempty"`
}

type docTraffic struct {
	In         docFlow `json:"in"`
	Out        docFlow `json:"out"`
	PreopenIn  int     `json:"preopenIn"`
	PreopenOut int     `json:"preopenOut"`
}

type docFlow struct {
	OctetsApp       int `json:"octetsApp"`
	OctetsWebSocket int `json:"octetsWebSocket"`
	OctetsWire      int `json:"octetsWire"`
	Frames          int `json:"frames"`
	Messages        int `json:"messages"`
}

// octets are written as hexadecimal digits.
type octets []byte

func (o octets) MarshalText() ([]byte, error) {
	return hex.AppendEncode(make([]byte, 0, 2*len(o)), o), nil
}

func (o *octets) UnmarshalText(text []byte) error {
	b, err := hex.AppendDecode(make([]byte, 0, len(text)/2), text)
	if err != nil {
		return fmt.Errorf("octets have to be hexadecimal digits: %w", err)
	}
	*o = b
	return nil
}

// eventKind is written as its name.
type eventKind oracle.EventKind

var eventKinds = func() map[string]oracle.EventKind {
	kinds := map[string]oracle.EventKind{}
	for k := oracle.EventSent; ; k++ {
		name := k.String()
		if strings.HasPrefix(name, "EventKind(") {
			return kinds
		}
		kinds[name] = k
	}
}()

func (k eventKind) MarshalText() ([]byte, error) { return []byte(oracle.EventKind(k).String()), nil }

func (k *eventKind) UnmarshalText(text []byte) error {
	kind, ok := eventKinds[string(text)]
	if !ok {
		return fmt.Errorf("unknown event %q", text)
	}
	*k = eventKind(kind)
	return nil
}
