package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestRandomCases demands that scripts depend on seed and number alone, and that
// patterns select them like all other cases.
func TestRandomCases(t *testing.T) {
	config := &Config{Cases: []string{"random/*"}, Scripts: 30, Seed: 5}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		cases, err := config.selectedCases(role, false)
		if err != nil || len(cases) != 30 {
			t.Fatalf("%d cases, %v", len(cases), err)
		}
		for n, cs := range cases {
			if again := RandomCase(role, 5, n); again.ID != cs.ID || again.Script.String() != cs.Script.String() || cs.Script.Role != role {
				t.Errorf("%s was\n%v\nand is\n%v", cs.ID, &cs.Script, &again.Script)
			}
		}
		if cases[7].ID != "random/5-7" {
			t.Errorf("id %q", cases[7].ID)
		}
	}
	for _, n := range []int{-1, maxScripts + 1} {
		if (&Config{Scripts: n}).check() == nil {
			t.Errorf("%d scripts make sense", n)
		}
	}
}

// TestRandomShortened demands that what fails is made shorter, in a bubble and
// over loopback, and breaks the same clause. How much shorter it becomes over loopback depends on
// how many conversations the machine has in shrinkLimit.
func TestRandomShortened(t *testing.T) {
	t.Parallel()
	mutant := Server(serving(reference.Options{Mutant: "echo-uppercase"}))
	config := &Config{Cases: []string{"random/*"}, Scripts: 15, Seed: 3}
	bubble, err := RunBubble(t, mutant, config)
	if err != nil {
		t.Fatal(err)
	}
	live, err := Run(t.Context(), mutant, config)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Report{"in bubbles": bubble, "over loopback": live} {
		failed, steps, before := 0, 0, 0
		for n, result := range r.Agents[0].Results {
			if result.Case.ID != r.Cases[n].ID {
				t.Fatalf("%s, result %d is that of %s", name, n, result.Case.ID)
			}
			if !result.Failed(report.JudgeRFC) {
				continue
			}
			failed++
			steps += len(result.Case.Script.Steps)
			before += len(r.Cases[n].Script.Steps)
			if !slices.Contains(result.RFC.Broken(), "wscheck/echo-content") {
				t.Errorf("%s, %s breaks %q", name, result.Case.ID, result.RFC.Broken())
			}
			step := strings.TrimSpace(result.Case.Script.Steps[0].String())
			if text := Describe(result, report.JudgeRFC, ""); !strings.Contains(text, step[:min(len(step), 40)]) { // a long line is cut
				t.Errorf("%s: the shorter script is not shown in\n%s", name, text)
			}
		}
		if failed == 0 || r == bubble && steps > 4*failed || r == live && steps >= before {
			t.Errorf("%s: %d failed, with %d steps made of %d", name, failed, steps, before)
		}
	}
}

// TestIdleCases demands that cases about idle connections are there, those that answer pings in
// their own way in turns with the others, and that one can be made to fit into less time.
func TestIdleCases(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		cases := IdleCases(role)
		if len(cases) < 8 || !takes(&cases[0].Script, oracle.StepPongs) || takes(&cases[1].Script, oracle.StepPongs) {
			t.Errorf("as %v there are %d cases, and the first two do not take turns", role, len(cases))
		}
		for _, cs := range cases {
			before := cs.Script.String()
			brief, all := Within(cs, 11*time.Second), Waits(&cs.Script)
			if d := Waits(&brief.Script); (d-11*time.Second).Abs() > 10*time.Millisecond || len(brief.Script.Steps) != len(cs.Script.Steps) {
				t.Errorf("%s: %v became %v", cs.ID, all, d)
			}
			if Within(cs, all) != cs || cs.Script.String() != before {
				t.Errorf("%s: it is not as it was", cs.ID)
			}
		}
	}
}
