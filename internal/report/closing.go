package report

import (
	"strconv"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/wsproto"
)

// closingView is how the connection was closed, with the keys of Autobahn's
// reports. The script of the page says what they mean.
type closingView struct {
	Result   string      `json:"result"`
	Behavior string      `json:"behavior"`
	Tone     tone        `json:"tone"`
	Rows     [][2]string `json:"rows"` // key and value
}

func newClosingView(role wsproto.Role, rec *autobahn.Record) *closingView {
	v := &closingView{
		Result:   visible(rec.ResultClose, 1000),
		Behavior: visible(string(rec.BehaviorClose), 60),
		Tone:     closeLabel(rec).Tone,
	}
	for _, row := range []struct {
		key   string
		value any
	}{
		{"isServer", role == wsproto.Server},
		{"closedByMe", rec.ClosedByMe},
		{"failedByMe", rec.FailedByMe},
		{"droppedByMe", rec.DroppedByMe},
		{"wasClean", rec.WasClean},
		{"wasNotCleanReason", orNull(rec.WasNotCleanReason)},
		{"wasServerConnectionDropTimeout", rec.WasServerConnectionDropTimeout},
		{"wasOpenHandshakeTimeout", rec.WasOpenHandshakeTimeout},
		{"wasCloseHandshakeTimeout", rec.WasCloseHandshakeTimeout},
		{"localCloseCode", closeCode(rec.Local)},
		{"localCloseReason", localReason(rec.Local)},
		{"remoteCloseCode", closeCode(rec.Remote)},
		{"remoteCloseReason", shownReason(rec.Remote)},
	} {
		text := "none"
		switch value := row.value.(type) {
		case bool:
			text = strconv.FormatBool(value)
		case int:
			text = strconv.Itoa(value)
		case string:
			text = visible(value, 400)
		}
		v.Rows = append(v.Rows, [2]string{row.key, text})
	}
	return v
}

// shownReason is the reason of the peer's close frame, whatever octets it has.
func shownReason(p *wsproto.ClosePayload) any {
	if p == nil || len(p.Reason) == 0 {
		return nil
	}
	return string(p.Reason)
}
