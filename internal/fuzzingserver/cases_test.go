package fuzzingserver

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// quickCases are the cases in the server role that do not take long.
func quickCases() []*catalogue.Case {
	return slices.DeleteFunc(catalogue.For(wsproto.Server), func(c *catalogue.Case) bool {
		return c.Slow || c.Alone || c.Bulk
	})
}

// TestConforming plays every case with a client that conforms: nothing is held
// against it by either judge.
func TestConforming(t *testing.T) {
	cases := quickCases()
	if testing.Short() {
		cases = sample(cases)
	}
	inBubble(t, &Config{Config: engine.Config{Select: cases}}, func(s *fixture) {
		o := reference.Options{Deflate: new(reference.Deflate)}
		sideBySide(len(cases), 64, func(n int) { s.run(n, "reference", o) })
		found := s.settled("reference")
		if len(found) != len(cases) {
			t.Errorf("%d results of %d", len(found), len(cases))
		}
		for _, r := range found {
			for _, judge := range []report.Judge{report.JudgeRFC, report.JudgeAutobahn} {
				if r.Failed(judge) {
					t.Errorf("%s by %s: %+v %+v", r.Case.ID, judge, r.RFC, r.Record)
				}
			}
		}
	})
}
