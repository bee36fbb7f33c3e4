package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
)

// replaceEarlier takes away the files of the report that is there, then lets the
// journal take its place. Other files stay. The file that names them goes last, so
// that the next run finds the rest after an interruption.
func replaceEarlier(root *os.Root, j *journal) error {
	if err := sweep(root, j); err != nil {
		return err
	}
	ours := false // FileName is this program's
	for _, name := range []string{journalName, report.FileName} {
		files, err := writtenBy(root, name)
		if err != nil {
			continue // not a report of this program, or one that cannot be read: it names no files
		}
		ours = ours || name == report.FileName
		shared, err := namesLike(root, sharedFile)
		if err != nil {
			return err
		}
		for _, file := range append(files, shared...) {
			if err := removeFile(root, file); err != nil {
				return err
			}
		}
	}
	err := j.settle()
	if err == nil && ours {
		err = removeFile(root, report.FileName)
	}
	if err == nil {
		err = writeShared(root)
	}
	return err
}

// writtenBy returns the names of all files that go with a report, but for its
// machine-readable form: name is that of the latter, or the journal's.
func writtenBy(root *os.Root, name string) ([]string, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var ran [][]string // ids of cases by agent
	each := func(agent int, _ *report.Agent, raw json.RawMessage) error {
		var result struct{ Case string }
		if err := json.Unmarshal(raw, &result); err != nil {
			return err
		}
		for len(ran) <= agent {
			ran = append(ran, nil)
		}
		ran[agent] = append(ran[agent], result.Case)
		return nil
	}
	scan := scanDocument
	if name == journalName {
		scan = scanJournal
	}
	d, err := scan(f, counted(each))
	if err != nil {
		return nil, err
	}
	cases := make(map[string]*catalogue.Case, len(d.Cases))
	for _, c := range d.Cases {
		cases[c.ID] = c
	}
	files := []string{"index.html", "index.json"}
	l := report.EmptyLayout()
	for i := range d.Agents {
		a := l.Add(d.Agents[i].Name)
		if i >= len(ran) {
			continue
		}
		for _, id := range ran[i] {
			c := cases[id]
			if c == nil {
				return nil, fmt.Errorf("the file does not describe the case %.200q", id)
			}
			if _, known := a.Files[id]; !known {
				file := l.File(a, c)
				files = append(files, file+".html", file+".json")
			}
		}
	}
	return files, nil
}

// leftover is the name of a file that was being written when its process was
// killed, see [wholefile.TemporaryName].
var leftover = regexp.MustCompile(`^\.[0-9]+\.[0-9]+\.(?:` + regexp.QuoteMeta(journalName) + `|` + regexp.QuoteMeta(report.FileName) +
	`|index\.html|index\.json|[a-z0-9_]*_case_[a-z0-9_]+\.(?:html|json)|` + sharedNames + `)$`)

// sharedFile is the name of a file that pages of cases share, of any version.
var sharedFile = regexp.MustCompile(`^` + sharedNames + `$`)

const sharedNames = page.SharedPrefix + `(?:[0-9a-f]{8}\.(?:css|js)|failed\.js)`

// sweep removes the files that killed runs have left: while this run has the
// directory, no other writes there.
func sweep(root *os.Root, j *journal) error {
	names, err := namesLike(root, leftover)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name != j.name {
			if err := removeFile(root, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// namesLike returns the names of files in the directory that match a pattern.
func namesLike(root *os.Root, pattern *regexp.Regexp) (names []string, err error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, entry := range entries {
		if pattern.MatchString(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// removeFile removes a file, which need not be there.
func removeFile(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
