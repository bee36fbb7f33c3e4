package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// decodeResult reads the JSON of a result of the agent. Its case has nothing but
// an id yet.
func decodeResult(agent string, raw []byte) (*Result, error) {
	var d docResult
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	result, err := d.decode()
	if err != nil {
		return nil, fmt.Errorf("case %.200q: %w", d.Case, err)
	}
	result.Agent = cmp.Or(result.Agent, agent)
	return result, nil
}

// report is the inverse of newHead and newAbout: a report without results.
func (d *document) report() (*Report, error) {
	r := &Report{
		Role:    d.Role,
		Started: d.Started,
		Took:    time.Duration(d.Took),
		Judge:   d.Judge,
		Quick:   d.Quick,
		Stopped: d.Stopped,
		LeftOut: d.LeftOut,
		Shards:  d.Shards,
	}
	seen := make(map[string]bool, len(d.Cases))
	for i := range d.Cases {
		c, err := d.Cases[i].decode()
		if err != nil {
			return nil, fmt.Errorf("case %.200q: %w", d.Cases[i].ID, err)
		}
		if c.ID == "" || seen[c.ID] {
			return nil, fmt.Errorf("case %d: the id %.200q is empty or there twice", i, c.ID)
		}
		seen[c.ID] = true
		r.Cases = append(r.Cases, c)
	}
	for i := range d.Agents {
		a := &d.Agents[i]
		r.Agents = append(r.Agents, &Agent{
			Name:        a.Name,
			URL:         a.URL,
			Unreachable: a.Unreachable,
			PeakMemory:  a.PeakMemory,
			Deaths:      a.Deaths,
			Ended:       a.Ended,
			Skipped:     a.Skipped,
			Dialect:     a.Dialect,
		})
	}
	return r, nil
}

func (d *docCase) decode() (*catalogue.Case, error) {
	x, err := d.Autobahn.decode()
	return &catalogue.Case{
		ID:          d.ID,
		Number:      d.Number,
		Description: d.Description,
		Expectation: d.Expectation,
		RFC:         d.RFC,
		Clauses:     d.Clauses,
		Alone:       d.Alone,
		Slow:        d.Slow,
		Autobahn:    x,
	}, err
}

func (d *docExpectation) decode() (*autobahn.Expectation, error) {
	if d == nil {
		return nil, nil
	}
	x := &autobahn.Expectation{
		CloseByUs:          d.CloseByUs,
		CloseCodes:         d.CloseCodes,
		RequireClean:       d.RequireClean,
		WrongEndpointFatal: d.WrongEndpointFatal,
		WrongCodeFatal:     d.WrongCodeFatal,
		NoCloseWhenDone:    d.NoCloseWhenDone,
		Informational:      d.Informational,
		TxFrames:           d.TxFrames,
		ReportTime:         d.ReportTime,
		Timeout:            time.Duration(d.Timeout),
		Deflate:            d.Deflate,
		ReportRatios:       d.ReportRatios,
	}
	var ok bool
	if x.Check, ok = keyOf(checkNames, d.Check); !ok {
		return nil, fmt.Errorf("unknown check %q", d.Check)
	}
	for i := range d.Outcomes {
		observed, err := decodeObservations(d.Outcomes[i].Observed)
		if err != nil {
			return nil, err
		}
		x.Outcomes = append(x.Outcomes, autobahn.Outcome{Behavior: d.Outcomes[i].Behavior, Observed: observed})
	}
	return x, nil
}

func decodeObservations(list []docObservation) ([]autobahn.Observation, error) {
	var observed []autobahn.Observation
	for i := range list {
		d := &list[i]
		kind, ok := keyOf(observationNames, d.Kind)
		if !ok {
			return nil, fmt.Errorf("unknown observation %q", d.Kind)
		}
		observed = append(observed, autobahn.Observation{
			Kind:    kind,
			Payload: oracle.Payload{Data: d.Data, Len: max(d.Len, 0), Source: d.Source, Offset: d.Offset},
			Binary:  d.Binary,
			Tag:     d.Tag,
		})
	}
	return observed, nil
}

// keyOf returns the key under which m holds the name.
func keyOf[K comparable](m map[K]string, name string) (key K, ok bool) {
	for k, v := range m {
		if v == name {
			return k, true
		}
	}
	return key, false
}

