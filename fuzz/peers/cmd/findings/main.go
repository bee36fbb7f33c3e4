// Command findings writes what the reports of wscheck matrix find, clause by clause, and what is known of a browser:
//
//	findings > docs/findings.md
//
// It is run from the module's folder, after wscheck matrix has played the peers from the repository's.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/internal/report"
)

// browserBaseline is what the test of package internal/web knows of Chromium.
const browserBaseline = "../../internal/web/testdata/chromium.json"

func main() {
	out := flag.String("out", "../../reports/matrix", "the `folder` of the reports")
	flag.Parse()
	if err := write(os.Stdout, *out); err != nil {
		fmt.Fprintln(os.Stderr, "findings:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, out string) error {
	browser, err := report.LoadBaseline(browserBaseline)
	if err != nil {
		return err
	}
	peers, err := matrix.Load("other", nil)
	if err != nil {
		return err
	}
	config := &matrix.Config{Config: engine.Config{Judge: engine.DefaultJudge}, Out: out}
	reports, err := matrix.Gather(peers, config)
	if err != nil {
		return err
	}
	if reports == nil {
		return fmt.Errorf("%s has no report on the peers: run wscheck matrix first, or name the folder by -out", out)
	}
	return matrix.WriteFindings(w, reports, browser)
}
