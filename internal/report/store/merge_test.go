package store

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// shardsOf splits a report as n machines would have made it, and writes the
// parts.
func shardsOf(t *testing.T, r *report.Report, n int) (dirs []string) {
	t.Helper()
	for i := range n {
		shard := catalogue.Shard{Index: i + 1, Count: n}
		part := *r
		part.Shards, part.Cases, part.Agents = shard.Parts(), shard.Of(r.Cases), nil
		part.Took = r.Took / time.Duration(n)
		for _, agent := range r.Agents {
			a := *agent
			a.Results = slices.DeleteFunc(slices.Clone(agent.Results), func(result *report.Result) bool {
				return !slices.Contains(part.Cases, result.Case)
			})
			part.Agents = append(part.Agents, &a)
		}
		dir := filepath.Join(t.TempDir(), "shard")
		if err := WriteDir(dir, &part); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// The report of all shards is that of the whole run, octet by octet.
func TestMergeShards(t *testing.T) {
	r := reporttest.Fabricate(t, 40, 2)
	r.Cases = r.Cases[:40] // those of the catalogue alone: others come last
	for _, agent := range r.Agents {
		agent.Results = agent.Results[:40]
	}
	r.Took = 3 * time.Second
	want := t.TempDir()
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	dirs := shardsOf(t, r, 3)
	got := filepath.Join(t.TempDir(), "merged")
	merged, conflicts, err := MergeDirs(got, []string{dirs[2], dirs[0], dirs[1]}, "")
	if err != nil || len(conflicts) != 0 {
		t.Fatal(conflicts, err)
	}
	if missing := merged.MissingShards(); missing != nil {
		t.Errorf("missing: %v", missing)
	}
	sameFiles(t, got, want)

	part, _, err := MergeDirs(filepath.Join(t.TempDir(), "part"), dirs[1:], "")
	if err != nil {
		t.Fatal(err)
	}
	if got := report.ShardList(part.MissingShards()); got != "1/3" || report.ShardList(part.Shards) != "2/3, 3/3" {
		t.Errorf("missing %q of %q", got, report.ShardList(part.Shards))
	}
	if summary := reporttest.Summary(t, part, false); !strings.Contains(summary, "\nShards: 2/3, 3/3\nMissing: 1/3\n") {
		t.Errorf("the summary does not tell:\n%s", summary)
	}
}

// single is a report with one result.
func single(t *testing.T, change func(*report.Report, *report.Result)) (dir string) {
	t.Helper()
	c := &catalogue.Case{ID: "autobahn/1.1.1", Number: 1}
	result := reporttest.Play(c).Result(c)
	r := &report.Report{
		Role: wsproto.Client, Started: reporttest.FabricatedStart, Took: time.Second, Judge: report.JudgeRFC, Cases: []*catalogue.Case{c},
		Agents: []*report.Agent{{Name: "a", Results: []*report.Result{result}}},
	}
	change(r, result)
	dir = filepath.Join(t.TempDir(), "one")
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMergeConflicts(t *testing.T) {
	same := func(*report.Report, *report.Result) {}
	violation := func(_ *report.Report, result *report.Result) { result.RFC.Outcome = oracle.Violation }
	for _, tt := range []struct {
		name   string
		judge  report.Judge
		change func(*report.Report, *report.Result)
		worse  bool
		want   string
	}{
		{"the same", report.JudgeRFC, func(_ *report.Report, result *report.Result) { result.Duration *= 2 }, false, ""},
		{"violation", report.JudgeRFC, violation, true, "Violation"},
		{"allowed", report.JudgeRFC, func(_ *report.Report, result *report.Result) { result.RFC.Outcome = oracle.Allowed }, true, "Allowed"},
		{"non-strict", report.JudgeRFC, func(_ *report.Report, result *report.Result) { result.Record.Behavior = autobahn.NonStrict }, true, "Pass · Autobahn Non-Strict"},
		{"unclean", report.JudgeAutobahn, func(_ *report.Report, result *report.Result) { result.Record.BehaviorClose = autobahn.Unclean }, true, "Fail on close"},
		{"died", report.JudgeRFC, func(_ *report.Report, result *report.Result) { result.Died = "killed" }, true, "Pass"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good, bad := single(t, same), single(t, tt.change)
			for _, order := range [][]string{{good, bad}, {bad, good}} {
				r, conflicts, err := MergeDirs(filepath.Join(t.TempDir(), "out"), order, tt.judge)
				if err != nil {
					t.Fatal(err)
				}
				if !tt.worse {
					if len(conflicts) != 0 {
						t.Errorf("conflicts: %+v", conflicts)
					}
					continue
				}
				want := Conflict{Agent: "a", Case: "autobahn/1.1.1", Kept: tt.want, Dropped: "Pass"}
				if len(conflicts) != 1 || conflicts[0] != want {
					t.Errorf("got %+v, want %+v", conflicts, want)
				}
				if got := r.Verdicts(r.Agents[0].Results[0]); got != tt.want {
					t.Errorf("%s was kept", got)
				}
				if r.Took != 2*time.Second {
					t.Errorf("it took %v, want the sum", r.Took)
				}
			}
		})
	}
}

func TestMergeTakesAgentsTogether(t *testing.T) {
	first := single(t, func(r *report.Report, _ *report.Result) {
		r.Agents[0].PeakMemory, r.Agents[0].Deaths, r.Stopped = 5, 1, "interrupted"
	})
	second := single(t, func(r *report.Report, _ *report.Result) {
		r.Agents[0].URL, r.Agents[0].PeakMemory, r.Agents[0].Deaths, r.Stopped = "ws://h/", 3, 2, "interrupted"
		r.Agents = append(r.Agents, &report.Agent{Name: "a", Results: r.Agents[0].Results}, &report.Agent{Name: "b", Unreachable: "refused"})
	})
	r, _, err := MergeDirs(filepath.Join(t.TempDir(), "out"), []string{first, second}, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents) != 3 {
		t.Fatalf("%d agents", len(r.Agents))
	}
	a := *r.Agents[0]
	a.Results = nil
	if want := (report.Agent{Name: "a", URL: "ws://h/", PeakMemory: 5, Deaths: 3}); a.URL != want.URL || a.PeakMemory != want.PeakMemory || a.Deaths != want.Deaths {
		t.Errorf("got %+v, want %+v", a, want)
	}
	if len(r.Agents[1].Results) != 1 || r.Agents[2].Unreachable != "refused" || r.Stopped != "interrupted" {
		t.Errorf("%d results, %q, stopped: %q", len(r.Agents[1].Results), r.Agents[2].Unreachable, r.Stopped)
	}
}

func TestMergeRefuses(t *testing.T) {
	ok := single(t, func(*report.Report, *report.Result) {})
	missing := filepath.Join(t.TempDir(), "missing")
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, report.FileName), []byte(`{"format":"wscheck-report","version":1,"cases":[`), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, want string
		dirs       []string
		out        string
	}{
		{"no report", "missing", []string{ok, missing}, ""},
		{"damaged", "cut off", []string{ok, damaged}, ""},
		{"another role", "report on clients, which does not go together with one on servers", []string{ok, single(t, func(r *report.Report, _ *report.Result) { r.Role = wsproto.Server })}, ""},
		{"another judge", "--judge", []string{ok, single(t, func(r *report.Report, _ *report.Result) { r.Judge = report.JudgeAutobahn })}, ""},
		{"into itself", "give another directory", []string{ok}, ok},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := tt.out
			if out == "" {
				out = filepath.Join(t.TempDir(), "out")
			}
			_, _, err := MergeDirs(out, tt.dirs, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, tt.want)
			}
			if _, err := os.Stat(out); tt.out == "" && err == nil {
				t.Errorf("%v was left behind", slices.Collect(maps.Keys(contents(t, out))))
			}
		})
	}
}

func TestAddAbout(t *testing.T) {
	one, two := &report.Agent{Skipped: "1 case"}, &report.Agent{Skipped: "2 cases", Ended: "gone"}
	addAbout(one, two)
	addAbout(one, two)
	if one.Ended != "gone" || one.Skipped != "1 case; 2 cases" {
		t.Errorf("added: %+v", one)
	}
}
