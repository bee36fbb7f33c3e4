package sink

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// AutobahnIndex is the content of index.json: agent, then case id, then exactly
// five keys. Cases that Autobahn|Testsuite does not have are not in it: its
// consumers abort on what they do not know.
func AutobahnIndex(r *report.Report, l *report.Layout) []byte {
	index := pyDict{}
	for i := range r.Agents {
		cases := pyDict{}
		for caseID, result := range l.Agents[i].Results {
			id, ok := report.AutobahnID(result.Case)
			if !ok || result.Record == nil {
				continue
			}
			cases[id] = pyDict{
				"behavior":        string(result.Record.Behavior),
				"behaviorClose":   string(result.Record.BehaviorClose),
				"duration":        int(result.Duration.Round(time.Millisecond).Milliseconds()),
				"remoteCloseCode": closeCode(result.Record.Remote),
				"reportfile":      l.Agents[i].Files[caseID] + ".json",
			}
		}
		if len(cases) > 0 {
			index[l.Agents[i].Name] = cases
		}
	}
	return appendPy(nil, index, 0)
}

// AutobahnCase is the content of the JSON file of one case, appended to dst. id
// and number are those of Autobahn|Testsuite, which counts a fuzzing server's
// cases within the selection.
func AutobahnCase(dst []byte, role wsproto.Role, agent, id string, number int, result *report.Result) []byte {
	c, rec := result.Case, result.Record
	report := pyDict{
		"agent":                          agent,
		"behavior":                       string(rec.Behavior),
		"behaviorClose":                  string(rec.BehaviorClose),
		"case":                           number,
		"closedByMe":                     rec.ClosedByMe,
		"createStats":                    true,
		"createWirelog":                  rec.WirelogActive,
		"description":                    c.Description,
		"droppedByMe":                    rec.DroppedByMe,
		"duration":                       int(result.Duration.Round(time.Millisecond).Milliseconds()),
		"expectation":                    c.Expectation,
		"expected":                       pyDict{},
		"expectedClose":                  pyDict{},
		"failedByMe":                     rec.FailedByMe,
		"httpRequest":                    httpHead(string(rec.HTTPRequest)),
		"httpResponse":                   httpHead(string(rec.HTTPResponse)),
		"id":                             id,
		"isServer":                       role == wsproto.Server,
		"localCloseCode":                 closeCode(rec.Local),
		"localCloseReason":               localReason(rec.Local),
		"received":                       observations(rec.Received),
		"remoteCloseCode":                closeCode(rec.Remote),
		"remoteCloseReason":              remoteReason(rec.Remote),
		"reportCompressionRatio":         false,
		"reportTime":                     false,
		"result":                         rec.Result,
		"resultClose":                    rec.ResultClose,
		"rxFrameStats":                   opcodeCounts(rec.RxFrames),
		"rxOctetStats":                   pyCounts(rec.RxOctets),
		"started":                        result.Started.UTC().Format(autobahn.TimeForm),
		"trafficStats":                   trafficStats(rec.Traffic),
		"txFrameStats":                   opcodeCounts(rec.TxFrames),
		"txOctetStats":                   pyCounts(rec.TxOctets),
		"wasClean":                       rec.WasClean,
		"wasCloseHandshakeTimeout":       rec.WasCloseHandshakeTimeout,
		"wasNotCleanReason":              orNull(rec.WasNotCleanReason),
		"wasOpenHandshakeTimeout":        rec.WasOpenHandshakeTimeout,
		"wasServerConnectionDropTimeout": rec.WasServerConnectionDropTimeout,
		"wirelog":                        wirelogRows(rec.Wirelog),
	}
	if x := c.Autobahn; x != nil {
		report["reportTime"] = x.ReportTime
		report["reportCompressionRatio"] = x.ReportRatios
		// What is expected is made known when the connection opens.
		if rec.WasOpen {
			report["expected"] = expectedLists(x)
			report["expectedClose"] = expectedClose(x)
		}
	}
	return appendPy(dst, report, 0)
}

