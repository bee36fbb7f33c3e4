package autobahn

import (
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// Record is all that Autobahn|Testsuite reports of one case besides the case
// itself: both verdicts and what led to them.
type Record struct {
	Behavior      Behavior      `json:"behavior"`
	BehaviorClose Behavior      `json:"behaviorClose"`
	Result        string        `json:"result"`      // why Behavior is what it is
	ResultClose   string        `json:"resultClose"` // why BehaviorClose is what it is
	Received      []Observation `json:"received,omitempty"`

	Ending

	RxOctets map[int]int            `json:"rxOctets,omitempty"` // size of a read → how often
	TxOctets map[int]int            `json:"txOctets,omitempty"` // size of a write → how often
	RxFrames map[wsproto.Opcode]int `json:"rxFrames,omitempty"`
	TxFrames map[wsproto.Opcode]int `json:"txFrames,omitempty"`

	HTTPRequest  wsproto.Octets `json:"httpRequest,omitempty"` // the opening handshake as it went over the wire
	HTTPResponse wsproto.Octets `json:"httpResponse,omitempty"`

	Wirelog       []LogRow `json:"wirelog,omitempty"`
	WirelogActive bool     `json:"wirelogActive"` // the log was switched on when the case ended

	Traffic *Traffic `json:"traffic,omitempty"` // sections 12 and 13 that passed
}

// Ending is how a connection stood at its end, as our side sees it.
type Ending struct {
	WasOpen     bool `json:"wasOpen"`     // the opening handshake was completed
	ClosedByMe  bool `json:"closedByMe"`  // we sent the first close frame
	FailedByMe  bool `json:"failedByMe"`  // we failed the connection
	DroppedByMe bool `json:"droppedByMe"` // we dropped TCP
	WasClean    bool `json:"wasClean"`    // both close frames were seen and the server dropped TCP

	// Waited says that a time-out of ours decided, and nothing that was seen: both
	// verdicts are then only as good as the patience of the run.
	Waited bool `json:"waited,omitempty"`

	WasNotCleanReason              string `json:"wasNotCleanReason,omitempty"` // "" for none
	WasServerConnectionDropTimeout bool   `json:"wasServerConnectionDropTimeout,omitempty"`
	WasOpenHandshakeTimeout        bool   `json:"wasOpenHandshakeTimeout,omitempty"`
	WasCloseHandshakeTimeout       bool   `json:"wasCloseHandshakeTimeout,omitempty"`

	Local  *wsproto.ClosePayload `json:"local,omitempty"`  // the close frame that we sent, nil for none
	Remote *wsproto.ClosePayload `json:"remote,omitempty"` // the close frame that we received, nil for none
}

// TimeForm is the form of a time in Autobahn's reports, for one in UTC.
const TimeForm = "2006-01-02T15:04:05.000Z"

// LogKind is the two- or three-letter name of a row of the wire log.
type LogKind string

// The rows of a wire log.
const (
	LogRxOctets LogKind = "RO"
	LogTxOctets LogKind = "TO"
	LogRxFrame  LogKind = "RF"
	LogTxFrame  LogKind = "TF"
	LogWait     LogKind = "CT"  // a wait begins
	LogWaitEnd  LogKind = "CTE" // a wait ended with the connection open
	LogFail     LogKind = "KL"  // the fail-after timer was set
	LogFailEnd  LogKind = "KLE" // it went off
	LogClose    LogKind = "TI"  // the close-after timer was set
	LogCloseEnd LogKind = "TIE" // it went off
	LogSwitched LogKind = "WLM" // the log was switched on or off
)

// UnmarshalText reads the name of a kind.
func (k *LogKind) UnmarshalText(text []byte) error {
	switch *k = LogKind(text); *k {
	case LogRxOctets, LogTxOctets, LogRxFrame, LogTxFrame, LogWait, LogWaitEnd, LogFail, LogFailEnd, LogClose, LogCloseEnd, LogSwitched:
		return nil
	}
	return fmt.Errorf("unknown kind of a row of the wire log: %q", text)
}

// IsFrame reports whether the row is about a frame.
func (k LogKind) IsFrame() bool { return k == LogRxFrame || k == LogTxFrame }

// MaxLogged is the number of octets of data that a [LogRow] keeps.
const MaxLogged = 64

// LogRow is one row of the wire log. Kind says which fields count.
type LogRow struct {
	Kind LogKind `json:"kind"`

	Len  int            `json:"len,omitempty"`  // octets or payload octets
	Data wsproto.Octets `json:"data,omitempty"` // the first of them: at most 64

	Header *wsproto.Header `json:"header,omitempty"` // frames; nil for other rows
	Repeat int             `json:"repeat,omitempty"` // LogTxFrame: payload repeated up to so many octets, 0 for not
	Chop   int             `json:"chop,omitempty"`   // LogTxFrame: size of the pieces, 0 for one piece
	Sync   bool            `json:"sync,omitempty"`   // LogTxFrame, LogTxOctets

	Seconds float64 `json:"seconds,omitempty"` // LogWait, LogFail, LogClose
	Tag     string  `json:"tag,omitempty"`     // LogWait, LogWaitEnd
	On      bool    `json:"on,omitempty"`      // LogSwitched
}

// Traffic counts what went over a connection whose messages may have been
// compressed. "App" octets are payload before compression, "WebSocket" octets
// after it, "wire" octets all that TCP carried once the connection was open.
type Traffic struct {
	In         Flow `json:"in"`
	Out        Flow `json:"out"`
	PreopenIn  int  `json:"preopenIn"` // octets of the opening handshake
	PreopenOut int  `json:"preopenOut"`
}

// Flow is one direction of a [Traffic].
type Flow struct {
	OctetsApp       int `json:"octetsApp"`
	OctetsWebSocket int `json:"octetsWebSocket"`
	OctetsWire      int `json:"octetsWire"`
	Frames          int `json:"frames"`
	Messages        int `json:"messages"`
}

// CompressionRatio returns the size of what was sent by its size before
// compression; ok is false where nothing was sent.
func (f *Flow) CompressionRatio() (ratio float64, ok bool) {
	return float64(f.OctetsWebSocket) / float64(f.OctetsApp), f.OctetsApp > 0
}

// Overhead returns the size of all that is not payload by the size of the payload;
// ok is false where there was none.
func (f *Flow) Overhead() (ratio float64, ok bool) {
	return float64(f.OctetsWire-f.OctetsWebSocket) / float64(f.OctetsWebSocket), f.OctetsWebSocket > 0
}
