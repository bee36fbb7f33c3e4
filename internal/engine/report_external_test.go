package engine_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report/store"
)

// A result is in the report's directory before the run goes on: a program that is
// killed loses none.
func TestRunWritesAsItGoes(t *testing.T) {
	url := embedded(t)
	dir := filepath.Join(t.TempDir(), "report")
	done := 0
	_, err := engine.RunAll(t.Context(), []engine.Target{engine.URL(url, nil), engine.URL(url, nil)}, &engine.Config{
		Cases: []string{"1.1.*"}, ReportDir: dir, Jobs: 1,
		Progress: func(p engine.Progress) {
			done++
			r, err := store.LoadVerdicts(dir)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, agent := range r.Agents {
				found += len(agent.Results)
			}
			if found != done || r.Stopped == "" || r.Agents[0].URL != url {
				t.Errorf("after %d cases the report has %d of %s, stopped: %q", done, found, r.Agents[0].URL, r.Stopped)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	// Two servers that call themselves the same are two agents.
	var names []string
	for _, agent := range r.Agents {
		names = append(names, agent.Name)
		if len(agent.Results) != 8 {
			t.Errorf("%s has %d results", agent.Name, len(agent.Results))
		}
	}
	if len(names) != 2 || names[1] != names[0]+" (2)" || r.Stopped != "" {
		t.Errorf("agents: %q, stopped: %q", names, r.Stopped)
	}
	if pages, _ := filepath.Glob(filepath.Join(dir, "*_2_case_1_1_*.html")); len(pages) != 8 {
		t.Errorf("the second has %d pages", len(pages))
	}
	if _, err := os.Stat(filepath.Join(dir, "wscheck.journal")); err == nil {
		t.Error("the journal was left behind")
	}
}

// The shards of a run are a run.
func TestRunShards(t *testing.T) {
	url := embedded(t)
	var all []string
	for i := range 3 {
		shard := catalogue.Shard{Index: i + 1, Count: 3}
		r, err := engine.Run(t.Context(), engine.URL(url, nil), &engine.Config{Cases: []string{"1.*"}, Shard: shard})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Shards, []catalogue.Shard{shard}) {
			t.Errorf("the report is of %v", r.Shards)
		}
		for _, result := range r.Agents[0].Results {
			all = append(all, result.Case.ID)
		}
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 16 || len(all) != 16 {
		t.Errorf("%d cases: %q", len(all), all)
	}
	_, err := engine.Run(t.Context(), engine.URL(url, nil), &engine.Config{Shard: catalogue.Shard{Index: 3, Count: 2}})
	if err == nil || !strings.Contains(err.Error(), "3/2") {
		t.Errorf("got %v", err)
	}
}
