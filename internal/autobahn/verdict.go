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

// End takes how the connection ended, and makes both verdicts.
func (r *Recorder) End(how Ending) {
	if r == nil {
		return
	}
	switch {
	case how.WasNotCleanReason != "":
	case how.WasOpenHandshakeTimeout:
		how.WasNotCleanReason = "peer did not finish (in time) the opening handshake"
	case how.WasCloseHandshakeTimeout:
		how.WasNotCleanReason = "peer did not respond (in time) in closing handshake"
	case how.WasServerConnectionDropTimeout:
		how.WasNotCleanReason = "server did not drop TCP connection (in time)"
	case !how.WasClean && !how.DroppedByMe:
		how.WasNotCleanReason = "peer dropped the TCP connection without previous WebSocket closing handshake"
	}
	if cap(r.message) <= maxScratch {
		message := r.message
		messages.Put(&message)
	}
	r.message = nil
	r.rec.Ending = how
	r.rec.WirelogActive = r.logging
	r.rec.judge(r.role, r.exp)
}

// judge makes both verdicts. What was found of an echo is in the record.
func (r *Record) judge(role wsproto.Role, x *Expectation) {
	if x.Check == CheckLists && r.WasOpen {
		for _, o := range x.Outcomes {
			if equalObservations(r.Received, o.Observed) {
				r.Behavior = o.Behavior
				r.Result = "Actual events match at least one expected."
				break
			}
		}
	}
	r.BehaviorClose, r.ResultClose = r.judgeClose(role, x)
	if r.WasOpen && x.WrongEndpointFatal && x.CloseByUs != r.ClosedByMe {
		r.Behavior = Failed
	}
	if x.WrongCodeFatal && r.BehaviorClose == WrongCode {
		r.Behavior, r.Result = Failed, r.ResultClose
	}
	if x.Informational {
		r.inform(x)
	}
	if x.TxFrames != nil {
		r.judgeTxFrames(x)
	}
}

// inform makes both verdicts of a case that no behavior can fail.
func (r *Record) inform(x *Expectation) {
	switch {
	case len(x.Outcomes) < 2:
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
func (r *Record) judgeClose(role wsproto.Role, x *Expectation) (Behavior, string) {
	switch {
	case !r.WasOpen:
		return Failed, "The WebSocket opening handshake was never completed!"
	case x.CloseByUs != r.ClosedByMe:
		return Failed, "The connection was failed by the wrong endpoint"
	case x.RequireClean && !r.WasClean:
		return Unclean, "The spec requires the connection to be failed cleanly here"
	case r.Remote != nil && r.Remote.HasCode && !slices.Contains(x.CloseCodes, r.Remote.Code):
		return WrongCode, "The close code should have been " + codeList(x.CloseCodes) + " or empty"
	case role == wsproto.Client && r.DroppedByMe:
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

func (r *Record) judgeTxFrames(x *Expectation) {
	if !r.WasOpen {
		r.Behavior, r.Result = Failed, "WebSocket connection was never open"
		return
	}
	got := map[wsproto.Opcode]int{}
	for op := range x.TxFrames {
		got[op] = r.TxFrames[op]
	}
	if !maps.Equal(got, x.TxFrames) {
		r.Behavior = Failed
		r.Result = fmt.Sprintf("Frames transmitted %v does not match what we expected %v.", got, x.TxFrames)
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
