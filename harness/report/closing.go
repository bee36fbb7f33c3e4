package report

import (
	"html/template"
	"strconv"

	"github.com/wscheck/wscheck/oracle/autobahn"
	"github.com/wscheck/wscheck/wsproto"
)

// closingView is how the connection was closed, with the keys of Autobahn's
// reports.
type closingView struct {
	Result   string
	Behavior string
	Label    label
	Rows     []closingRow
}

// HTML draws the rows.
func (v *closingView) HTML() template.HTML { return drawClosing(v.Rows) }

type closingRow struct{ Key, Value, Meaning string }

func newClosingView(role wsproto.Role, rec *autobahn.Record) *closingView {
	v := &closingView{
		Result:   visible(rec.ResultClose, 1000),
		Behavior: visible(string(rec.BehaviorClose), 60),
		Label:    closeLabel(rec),
	}
	flag := func(key string, value bool, meaning string) {
		v.Rows = append(v.Rows, closingRow{key, strconv.FormatBool(value), meaning})
	}
	text := func(key string, value any, meaning string) {
		row := closingRow{key, "none", meaning}
		switch value := value.(type) {
		case int:
			row.Value = strconv.Itoa(value)
		case string:
			row.Value = visible(value, 400)
		}
		v.Rows = append(v.Rows, row)
	}
	flag("isServer", role == wsproto.Server, "We played the server and the peer the client.")
	flag("closedByMe", rec.ClosedByMe, "Our close frame was the first one.")
	flag("failedByMe", rec.FailedByMe, "We failed the connection, with a close frame or by dropping TCP: the peer broke the protocol, or time was up.")
	flag("droppedByMe", rec.DroppedByMe, "We were the one to drop TCP.")
	flag("wasClean", rec.WasClean, "A close frame went each way, and the server dropped TCP, as is its part.")
	text("wasNotCleanReason", orNull(rec.WasNotCleanReason), "What kept the closing from being clean.")
	flag("wasServerConnectionDropTimeout", rec.WasServerConnectionDropTimeout, "As the client we waited for the server to drop TCP, and in time it did not.")
	flag("wasOpenHandshakeTimeout", rec.WasOpenHandshakeTimeout, "The peer did not complete the opening handshake in time.")
	flag("wasCloseHandshakeTimeout", rec.WasCloseHandshakeTimeout, "We started the closing handshake, and the peer did not answer in time.")
	text("localCloseCode", closeCode(rec.Local), "The code of the close frame that we sent.")
	text("localCloseReason", localReason(rec.Local), "The reason in it.")
	text("remoteCloseCode", closeCode(rec.Remote), "The code of the close frame that the peer sent.")
	text("remoteCloseReason", shownReason(rec.Remote), "The reason in it.")
	return v
}

// shownReason is the reason of the peer's close frame, whatever octets it has.
func shownReason(p *wsproto.ClosePayload) any {
	if p == nil || len(p.Reason) == 0 {
		return nil
	}
	return string(p.Reason)
}
