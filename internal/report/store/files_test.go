package store

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// contents reads a directory: file name → content.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		b, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(b)
	}
	return files
}

func TestWriteDirWritesAllFiles(t *testing.T) {
	r := reporttest.Fabricate(t, 20, 2)
	r.Agents = append(r.Agents, &report.Agent{Name: "gone", URL: "ws://127.0.0.1:1/", Unreachable: "connection refused"})
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	files := contents(t, dir)
	own := len(reporttest.OwnCases())
	if got, want := len(files), 2*(20*2+own)+6; got != want {
		t.Errorf("%d files, want %d", got, want)
	}
	for _, name := range []string{
		"index.html", "index.json", report.FileName, "gorilla_v1_5_3_case_1_1_1.json", "gorilla_v1_5_3_case_1_1_1.html",
		"coder_v1_8_15_case_rfc6455_5_5_ping_126.html", page.FailedName,
	} {
		if files[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
	}
	for name := range files {
		if strings.HasPrefix(name, ".") {
			t.Errorf("the temporary file %s was left behind", name)
		}
	}
	if strings.Contains(files["index.json"], "rfc6455") {
		t.Error("index.json has a case that Autobahn does not have")
	}
	if !strings.Contains(files["index.html"], "connection refused") {
		t.Error("index.html does not tell that an agent was not reachable")
	}
}

func TestWriteDirTwiceGivesTheSame(t *testing.T) {
	r := reporttest.Fabricate(t, 12, 2)
	dir := t.TempDir()
	var before map[string]string
	for range 2 {
		if err := WriteDir(dir, r); err != nil {
			t.Fatal(err)
		}
		after := contents(t, dir)
		for name := range before {
			if before[name] != after[name] {
				t.Errorf("%s has changed", name)
			}
		}
		before = after
	}
}

// Whatever agents and cases are called, nothing is written outside the
// directory, and every result has its file.
func TestWriteDirHostileNames(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "report")
	names := []string{
		"../../escape", "/etc/passwd", `..\..\escape`, ".", "..", "", "日本", "中国", "a/b", "a b", "A B",
		strings.Repeat("n", 10000), strings.Repeat("n", 10001), "nul\x00byte", "\xff\xfe", "index", "wscheck", "CON", "a\nb\u202ec",
	}
	cases := []*catalogue.Case{
		{ID: "autobahn/1.1.1", Number: 1}, {ID: "autobahn/../../escape", Number: 2}, {ID: "../escape"},
		{ID: strings.Repeat("c", 5000)}, {ID: "日本/1"}, {ID: "日本/2"},
	}
	r := &report.Report{Cases: cases}
	for _, name := range names {
		agent := &report.Agent{Name: name}
		for _, c := range cases {
			agent.Results = append(agent.Results, reporttest.Play(c).Result(c))
		}
		r.Agents = append(r.Agents, agent)
	}
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("there are %d entries beside the report", len(entries)-1)
	}
	pages := 0
	for name := range contents(t, dir) {
		if strings.HasSuffix(name, ".html") {
			pages++
		}
	}
	if want := len(names)*len(cases) + 1; pages != want {
		t.Errorf("%d pages, want %d", pages, want)
	}
}

func TestWriteDirReplacesLinks(t *testing.T) {
	parent := t.TempDir()
	outside, dir := filepath.Join(parent, "outside"), filepath.Join(parent, "report")
	if err := os.WriteFile(outside, []byte("precious"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "index.json")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := WriteDir(dir, reporttest.Fabricate(t, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(outside); err != nil || string(b) != "precious" {
		t.Errorf("the file outside holds %q, %v", b, err)
	}
}

func TestWriteDirErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteDir(file, &report.Report{}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names the file in the way", err)
	}
	// A directory is where a file has to go.
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "index.html", "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteDir(dir, &report.Report{}); err == nil || !strings.Contains(err.Error(), "index.html") {
		t.Errorf("got %v, want an error that names index.html", err)
	}
	entries, err := os.ReadDir(dir)
	left := slices.DeleteFunc(entries, func(e os.DirEntry) bool { return sharedFile.MatchString(e.Name()) })
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestWriteDirEmptyReport(t *testing.T) {
	dir := t.TempDir()
	if err := WriteDir(dir, &report.Report{}); err != nil {
		t.Fatal(err)
	}
	files := contents(t, dir)
	if files["index.json"] != "{}" {
		t.Errorf("index.json is %q", files["index.json"])
	}
	if !strings.Contains(files["index.html"], "</html>") {
		t.Error("index.html is not complete")
	}
}
