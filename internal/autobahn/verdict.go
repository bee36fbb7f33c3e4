package autobahn

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Lost notes that TCP is gone, by either side, and makes both verdicts.
func (e *Endpoint) Lost() {
	if e.lost {
		return
	}
	e.lost = true
	e.state = Closed
	r := &e.rec
	if !r.WasClean && !r.DroppedByMe && r.WasNotCleanReason == "" {
		r.WasNotCleanReason = "peer dropped the TCP connection without previous WebSocket closing handshake"
	}
	r.WirelogActive = e.logging
	if e.exp != nil {
		e.judge()
	}
}

func (e *Endpoint) judge() {
	r, x := &e.rec, e.exp
	r.Behavior, r.Result = e.behavior, e.result
	if x.Check == CheckLists && r.WasOpen {
		for _, o := range x.Outcomes {
			if equalObservations(r.Received, o.Observed) {
				r.Behavior = o.Behavior
				r.Result = "Actual events match at least one expected."
				break
			}
		}
	}
	r.BehaviorClose, r.ResultClose = e.judgeClose()
	if r.WasOpen && x.WrongEndpointFatal && x.CloseByUs != r.ClosedByMe {
		r.Behavior = Failed
	}
	if x.WrongCodeFatal && r.BehaviorClose == WrongCode {
		r.Behavior, r.Result = Failed, r.ResultClose
	}
	if x.Informational {
		e.inform()
	}
	if x.TxFrames != nil {
		e.judgeTxFrames()
	}
}

// inform makes both verdicts of a case that no behavior can fail.
func (e *Endpoint) inform() {
	r := &e.rec
	switch {
	case len(e.exp.Outcomes) < 2:
		r.Result = "Actual events are undefined by the spec."
	case r.Behavior == OK:
		r.Result = "Text message was processed before close."
	case r.Behavior == NonStrict:
		r.Result = "Close was processed before text message could be returned."
	}
	r.Behavior, r.BehaviorClose = Informational, Informational
}

// judgeClose is the verdict on how the connection was closed, the first that
// fits.
func (e *Endpoint) judgeClose() (Behavior, string) {
	r, x := &e.rec, e.exp
	switch {
	case !r.WasOpen:
		return Failed, "The WebSocket opening handshake was never completed!"
	case x.CloseByUs != r.ClosedByMe:
		return Failed, "The connection was failed by the wrong endpoint"
	case x.RequireClean && !r.WasClean:
		return Unclean, "The spec requires the connection to be failed cleanly here"
	case r.Remote != nil && r.Remote.HasCode && !slices.Contains(x.CloseCodes, r.Remote.Code):
		return WrongCode, "The close code should have been " + codeList(x.CloseCodes) + " or empty"
	case e.role == wsproto.Client && r.DroppedByMe:
		return FailedByClient, "It is preferred that the server close the TCP connection"
	}
	return OK, "Connection was properly closed"
}

func codeList(codes []wsproto.CloseCode) string {
	s := make([]string, len(codes))
	for i, c := range codes {
		s[i] = fmt.Sprint(uint16(c))
	}
	return strings.Join(s, ",")
}

func (e *Endpoint) judgeTxFrames() {
	r := &e.rec
	if !r.WasOpen {
		r.Behavior, r.Result = Failed, "WebSocket connection was never open"
		return
	}
	got := map[wsproto.Opcode]int{}
	for op := range e.exp.TxFrames {
		got[op] = r.TxFrames[op]
	}
	if !maps.Equal(got, e.exp.TxFrames) {
		r.Behavior = Failed
		r.Result = fmt.Sprintf("Frames transmitted %v does not match what we expected %v.", got, e.exp.TxFrames)
	}
}

func equalObservations(got, want []Observation) bool {
	return slices.EqualFunc(got, want, func(a, b Observation) bool {
		return a.Kind == b.Kind && a.Binary == b.Binary && a.Tag == b.Tag && equalPayloads(&a.Payload, &b.Payload)
	})
}

// equalPayloads compares what was received with what was wanted; either may be
// written as a repetition.
func equalPayloads(got, want *oracle.Payload) bool {
	if got.Size() != want.Size() {
		return false
	}
	if got.Len == 0 && want.Len == 0 {
		return bytes.Equal(got.Data, want.Data)
	}
	if got.Len != 0 { // not all of it was kept: unequal, since every wanted payload is shorter
		return false
	}
	return want.Matches(0, got.Data)
}