// CaseNumbers returns Autobahn's number of each case by its id. Its fuzzing
// client counts within all of its cases, its fuzzing server within the selected
// ones.
func CaseNumbers(r *report.Report) map[string]int {
	numbers := make(map[string]int, len(r.Cases))
	selected := 0
	for _, c := range report.AllCases(r) {
		if _, ok := report.AutobahnID(c); !ok {
			continue
		}
		selected++
		numbers[c.ID] = c.Number
		if r.Role == wsproto.Server {
			numbers[c.ID] = selected
		}
	}
	return numbers
}

// orNull is v, or null for a zero value.
func orNull[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}

// closeCode is the code of a close frame, or null where there was no frame or no
// code in it.
func closeCode(p *wsproto.ClosePayload) any {
	if p == nil || !p.HasCode {
		return nil
	}
	return int(p.Code)
}

// localReason is the reason of the close frame that we sent. One that is not
// UTF-8 on purpose (case 7.5.1) is given in hexadecimal digits.
func localReason(p *wsproto.ClosePayload) any {
	if p == nil || len(p.Reason) == 0 {
		return nil
	}
	if !utf8.Valid(p.Reason) {
		return hex.EncodeToString(p.Reason)
	}
	return string(p.Reason)
}

// remoteReason is the reason of the close frame that we received. One that is
// not UTF-8 to Python 2 is null, for Autobahn fails before it notes it.
func remoteReason(p *wsproto.ClosePayload) any {
	if p == nil || len(p.Reason) == 0 || !pyValid(p.Reason) {
		return nil
	}
	return string(p.Reason)
}

// httpHead is one direction of the opening handshake with its last empty line,
// or "?" where nothing came.
func httpHead(s string) string {
	if s == "" || s == "?" {
		return "?"
	}
	return strings.TrimRight(s, "\r\n") + "\r\n\r\n"
}

func opcodeCounts(m map[wsproto.Opcode]int) pyCounts {
	counts := make(pyCounts, len(m))
	for op, n := range m {
		counts[int(op)] = n
	}
	return counts
}

func expectedLists(x *autobahn.Expectation) pyDict {
	lists := pyDict{}
	if x.Check == autobahn.CheckLists {
		for _, outcome := range x.Outcomes {
			lists[string(outcome.Behavior)] = observations(outcome.Observed)
		}
	}
	return lists
}

func expectedClose(x *autobahn.Expectation) pyDict {
	codes := pyList{}
	for _, code := range x.CloseCodes {
		codes = append(codes, int(code))
	}
	d := pyDict{"closeCode": codes, "closedByMe": x.CloseByUs, "requireClean": x.RequireClean}
	if x.WrongEndpointFatal {
		d["closedByWrongEndpointIsFatal"] = true
	}
	return d
}

// observations is a list of what was, or has to be, received.
func observations(list []autobahn.Observation) pyList {
	rows := pyList{}
	for i := range list {
		o := &list[i]
		text := logText(o.Beginning(autobahn.MaxLogged), o.Payload.Size())
		switch o.Kind {
		case autobahn.Message:
			rows = append(rows, pyList{"message", text, o.Binary})
		case autobahn.Ping:
			rows = append(rows, pyList{"ping", text})
		case autobahn.Pong:
			rows = append(rows, pyList{"pong", text})
		case autobahn.StillOpen:
			rows = append(rows, pyList{"timeout", o.Tag})
		}
	}
	return rows
}

// logEllipsis follows what Autobahn cuts off at autobahn.MaxLogged octets. It follows
// all that is longer than that less the ellipsis itself, so
// that 61 to 64 octets are complete and have one.
const logEllipsis = " ..."

