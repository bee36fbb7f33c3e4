package main

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/report"
)

// browserBaseline is what the test of package internal/web knows of Chromium, from the folder that the command is run
// in. That test fails for anything else that the browser does, and for what it no longer does.
const browserBaseline = "../../internal/web/testdata/chromium.json"

// browser returns the section about the browser.
func browser(known *report.Baseline) string {
	var b strings.Builder
	b.WriteString("\n## In a browser\n\nWhat Chromium does, by the page of `wscheck server --web`; " +
		"`WSCHECK_CHROMIUM=… go test ./internal/web` checks it.\n\n")
	for _, k := range known.Known {
		fmt.Fprintf(&b, "- **%s**, `%s`, %s", k.Agent, k.Case, k.Verdict)
		if k.Judge == report.JudgeAutobahn {
			b.WriteString(" by Autobahn")
		}
		for _, c := range k.Clauses {
			fmt.Fprintf(&b, ", `%s`", c)
		}
		fmt.Fprintf(&b, ". %s\n", k.Reason)
	}
	return b.String()
}
