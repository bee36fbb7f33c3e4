package report_test

import (
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

func ExampleSummaryStyle_Write() {
	ping := &catalogue.Case{ID: "rfc6455/5.5/ping-126"}
	reserved := &catalogue.Case{ID: "rfc6455/5.2/rsv1"}
	r := &report.Report{
		Judge: report.JudgeRFC,
		Took:  40 * time.Millisecond,
		Cases: []*catalogue.Case{ping, reserved},
		Agents: []*report.Agent{{
			Name: "my server",
			URL:  "ws://localhost:9001/",
			Results: []*report.Result{
				{Case: ping},
				{Case: reserved, RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{
					Clause: "rfc6455/5.2/rsv", Want: "the connection failed", Got: `TEXT "Hello" [5 octets]`,
				}}}},
			},
		}},
		Dir: "reports",
	}
	report.SummaryStyle{}.Write(os.Stdout, r)
	// Output:
	// my server  ws://localhost:9001/
	// ✗ rfc6455/5.2/rsv  1 case  sends a reserved bit that no extension in use defines  first: rfc6455/5.2/rsv1
	// Report: reports/index.html
	// FAIL  1 of 2 pass, 1 failed, in 40 ms
}