func (d *docResult) decode() (*Result, error) {
	record, err := d.Autobahn.decode()
	if err != nil {
		return nil, err
	}
	trace, err := d.Trace.decode()
	if err != nil {
		return nil, err
	}
	return &Result{
		Case:     &catalogue.Case{ID: d.Case},
		Agent:    d.Agent,
		Started:  d.Started,
		Duration: time.Duration(d.Duration),
		Trace:    trace,
		Died:     d.Died,
		Tries:    d.Tries,
		Doubt:    d.Doubt,
		Measured: d.Measured,
		RFC:      d.RFC,
		Record:   record,
		Omitted: Omission{
			Before: d.Trace.OmittedBefore, Events: d.Trace.OmittedEvents,
			Rows: d.Trace.OmittedRows, Seen: d.Trace.OmittedSeen, Sizes: d.Trace.OmittedSizes,
		},
	}, nil
}

func (d *docTrace) decode() (*oracle.Trace, error) {
	t := &oracle.Trace{Role: d.Role, Events: make([]oracle.Event, len(d.Events))}
	if d.Carrier != "" {
		carrier, err := oracle.ParseCarrier(d.Carrier)
		if err != nil {
			return nil, err
		}
		t.Carrier = carrier
	}
	for i := range d.Events {
		ev := &d.Events[i]
		if ev.N < 0 {
			return nil, fmt.Errorf("event %d of the trace has %d octets", i, ev.N)
		}
		t.Events[i] = oracle.Event{
			Kind: oracle.EventKind(ev.Kind),
			At:   time.Duration(ev.At),
			Data: ev.Data,
			N:    max(ev.N, len(ev.Data)),
			Step: ev.Step,
			Tag:  ev.Tag,
			Sync: ev.Sync,
		}
	}
	return t, nil
}

func (d *docRecord) decode() (*autobahn.Record, error) {
	if d == nil {
		return nil, nil
	}
	received, err := decodeObservations(d.Received)
	if err != nil {
		return nil, err
	}
	rec := &autobahn.Record{
		Behavior:                       d.Behavior,
		BehaviorClose:                  d.BehaviorClose,
		Result:                         d.Result,
		ResultClose:                    d.ResultClose,
		Received:                       received,
		WasOpen:                        d.WasOpen,
		ClosedByMe:                     d.ClosedByMe,
		FailedByMe:                     d.FailedByMe,
		DroppedByMe:                    d.DroppedByMe,
		WasClean:                       d.WasClean,
		Waited:                         d.Waited,
		WasNotCleanReason:              d.WasNotCleanReason,
		WasServerConnectionDropTimeout: d.WasServerConnectionDropTimeout,
		WasOpenHandshakeTimeout:        d.WasOpenHandshakeTimeout,
		WasCloseHandshakeTimeout:       d.WasCloseHandshakeTimeout,
		Local:                          d.Local.decode(),
		Remote:                         d.Remote.decode(),
		RxOctets:                       d.RxOctets,
		TxOctets:                       d.TxOctets,
		RxFrames:                       d.RxFrames,
		TxFrames:                       d.TxFrames,
		HTTPRequest:                    string(d.HTTPRequest),
		HTTPResponse:                   string(d.HTTPResponse),
		WirelogActive:                  d.WirelogActive,
	}
	for i := range d.Wirelog {
		row, err := d.Wirelog[i].decode()
		if err != nil {
			return nil, fmt.Errorf("row %d of the wire log: %w", i, err)
		}
		rec.Wirelog = append(rec.Wirelog, row)
	}
	if t := d.Traffic; t != nil {
		rec.Traffic = &autobahn.Traffic{
			In: autobahn.Flow(t.In), Out: autobahn.Flow(t.Out), PreopenIn: t.PreopenIn, PreopenOut: t.PreopenOut,
		}
	}
	return rec, nil
}

func (d *docClose) decode() *wsproto.ClosePayload {
	if d == nil {
		return nil
	}
	return &wsproto.ClosePayload{Code: d.Code, HasCode: d.HasCode, Reason: d.Reason}
}

func (d *docLogRow) decode() (autobahn.LogRow, error) {
	row := autobahn.LogRow{
		Kind: d.Kind, Len: d.Len, Data: d.Data, Repeat: d.Repeat, Chop: d.Chop,
		Sync: d.Sync, Seconds: d.Seconds, Tag: d.Tag, On: d.On,
	}
	switch d.Kind {
	case autobahn.LogRxFrame, autobahn.LogTxFrame:
		header, n := wsproto.ParseHeader(d.Header)
		if n == 0 {
			return row, errors.New("its frame header is cut off")
		}
		row.Header = header
	case autobahn.LogRxOctets, autobahn.LogTxOctets, autobahn.LogWait, autobahn.LogWaitEnd, autobahn.LogFail,
		autobahn.LogFailEnd, autobahn.LogClose, autobahn.LogCloseEnd, autobahn.LogSwitched:
	default:
		return row, fmt.Errorf("unknown kind %q", d.Kind)
	}
	return row, nil
}
