package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
)

// Load reads the report that [WriteDir] or a [Writer] put into the directory,
// from its wscheck.json; of a run that has not ended, or was killed, all that a
// Writer was given. Scripts are not part of that file: the cases of the report
// have none. Traces may be shorter than what was recorded, see [report.FileName].
func Load(dir string) (*report.Report, error) {
	return load(dir, func(r *report.Result) *report.Result { return r })
}

// LoadVerdicts is [Load] without traces and wire logs, which makes up nearly all
// of a report: it is enough for summaries, JUnit,
// Markdown and a [report.Baseline].
func LoadVerdicts(dir string) (*report.Report, error) { return load(dir, transcript.Slim) }

// load reads a report and keeps of each result what keep returns.
func load(dir string, keep func(*report.Result) *report.Result) (*report.Report, error) {
	r, _, err := scanDir(dir, intoAgent(keep))
	if err == nil {
		err = settle(r)
	}
	if err != nil {
		return nil, fmt.Errorf("reading a report from %s: %w", dir, err)
	}
	return r, nil
}

// intoAgent gives each result to its agent.
func intoAgent(keep func(*report.Result) *report.Result) eachResult {
	return func(_ int, agent *report.Agent, raw json.RawMessage) error {
		result, err := decodeResult(agent.Name, raw)
		if err == nil {
			agent.Results = append(agent.Results, keep(result))
		}
		return err
	}
}

// settle gives the results of a report that was read their cases, and puts them
// into order, each case once.
func settle(r *report.Report) error {
	places := make(map[string]int, len(r.Cases))
	for i, c := range r.Cases {
		places[c.ID] = i
	}
	for _, agent := range r.Agents {
		last := make([]*report.Result, len(r.Cases))
		for _, result := range agent.Results {
			at, ok := places[result.Case.ID]
			if !ok {
				return unknownCase(agent.Name, result)
			}
			result.Case = r.Cases[at]
			last[at] = result
		}
		agent.Results = slices.DeleteFunc(last, func(result *report.Result) bool { return result == nil })
		if len(agent.Results) == 0 {
			agent.Results = nil
		}
	}
	return nil
}

func unknownCase(agent string, result *report.Result) error {
	return fmt.Errorf("agent %.200q, case %.200q: the file does not describe this case", agent, result.Case.ID)
}

// scanDir reads the report of a directory. Its results go to each, and are not
// in what it returns; killed says that the run has not ended.
func scanDir(dir string, each eachResult) (r *report.Report, killed bool, err error) {
	f, killed, err := openReport(dir)
	if err != nil {
		return nil, false, remedy(dir, err)
	}
	defer f.Close()
	scan := scanDocument
	if killed {
		scan = scanJournal
	}
	d, err := scan(f, counted(each))
	if err == nil {
		r, err = &d.Report, d.checkCases()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it is cut off")
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", filepath.Base(f.Name()), err)
	}
	r.Dir = dir
	if killed && r.Stopped == "" {
		r.Stopped = unfinished
	}
	return r, killed, nil
}

// remedy says what to give in the place of a folder that has no report.
func remedy(dir string, err error) error {
	const give = "give the folder that a run named by --out"
	info, there := os.Stat(dir)
	switch {
	case there == nil && !info.IsDir():
		return fmt.Errorf("it is a file: give the folder that it is in, %s", filepath.Dir(dir))
	case errors.Is(there, fs.ErrNotExist):
		return fmt.Errorf("there is no such folder (%w): %s", fs.ErrNotExist, give)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("it holds no report (%w): %s", fs.ErrNotExist, give)
	}
	return err
}

// openReport opens the file that has all of the report in a directory: the
// journal, where there is one.
func openReport(dir string) (f *os.File, journal bool, err error) {
	f, err = os.Open(filepath.Join(dir, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(filepath.Join(dir, report.FileName))
		return f, false, err
	}
	return f, true, err
}
