package page

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/wsproto"
)

// closingView is how the connection was closed, with the keys of Autobahn's
// reports. The script of the page says what they mean.
type closingView struct {
	Result   string      `json:"result"`
	Behavior string      `json:"behavior"`
	Tone     report.Tone `json:"tone"`
	Rows     [][2]string `json:"rows"` // key and value
}

func newClosingView(role wsproto.Role, rec *autobahn.Record) *closingView {
	v := &closingView{
		Result:   visible.Text(rec.ResultClose, 1000),
		Behavior: visible.Text(string(rec.BehaviorClose), 60),
		Tone:     report.CloseLabel(rec).Tone,
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
		{"wasNotCleanReason", rec.WasNotCleanReason},
		{"wasServerConnectionDropTimeout", rec.WasServerConnectionDropTimeout},
		{"wasOpenHandshakeTimeout", rec.WasOpenHandshakeTimeout},
		{"wasCloseHandshakeTimeout", rec.WasCloseHandshakeTimeout},
		{"localCloseCode", codeText(rec.Local)},
		{"localCloseReason", reasonText(rec.Local)},
		{"remoteCloseCode", codeText(rec.Remote)},
		{"remoteCloseReason", reasonText(rec.Remote)},
	} {
		text := cmp.Or(visible.Text(fmt.Sprint(row.value), 400), "none")
		v.Rows = append(v.Rows, [2]string{row.key, text})
	}
	return v
}

// codeText returns the code of a close frame, "" where there is none.
func codeText(p *wsproto.ClosePayload) string {
	if p == nil || !p.HasCode {
		return ""
	}
	return strconv.Itoa(int(p.Code))
}

// reasonText returns the reason of a close frame, whatever octets it has.
func reasonText(p *wsproto.ClosePayload) string {
	if p == nil {
		return ""
	}
	return string(p.Reason)
}
