package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// sameFiles compares two directories, octet by octet.
func sameFiles(t *testing.T, got, want string) {
	t.Helper()
	a, b := contents(t, got), contents(t, want)
	for _, name := range slices.Sorted(maps.Keys(b)) {
		switch text, there := a[name]; {
		case !there:
			t.Errorf("%s is missing", name)
		case text != b[name]:
			t.Errorf("%s differs", name)
		}
	}
	for name := range a {
		if _, there := b[name]; !there {
			t.Errorf("%s should not be there", name)
		}
	}
}

// addTo adds all results of r to w, in any order and from several goroutines.
func addTo(t *testing.T, w *Writer, r *report.Report) {
	t.Helper()
	var all []func() error
	for _, agent := range r.Agents {
		w.Describe(&report.Agent{Name: agent.Name, URL: agent.URL})
		for _, result := range agent.Results {
			all = append(all, func() error { return w.Add(agent.Name, result) })
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var wg sync.WaitGroup
	for part := range slices.Chunk(all, len(all)/4+1) {
		wg.Go(func() {
			for _, add := range part {
				if err := add(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func closeAll(t *testing.T, w *Writer, r *report.Report) {
	t.Helper()
	w.Update(r)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// headOf is the report before anything was run.
func headOf(r *report.Report) *report.Report {
	return &report.Report{Role: r.Role, Started: r.Started, Judge: r.Judge, Quick: r.Quick, Cases: r.Cases, Shards: r.Shards}
}

// A report that was written case by case is the same as one that is written
// whole, also where cases did not run and pages lead past them.
func TestWriterWritesWhatWriteDirDoes(t *testing.T) {
	r := reporttest.Fabricate(t, 24, 2)
	r.Agents = append(r.Agents, &report.Agent{Name: "gone", URL: "ws://127.0.0.1:1/", Unreachable: "refused"})
	r.Agents[1].Results = slices.DeleteFunc(r.Agents[1].Results, func(result *report.Result) bool {
		return strings.HasSuffix(result.Case.ID, ".2")
	})
	want, got := t.TempDir(), t.TempDir()
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	head := headOf(r)
	for _, agent := range r.Agents {
		head.Agents = append(head.Agents, &report.Agent{Name: agent.Name})
	}
	w, err := Create(got, head)
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, w, r)
	closeAll(t, w, r)
	sameFiles(t, got, want)
	if err := w.Add("late", r.Agents[0].Results[0]); err == nil {
		t.Error("a closed writer takes more")
	}
	if err := w.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

// Index files follow within a second, and not with every case.
func TestWriterKeepsTheIndexUpToDate(t *testing.T) {
	r := reporttest.Fabricate(t, 6, 1)
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w, err := Create(dir, headOf(r))
		if err != nil {
			t.Fatal(err)
		}
		index := filepath.Join(dir, "index.json")
		for i, result := range r.Agents[0].Results[:6] {
			if err := w.Add("a", result); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(index); i == 0 && err == nil {
				t.Error("the index was written at once")
			}
			if _, err := os.Stat(filepath.Join(dir, fmt.Sprintf("a_case_%s.html", report.CaseSlug(result.Case)))); err != nil {
				t.Errorf("a page was not written at once: %v", err)
			}
		}
		time.Sleep(updateEvery + time.Millisecond)
		synctest.Wait()
		b, err := os.ReadFile(index)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(b), "reportfile"); got != 6 {
			t.Errorf("the index has %d cases, want 6", got)
		}
		part, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(part.Agents[0].Results) != 6 || part.Stopped != unfinished {
			t.Errorf("%d results, stopped: %q", len(part.Agents[0].Results), part.Stopped)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
	whole, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if whole.Stopped != "" {
		t.Errorf("stopped: %q", whole.Stopped)
	}
}

// A program that is killed loses nothing that was added, and the next one goes
// on from there.
func TestWriterKilled(t *testing.T) {
	r := reporttest.Fabricate(t, 12, 2)
	dir := t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still = true // as if it were killed within the second
	first, second := *r, *r
	first.Agents, second.Agents = r.Agents[:1], r.Agents[1:]
	addTo(t, w, &first)
	if _, err := w.journal.file.WriteAt([]byte(`{"agent":0,"result":{"ca`), w.journal.size); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "gorilla_v1_5_3_case_1_1_1.html")
	if err := os.Remove(page); err != nil { // killed before it came to that
		t.Fatal(err)
	}

	w.leave() // as the end of its process does

	killed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(killed.Agents[0].Results), len(r.Agents[0].Results); got != want || killed.Stopped != unfinished {
		t.Errorf("%d results of %d, stopped: %q", got, want, killed.Stopped)
	}
	if killed.Agents[0].Results[3].Trace.Events == nil {
		t.Error("the trace of a result is lost")
	}

	w, err = Open(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, w, &second)
	closeAll(t, w, r)
	want := t.TempDir()
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, dir, want)
}

func TestOpenAdds(t *testing.T) {
	r := reporttest.Fabricate(t, 12, 2)
	dir := t.TempDir()
	first := *r
	first.Agents, first.Cases = r.Agents[:1], nil
	early := *r.Agents[0]
	early.Results = nil
	for i, c := range r.Cases { // every other case
		if i%2 == 0 {
			first.Cases = append(first.Cases, c)
			early.Results = append(early.Results, r.Agents[0].Results[i])
		}
	}
	first.Agents = []*report.Agent{&early}
	if err := WriteDir(dir, &first); err != nil {
		t.Fatal(err)
	}
	// Another run has the other cases and one again, and another agent.
	again := *r.Agents[0].Results[0]
	again.RFC = oracle.Verdict{Outcome: oracle.Allowed, Reason: "again"}
	w, err := Open(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(w.Report().Agents[0].Results); got != len(early.Results) {
		t.Errorf("it begins with %d results, want %d", got, len(early.Results))
	}
	rest := *r
	later := *r.Agents[0]
	later.Results = []*report.Result{&again}
	for i := range r.Cases {
		if i%2 == 1 {
			later.Results = append(later.Results, r.Agents[0].Results[i])
		}
	}
	rest.Agents = []*report.Agent{&later, r.Agents[1]}
	addTo(t, w, &rest)
	rest.Took = time.Second
	closeAll(t, w, &rest)
	added := w.Added()
	if got, want := len(added.Agents[0].Results), len(later.Results); got != want {
		t.Errorf("%d results were added, want %d", got, want)
	}

	r.Took += time.Second
	r.Agents[0].Results[0] = &again
	want := t.TempDir()
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, dir, want)
}

// Cases of several runs stand in the order of the catalogue.
func TestOpenSortsCases(t *testing.T) {
	dir := t.TempDir()
	all := catalogue.For(wsproto.Client)
	mine := &catalogue.Case{ID: "corpus/x"}
	for _, cases := range [][]*catalogue.Case{{all[9], mine}, {all[700], all[3]}} {
		w, err := Open(dir, &report.Report{Role: wsproto.Client, Started: reporttest.FabricatedStart, Cases: cases})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range r.Cases {
		got = append(got, c.ID)
	}
	if want := []string{all[3].ID, all[9].ID, all[700].ID, mine.ID}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name, want string
		prepare    func(*testing.T, string)
	}{
		{"another role", "report on servers, which does not go together with one on clients", func(t *testing.T, dir string) {
			if err := WriteDir(dir, &report.Report{Role: wsproto.Client}); err != nil {
				t.Fatal(err)
			}
		}},
		{"another program", "report of another program", write("index.json", "{}")},
		{"damaged", "cut off", write(report.FileName, `{"format":"wscheck-report","version":1,"agents":[{"name":"a","resul`)},
		{"no report", "invalid character", write(report.FileName, "<html>")},
		{"a newer version", "its version is 7", write(report.FileName, `{"format":"wscheck-report","version":7}`)},
		{"damaged journal", "line 2", write(journalName, `{"format":"wscheck-report","version":1}`+"\nx\n")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.prepare(t, dir)
			before := contents(t, dir)
			_, err := Open(dir, &report.Report{Role: wsproto.Server})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want one line with %q and the directory", err, tt.want)
			}
			if after := contents(t, dir); !reflect.DeepEqual(after, before) {
				t.Errorf("the directory was changed: %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
}

// Create replaces what is there at once: a reader never finds a mixture.
func TestCreateReplaces(t *testing.T) {
	dir := t.TempDir()
	if err := WriteDir(dir, reporttest.Fabricate(t, 6, 2)); err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, &report.Report{Role: wsproto.Server, Cases: reporttest.OwnCases()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r.Role != wsproto.Server || len(r.Agents) != 0 || len(r.Cases) != len(reporttest.OwnCases()) {
		t.Errorf("as the %v, %d agents, %d cases", r.Role, len(r.Agents), len(r.Cases))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, journalName)); err == nil {
		t.Error("the journal was left behind")
	}
}

// Cases that were not selected come after those that were.
func TestWriterTakesFurtherCases(t *testing.T) {
	selected := []*catalogue.Case{{ID: "autobahn/1.1.1", Number: 1}}
	further := []*catalogue.Case{{ID: "fuzz/1"}, {ID: "autobahn/1.1.3", Number: 3}, {ID: "fuzz/2"}}
	dir := t.TempDir()
	w, err := Create(dir, &report.Report{Cases: selected})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range further {
		if err := w.Add("a", reporttest.Play(c).Result(c)); err != nil {
			t.Fatal(err)
		}
	}
	killed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	closed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*report.Report{"killed": killed, "closed": closed} {
		var ids []string
		for _, c := range r.Cases {
			ids = append(ids, c.ID)
		}
		if want := []string{"autobahn/1.1.1", "fuzz/1", "autobahn/1.1.3", "fuzz/2"}; !slices.Equal(ids, want) || len(r.Agents[0].Results) != 3 {
			t.Errorf("%s: %q, %d results", name, ids, len(r.Agents[0].Results))
		}
	}
}

// A result that is too large for a reader is kept without what makes it so.
func TestWriterBoundsResults(t *testing.T) {
	c := &catalogue.Case{ID: "autobahn/1.1.1", Number: 1}
	result := reporttest.Play(c).Result(c)
	for range 17 {
		row := autobahn.LogRow{Kind: autobahn.LogWait, Tag: strings.Repeat("x", 1<<20)}
		result.Record.Wirelog = append(result.Record.Wirelog, row)
	}
	dir := t.TempDir()
	if err := WriteDir(dir, &report.Report{Cases: []*catalogue.Case{c}, Agents: []*report.Agent{{Name: "a", Results: []*report.Result{result}}}}); err != nil {
		t.Fatal(err)
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Agents[0].Results[0].Record
	if got.Behavior != result.Record.Behavior || len(got.Wirelog) != len(result.Record.Wirelog) {
		t.Errorf("%s, %d rows", got.Behavior, len(got.Wirelog))
	}
	for i := range got.Wirelog {
		if n := len(got.Wirelog[i].Tag); n > 200 {
			t.Errorf("a tag of %d octets", n)
		}
	}
}

// What a writer keeps of a result is enough for all that sums up.
func TestSlimResultsSumUpTheSame(t *testing.T) {
	r := reporttest.Fabricate(t, 40, 3)
	dir := t.TempDir()
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	verdicts, err := LoadVerdicts(dir)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, judge := range []report.Judge{report.JudgeRFC, report.JudgeAutobahn} {
		verdicts.Judge, whole.Judge = judge, judge
		for name, write := range map[string]func(*strings.Builder, *report.Report) error{
			"summary":  func(b *strings.Builder, r *report.Report) error { return report.SummaryStyle{Color: true}.Write(b, r) },
			"JUnit":    func(b *strings.Builder, r *report.Report) error { return sink.WriteJUnit(b, r) },
			"Markdown": func(b *strings.Builder, r *report.Report) error { return sink.WriteMarkdown(b, r) },
		} {
			var got, want strings.Builder
			if err := write(&got, verdicts); err != nil {
				t.Fatal(err)
			}
			if err := write(&want, whole); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("%s by %s differs", name, judge)
			}
		}
	}
	if verdicts.Agents[0].Results[0].Trace != nil {
		t.Error("the traces are there")
	}
}
