package store

import (
	"bytes"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/report/transcript"
)

// FuzzLoad reads damaged and hostile files. What is taken for a report can be
// shown, and what is written of it can be read.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"format":"wscheck-report","version":1,"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c"}]}]}`))
	f.Add([]byte(`{"format":"wscheck-report","version":1,"cases":[{"id":"autobahn/1","number":1}],` +
		`"agents":[{"name":"a","deaths":-1,"results":[{"case":"autobahn/1","autobahn":{"local":{},"traffic":{}},` +
		`"trace":{"events":[{"kind":"sent","data":"0a","n":9,"at":-1,"step":-7}],"omittedBefore":-1,"omittedEvents":-1}}]}]}`))
	f.Add([]byte(`{"format":"wscheck-report","version":1,"role":"server","shards":["1/2"],` +
		`"cases":[{"id":"autobahn/2","number":2,"autobahn":{"check":"lists","outcomes":[{"behavior":"OK","observed":[{"kind":"message","data":"00","len":9}]}]}}],` +
		`"agents":[{"name":"a"},{"name":"a","results":[{"case":"autobahn/2","rfc":{"outcome":"violation","findings":[{"clause":"x","event":7}]},` +
		`"autobahn":{"wirelog":[{"kind":"RF","header":"8100","len":-3},{"kind":"WT","seconds":1e300}],"rxFrames":{"9":-1}},` +
		`"trace":{"role":"server","events":[{"kind":"received","data":"8100","n":9000000000000000000}]}}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := scanDocument(bytes.NewReader(data), intoAgent(func(r *report.Result) *report.Result { return r }))
		if err != nil {
			return
		}
		r := &d.Report
		if d.checkCases() != nil || settle(r) != nil {
			return
		}
		l := report.NewLayout(r)
		var b bytes.Buffer
		for _, write := range []func() error{
			func() error { return report.SummaryStyle{Color: true}.Write(&b, r) },
			func() error { return sink.WriteJUnit(&b, r) },
			func() error { return sink.WriteMarkdown(&b, r) },
			func() error { return page.WriteIndex(&b, r, l) },
		} {
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}
		sink.AutobahnIndex(r, l)
		for i, agent := range r.Agents {
			for _, result := range agent.Results {
				result = transcript.Clip(result)
				if err := page.WriteCase(&b, &page.Case{Report: r, Agent: agent, Name: l.Agents[i].Name, Result: result}); err != nil {
					t.Fatal(err)
				}
				if result.Record != nil {
					sink.AutobahnCase(nil, r.Role, agent.Name, "1", 1, result)
				}
				document, err := encodeResult(agent.Name, result)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := decodeResult(agent.Name, document); err != nil {
					t.Errorf("it cannot be read again: %v", err)
				}
			}
		}
	})
}
