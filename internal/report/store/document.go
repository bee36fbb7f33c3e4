package store

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// The values of "format" and "version".
const (
	documentFormat  = "wscheck-report"
	documentVersion = 1
)

// document is the file without results, which are read and written one by one.
type document struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	report.Report
}

func newDocument(r *report.Report) *document {
	d := &document{documentFormat, documentVersion, *r}
	d.Started = r.Started.UTC()
	if d.Cases == nil {
		d.Cases = []*catalogue.Case{}
	}
	return d
}

// check reports what is wrong with a document, except in its cases.
func (d *document) check() error {
	switch {
	case d.Format != documentFormat:
		return fmt.Errorf("its format is %q, not %q", d.Format, documentFormat)
	case d.Version != documentVersion:
		return fmt.Errorf("its version is %d; this program knows %d", d.Version, documentVersion)
	case d.Judge != "" && d.Judge != report.JudgeRFC && d.Judge != report.JudgeAutobahn:
		return fmt.Errorf("its judge is %q, neither %q nor %q", d.Judge, report.JudgeRFC, report.JudgeAutobahn)
	}
	for _, shard := range d.Shards {
		if err := shard.Check(); err != nil {
			return err
		}
	}
	return nil
}

// checkCases reports a case that is not named, or not alone with its name.
func (d *document) checkCases() error {
	seen := make(map[string]bool, len(d.Cases))
	for i, c := range d.Cases {
		if c == nil || c.ID == "" || seen[c.ID] {
			return fmt.Errorf("case %d: its id is empty or there twice", i)
		}
		seen[c.ID] = true
	}
	return nil
}

// resultForm is the JSON form of a result.
type resultForm struct {
	Case  string `json:"case"`
	Agent string `json:"agent,omitempty"` // where it is not the agent's name
	*report.Result
	Trace traceForm `json:"trace"`
}

type traceForm struct {
	*oracle.Trace
	*report.Omission
}

// encodeResult returns the JSON of a clipped result of the agent.
func encodeResult(agent string, result *report.Result) ([]byte, error) {
	r, t := *result, *result.Trace
	r.Started = r.Started.UTC()
	t.Events = make([]oracle.Event, len(t.Events))
	for i := range t.Events {
		t.Events[i] = result.Trace.Events[i]
		if ev := &t.Events[i]; !ev.Elided() {
			ev.N = 0
		}
	}
	form := resultForm{Case: r.Case.ID, Result: &r, Trace: traceForm{&t, &r.Omitted}}
	if r.Agent != agent {
		form.Agent = r.Agent
	}
	return json.Marshal(&form)
}

// decodeResult reads the JSON of a result of the agent. Its case has nothing but
// an id yet.
func decodeResult(agent string, raw []byte) (*report.Result, error) {
	r := &report.Result{Trace: &oracle.Trace{}}
	form := resultForm{Result: r, Trace: traceForm{r.Trace, &r.Omitted}}
	err := json.Unmarshal(raw, &form)
	if err == nil {
		err = finishResult(r)
	}
	if err != nil {
		return nil, fmt.Errorf("case %.200q: %w", form.Case, err)
	}
	r.Case, r.Agent = &catalogue.Case{ID: form.Case}, cmp.Or(form.Agent, agent)
	return r, nil
}

// finishResult gives a result that was read what its JSON leaves out, and reports what
// cannot be.
func finishResult(r *report.Result) error {
	for i := range r.Trace.Events {
		ev := &r.Trace.Events[i]
		if ev.N < 0 {
			return fmt.Errorf("event %d of the trace has %d octets", i, ev.N)
		}
		ev.N = max(ev.N, len(ev.Data))
	}
	if r.Record == nil {
		return nil
	}
	for i := range r.Record.Wirelog {
		if row := &r.Record.Wirelog[i]; row.Kind.IsFrame() && row.Header == nil {
			return fmt.Errorf("row %d of the wire log has no frame header", i)
		}
	}
	return nil
}
