package report

import (
	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// newHead returns the machine-readable form of a report but for its agents.
func newHead(r *Report) *docHead {
	d := &docHead{
		Format:  documentFormat,
		Version: documentVersion,
		Role:    r.Role,
		Started: r.Started.UTC(),
		Took:    int64(r.Took),
		Judge:   r.Judge,
		Quick:   r.Quick,
		Stopped: r.Stopped,
		LeftOut: r.LeftOut,
		Shards:  r.Shards,
		Cases:   make([]docCase, len(r.Cases)),
	}
	for i, c := range r.Cases {
		d.Cases[i] = encodeCase(c)
	}
	return d
}

func encodeCase(c *catalogue.Case) docCase {
	return docCase{
		ID:          c.ID,
		Number:      c.Number,
		Description: c.Description,
		Expectation: c.Expectation,
		RFC:         c.RFC,
		Clauses:     c.Clauses,
		Alone:       c.Alone,
		Slow:        c.Slow,
		Autobahn:    encodeExpectation(c.Autobahn),
	}
}

func newAbout(agent *Agent) *docAbout {
	return &docAbout{
		Name:        agent.Name,
		URL:         agent.URL,
		Unreachable: agent.Unreachable,
		PeakMemory:  agent.PeakMemory,
		Deaths:      agent.Deaths,
		Ended:       agent.Ended,
		Skipped:     agent.Skipped,
		Dialect:     agent.Dialect,
	}
}

// encodeResult returns the machine-readable form of a clipped result of the
// agent.
func encodeResult(agent string, result *Result) *docResult {
	d := &docResult{
		Case:     result.Case.ID,
		Started:  result.Started.UTC(),
		Duration: int64(result.Duration),
		Died:     result.Died,
		Tries:    result.Tries,
		Doubt:    result.Doubt,
		Measured: result.Measured,
		RFC:      result.RFC,
		Autobahn: encodeRecord(result.Record),
		Trace:    encodeTrace(result.Trace, result.Omitted),
	}
	if result.Agent != agent {
		d.Agent = result.Agent
	}
	return d
}

func encodeExpectation(x *autobahn.Expectation) *docExpectation {
	if x == nil {
		return nil
	}
	d := &docExpectation{
		Check:              checkNames[x.Check],
		CloseByUs:          x.CloseByUs,
		CloseCodes:         x.CloseCodes,
		RequireClean:       x.RequireClean,
		WrongEndpointFatal: x.WrongEndpointFatal,
		WrongCodeFatal:     x.WrongCodeFatal,
		NoCloseWhenDone:    x.NoCloseWhenDone,
		Informational:      x.Informational,
		TxFrames:           x.TxFrames,
		ReportTime:         x.ReportTime,
		Timeout:            int64(x.Timeout),
		Deflate:            x.Deflate,
		ReportRatios:       x.ReportRatios,
	}
	for _, outcome := range x.Outcomes {
		d.Outcomes = append(d.Outcomes, docOutcome{outcome.Behavior, encodeObservations(outcome.Observed)})
	}
	return d
}

// checkNames and observationNames are the words of the file.
var (
	checkNames = map[autobahn.Check]string{
		autobahn.CheckLists: "lists", autobahn.CheckEcho: "echo", autobahn.CheckLoop: "loop",
	}
	observationNames = map[autobahn.ObservationKind]string{
		autobahn.Message: "message", autobahn.Ping: "ping", autobahn.Pong: "pong", autobahn.StillOpen: "still-open",
	}
)

func encodeObservations(list []autobahn.Observation) []docObservation {
	var d []docObservation
	for i := range list {
		o := &list[i]
		p := &o.Payload
		doc := docObservation{
			Kind: observationNames[o.Kind], Data: p.Data, Len: p.Len, Source: p.Source, Offset: p.Offset,
			Binary: o.Binary, Tag: o.Tag,
		}
		if len(p.Data) > keptPayload {
			doc.Data, doc.Len = p.Data[:keptPayload], p.Size()
		}
		d = append(d, doc)
	}
	return d
}

func encodeTrace(t *oracle.Trace, gap Omission) docTrace {
	d := docTrace{
		Role:          t.Role,
		Events:        make([]docEvent, len(t.Events)),
		OmittedBefore: gap.Before,
		OmittedEvents: gap.Events,
		OmittedRows:   gap.Rows,
		OmittedSeen:   gap.Seen,
		OmittedSizes:  gap.Sizes,
	}
	if t.Carrier != oracle.HTTP1 {
		d.Carrier = t.Carrier.String()
	}
	for i := range t.Events {
		ev := &t.Events[i]
		d.Events[i] = docEvent{
			Kind: eventKind(ev.Kind), At: int64(ev.At), Data: ev.Data, Step: ev.Step, Tag: ev.Tag, Sync: ev.Sync,
		}
		if ev.Elided() {
			d.Events[i].N = ev.N
		}
	}
	return d
}

func encodeRecord(rec *autobahn.Record) *docRecord {
	if rec == nil {
		return nil
	}
	d := &docRecord{
		Behavior:                       rec.Behavior,
		BehaviorClose:                  rec.BehaviorClose,
		Result:                         rec.Result,
		ResultClose:                    rec.ResultClose,
		Received:                       encodeObservations(rec.Received),
		WasOpen:                        rec.WasOpen,
		ClosedByMe:                     rec.ClosedByMe,
		FailedByMe:                     rec.FailedByMe,
		DroppedByMe:                    rec.DroppedByMe,
		WasClean:                       rec.WasClean,
		Waited:                         rec.Waited,
		WasNotCleanReason:              rec.WasNotCleanReason,
		WasServerConnectionDropTimeout: rec.WasServerConnectionDropTimeout,
		WasOpenHandshakeTimeout:        rec.WasOpenHandshakeTimeout,
		WasCloseHandshakeTimeout:       rec.WasCloseHandshakeTimeout,
		Local:                          encodeClose(rec.Local),
		Remote:                         encodeClose(rec.Remote),
		RxOctets:                       rec.RxOctets,
		TxOctets:                       rec.TxOctets,
		RxFrames:                       rec.RxFrames,
		TxFrames:                       rec.TxFrames,
		HTTPRequest:                    octets(rec.HTTPRequest),
		HTTPResponse:                   octets(rec.HTTPResponse),
		WirelogActive:                  rec.WirelogActive,
	}
	for i := range rec.Wirelog {
		row := &rec.Wirelog[i]
		doc := docLogRow{
			Kind: row.Kind, Len: row.Len, Data: row.Data, Repeat: row.Repeat, Chop: row.Chop,
			Sync: row.Sync, Seconds: row.Seconds, Tag: row.Tag, On: row.On,
		}
		if row.Kind == autobahn.LogRxFrame || row.Kind == autobahn.LogTxFrame {
			doc.Header = row.Header.AppendTo(nil)
		}
		d.Wirelog = append(d.Wirelog, doc)
	}
	if t := rec.Traffic; t != nil {
		d.Traffic = &docTraffic{
			In: docFlow(t.In), Out: docFlow(t.Out), PreopenIn: t.PreopenIn, PreopenOut: t.PreopenOut,
		}
	}
	return d
}

func encodeClose(p *wsproto.ClosePayload) *docClose {
	if p == nil {
		return nil
	}
	return &docClose{Code: p.Code, HasCode: p.HasCode, Reason: p.Reason}
}

// keptPayload bounds the octets that the file keeps of one payload that was
// received or has to be.
const keptPayload = keptFrame

// allCases returns the cases of the report in order of execution: those that
// were selected, and behind them any that has nothing but a result.
func allCases(r *Report) []*catalogue.Case {
	seen := make(map[string]bool, len(r.Cases))
	var cases []*catalogue.Case
	add := func(c *catalogue.Case) {
		if !seen[c.ID] {
			seen[c.ID] = true
			cases = append(cases, c)
		}
	}
	for _, c := range r.Cases {
		add(c)
	}
	for _, agent := range r.Agents {
		for _, result := range agent.Results {
			add(result.Case)
		}
	}
	return cases
}
