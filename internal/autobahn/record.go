package autobahn

import "github.com/wscheck/wscheck/wsproto"

// Record is all that Autobahn|Testsuite reports of one case besides the case
// itself: both verdicts and what led to them.
type Record struct {
	Behavior      Behavior
	BehaviorClose Behavior
	Result        string // why Behavior is what it is
	ResultClose   string // why BehaviorClose is what it is
	Received      []Observation

	WasOpen     bool // the opening handshake was completed
	ClosedByMe  bool // we sent the first close frame
	FailedByMe  bool // we failed the connection
	DroppedByMe bool // we dropped TCP
	WasClean    bool // both close frames were seen and the server dropped TCP

	// Waited says that a time-out of ours decided, and nothing that was seen: both
	// verdicts are then only as good as the patience of the run.
	Waited bool

	WasNotCleanReason              string // "" for none
	WasServerConnectionDropTimeout bool
	WasOpenHandshakeTimeout        bool
	WasCloseHandshakeTimeout       bool

	Local  *wsproto.ClosePayload // the close frame that we sent, nil for none
	Remote *wsproto.ClosePayload // the close frame that we received, nil for none

	RxOctets map[int]int // size of a read → how often
	TxOctets map[int]int // size of a write → how often
	RxFrames map[wsproto.Opcode]int
	TxFrames map[wsproto.Opcode]int

	HTTPRequest  string // the opening handshake as it went over the wire
	HTTPResponse string

	Wirelog       []LogRow
	WirelogActive bool // the log was switched on when the case ended

	Traffic *Traffic // sections 12 and 13 that passed
}

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

// MaxLogged is the number of octets of data that a [LogRow] keeps.
const MaxLogged = 64

// LogRow is one row of the wire log. Kind says which fields count.
type LogRow struct {
	Kind LogKind

	Len  int    // octets or payload octets
	Data []byte // the first of them: at most 64

	Header wsproto.Header // frames
	Repeat int            // LogTxFrame: payload repeated up to so many octets, 0 for not
	Chop   int            // LogTxFrame: size of the pieces, 0 for one piece
	Sync   bool           // LogTxFrame, LogTxOctets

	Seconds float64 // LogWait, LogFail, LogClose
	Tag     string  // LogWait, LogWaitEnd
	On      bool    // LogSwitched
}

// Traffic counts what went over a connection whose messages may have been
// compressed. "App" octets are payload before compression, "WebSocket" octets
// after it, "wire" octets all that TCP carried once the connection was open.
type Traffic struct {
	In, Out               Flow
	PreopenIn, PreopenOut int // octets of the opening handshake
}

// Flow is one direction of a [Traffic].
type Flow struct {
	OctetsApp, OctetsWebSocket, OctetsWire int
	Frames, Messages                       int
}
