package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestSelect(t *testing.T) {
	all := Subjects()
	for _, c := range []struct {
		patterns []string
		want     func(Subject) bool
	}{
		{nil, func(Subject) bool { return true }},
		{[]string{"endless*"}, func(s Subject) bool { return strings.HasPrefix(s.Name, "endless") }},
		{[]string{"client/close-twice"}, func(s Subject) bool { return s.Name == "close-twice" && s.Role == wsproto.Client }},
		{[]string{"leave", "bloat", "leave"}, func(s Subject) bool { return s.Name == "leave" || s.Name == "bloat" }},
	} {
		got, err := Select(c.patterns)
		if err != nil {
			t.Errorf("%q: %v", c.patterns, err)
		}
		var want []string
		for _, s := range all {
			if c.want(s) {
				want = append(want, s.String())
			}
		}
		var names []string
		for _, s := range got {
			names = append(names, s.String())
		}
		if strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %q, want %q", c.patterns, names, want)
		}
	}
	for _, bad := range []string{"[", "nobody", "server/request-*"} {
		if _, err := Select([]string{"bloat", bad}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestMatrix examines a few subjects by all sources: one that Autobahn's verdict
// finds, one that it does not, one with a disputed clause, and one that takes
// memory.
func TestMatrix(t *testing.T) {
	if testing.Short() {
		t.Skip("plays Autobahn's long cases")
	}
	subjects, err := Select([]string{"server/accept-rsv2", "client/accept-rsv-continuation", "server/accept-non-minimal-16", "server/bloat"})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	m, err := Run(t.Context(), &Config{Subjects: subjects, Progress: func(done, total int) {
		if calls++; done != calls || total != len(subjects) {
			t.Errorf("call %d: %d of %d", calls, done, total)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if calls != len(subjects) {
		t.Errorf("%d calls of Progress, want %d", calls, len(subjects))
	}
	var got strings.Builder
	for i := range m.Rows {
		got.WriteString(m.Rows[i].Subject.String())
		for j := range m.Rows[i].Cells {
			switch c := &m.Rows[i].Cells[j]; {
			case c.Named:
				got.WriteString(" " + c.Outcome.String())
			case c.Killed && m.Columns[j].Judge == report.JudgeAutobahn:
				got.WriteString(" killed")
			default:
				got.WriteString(" -")
			}
		}
		got.WriteByte('\n')
	}
	const want = `server/accept-rsv2 killed violation violation -
client/accept-rsv-continuation - - violation -
server/accept-non-minimal-16 - - allowed allowed
server/bloat - - violation violation
`
	if sorted(got.String()) != sorted(want) {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
	if alive, unnamed := m.Alive(), m.Unnamed(); len(alive) > 0 || len(unnamed) > 0 {
		t.Errorf("alive %v, unnamed %v", alive, unnamed)
	}
}

// sorted is text with its lines in order.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, &Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// smallMatrix is made up.
func smallMatrix(t *testing.T) *Matrix {
	t.Helper()
	subjects, err := Select([]string{"close-twice", "server/bloat"})
	if err != nil || len(subjects) != 3 {
		t.Fatal(subjects, err)
	}
	dead := Cell{Killed: true, Named: true, Case: "rfc6455/1/a", Clause: subjects[0].Clause, Outcome: oracle.Violation, Played: 2}
	other := Cell{Killed: true, Case: "rfc6455/1/b", Clause: "wscheck/stay", Outcome: oracle.Violation, Played: 3}
	byAutobahn := Cell{Killed: true, Case: "autobahn/1.1.1", Behavior: "FAILED", Played: 1}
	return &Matrix{
		Columns: []Column{{"autobahn", report.JudgeAutobahn}, {"catalogue", report.JudgeRFC}},
		Rows: []Row{
			{subjects[0], []Cell{{Played: 9}, dead}},
			{subjects[1], []Cell{byAutobahn, other}},
			{subjects[2], []Cell{byAutobahn, {Played: 7}}},
		},
	}
}

func TestWriteText(t *testing.T) {
	m := smallMatrix(t)
	var b bytes.Buffer
	if err := m.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(b.String()), " ")
	for _, want := range []string{
		"mutant role clause autobahn by autobahn catalogue by rfc",
		"close-twice server rfc6455/7.1.5/close-once - rfc6455/1/a close-twice client",
		"autobahn/1.1.1 FAILED rfc6455/1/b by wscheck/stay",
		"autobahn by autobahn: 2 of 3 killed, in 11 conversations",
		"catalogue by rfc: 2 of 3 killed, 1 by the clause that they break, in 12 conversations",
		"alive: server/bloat: ",
		"killed, but not by the clause that they break: client/close-twice: ",
		"2 mutants, 1 alive",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	m := smallMatrix(t)
	var b bytes.Buffer
	if err := m.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var rows []rowJSON
	if err := json.Unmarshal(b.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(m.Rows) || rows[1].Role != "client" || rows[1].Cells[1].By != "wscheck/stay" || *rows[1].Cells[1].Outcome != oracle.Violation ||
		rows[1].Cells[0].By != "FAILED" || rows[1].Cells[0].Outcome != nil || rows[2].Cells[1].Killed {
		t.Errorf("%s", &b)
	}
}

func TestWriteList(t *testing.T) {
	subjects, err := Select([]string{"close-twice", "server/bloat"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteList(&b, subjects); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "server, client") || !strings.Contains(lines[1], "wscheck/peer-bloated") {
		t.Errorf("%s", &b)
	}
}