// logOctets is a payload of size octets in hexadecimal digits; data holds the
// first of them.
func logOctets(data []byte, size int) string {
	if size > autobahn.MaxLogged-len(logEllipsis) {
		return hex.EncodeToString(data[:min(len(data), autobahn.MaxLogged)]) + logEllipsis
	}
	return hex.EncodeToString(data)
}

// logText is a payload of size octets as text, or with "0x" as hexadecimal
// digits where what is shown of it is not UTF-8, in Python 2's understanding.
func logText(data []byte, size int) string {
	shown, ellipsis := data, ""
	if size > autobahn.MaxLogged-len(logEllipsis) {
		shown, ellipsis = data[:min(len(data), autobahn.MaxLogged)], logEllipsis
	}
	if !pyValid(shown) {
		return "0x" + logOctets(data, size)
	}
	return string(shown) + ellipsis
}

// wirelogRows is the wire log in Autobahn's rows.
func wirelogRows(log []autobahn.LogRow) pyList {
	rows := make(pyList, 0, len(log))
	for i := range log {
		rows = append(rows, wirelogRow(&log[i]))
	}
	return rows
}

func wirelogRow(row *autobahn.LogRow) pyList {
	kind, h := string(row.Kind), row.Header
	var mask any
	if h != nil && h.Masked {
		mask = hex.EncodeToString(h.Mask[:])
	}
	switch row.Kind {
	case autobahn.LogRxOctets:
		return pyList{kind, pyList{row.Len, logOctets(row.Data, row.Len)}}
	case autobahn.LogTxOctets:
		return pyList{kind, pyList{row.Len, logOctets(row.Data, row.Len)}, row.Sync}
	case autobahn.LogRxFrame:
		return pyList{kind, pyList{row.Len, logText(row.Data, row.Len)},
			int(h.Opcode), h.Fin, int(h.Rsv), h.Masked, mask}
	case autobahn.LogTxFrame:
		return pyList{kind, pyList{row.Len, logText(row.Data, row.Len)},
			int(h.Opcode), h.Fin, int(h.Rsv), mask, orNull(row.Repeat), orNull(row.Chop), row.Sync}
	case autobahn.LogWait:
		return pyList{kind, seconds(row.Seconds), orNull(row.Tag)}
	case autobahn.LogWaitEnd:
		return pyList{kind, orNull(row.Tag)}
	case autobahn.LogFail, autobahn.LogClose:
		return pyList{kind, seconds(row.Seconds)}
	case autobahn.LogFailEnd, autobahn.LogCloseEnd:
		return pyList{kind}
	case autobahn.LogSwitched:
		return pyList{kind, row.On}
	}
	panic(fmt.Sprintf("report: no form of a wire log row of kind %q", row.Kind))
}

// seconds is a delay: whole seconds are integers in Autobahn's cases.
func seconds(s float64) any {
	if s == math.Trunc(s) {
		return int(s)
	}
	return s
}

// trafficStats is null, or the sixteen figures of a case with compression.
func trafficStats(t *autobahn.Traffic) any {
	if t == nil {
		return nil
	}
	d := pyDict{
		"preopenIncomingOctetsWireLevel": t.PreopenIn,
		"preopenOutgoingOctetsWireLevel": t.PreopenOut,
	}
	for prefix, flow := range map[string]*autobahn.Flow{"incoming": &t.In, "outgoing": &t.Out} {
		d[prefix+"OctetsAppLevel"] = flow.OctetsApp
		d[prefix+"OctetsWebSocketLevel"] = flow.OctetsWebSocket
		d[prefix+"OctetsWireLevel"] = flow.OctetsWire
		d[prefix+"WebSocketFrames"] = flow.Frames
		d[prefix+"WebSocketMessages"] = flow.Messages
		d[prefix+"CompressionRatio"] = ratioOrNull(flow.CompressionRatio())
		d[prefix+"WebSocketOverhead"] = ratioOrNull(flow.Overhead())
	}
	return d
}

func ratioOrNull(ratio float64, ok bool) any {
	if !ok {
		return nil
	}
	return ratio
}
