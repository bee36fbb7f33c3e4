package peers

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestBubbleEqualsLoopback holds the verdicts in a bubble against those over
// loopback TCP, case by case: those of the part of each library.
func TestBubbleEqualsLoopback(t *testing.T) {
	for i, lib := range All() {
		part := part(i)
		t.Run(lib.Name, func(t *testing.T) {
			t.Parallel() // they wait for time-outs for the most part
			t.Run("server", func(t *testing.T) { compare(t, lib, wsproto.Server, part) })
			t.Run("client", func(t *testing.T) { compare(t, lib, wsproto.Client, part) })
		})
	}
}

// compareTries is how often a case has to differ: a machine that stops for seconds makes a difference too.
const compareTries = 4

// compare plays a part of the cases both ways.
func compare(t *testing.T, lib Library, role wsproto.Role, part catalogue.Shard) {
	config := &engine.Config{Cases: protocol, Shard: part}
	target := engine.Server(lib.Server)
	if role == wsproto.Client {
		target = engine.ClientFunc(lib.Client)
	}
	bubble, err := engine.RunBubble(t, target, config)
	if err != nil {
		t.Fatal(err)
	}
	got := results(bubble)
	live := *config
	if !all() {
		live.Retries = -1 // a silence over loopback is proved where that may take minutes
	}
	var differ []*report.Result
	for try := range compareTries {
		run, err := engine.Run(t.Context(), target, &live)
		if err != nil {
			t.Fatal(err)
		}
		want := results(run)
		if try == 0 && (len(got) != len(want) || len(got) == 0) {
			t.Fatalf("%d cases in bubbles, %d over loopback", len(got), len(want))
		}
		differ = nil
		live.Cases, live.Shard = nil, catalogue.Shard{}
		for id, loopback := range want {
			if loopback.RFC.Outcome == oracle.Slow || loopback.Doubt != "" {
				continue // so may the machine be
			}
			if verdictOf(got[id]) != verdictOf(loopback) && !racesInBubble(lib.Name, id) {
				differ, live.Cases = append(differ, loopback), append(live.Cases, id)
			}
		}
		if len(differ) == 0 {
			return
		}
	}
	for _, loopback := range differ {
		inBubble := got[loopback.Case.ID]
		t.Errorf("%s: %s in a bubble, %s over loopback\nthe trace in a bubble:\n%s\nover loopback:\n%s",
			loopback.Case.ID, verdictOf(inBubble), verdictOf(loopback), strings.Join(transcript.Lines(inBubble), "\n"), strings.Join(transcript.Lines(loopback), "\n"))
	}
}

// racesInBubble reports whether the verdict depends on what comes first.
//
// In sections 2 to 5 that is so for coder: it fails the connection and reads on
// for our close frame, for five seconds, unless the frame came with the octets at
// fault; what is left of a frame that it has rejected it takes for others, by a
// masking key that is drawn. In 7.1.6 a ping follows our close frame: a server that leaves it unread
// resets the connection, and over TCP a reset can overtake the echo.
func racesInBubble(name, id string) bool {
	return id == "autobahn/7.1.6" || strings.HasPrefix(name, "coder") && slices.Contains([]string{"2", "3", "4", "5"}, section(id))
}

// section is the number of the section of Autobahn|Testsuite that a case is in.
func section(id string) string {
	number, _, _ := strings.Cut(strings.TrimPrefix(id, "autobahn/"), ".")
	return number
}

// results are the results of a report's only agent, by their case's ID.
func results(r *engine.Report) map[string]*report.Result {
	found := map[string]*report.Result{}
	for _, result := range r.Agents[0].Results {
		found[result.Case.ID] = result
	}
	return found
}

func verdictOf(r *report.Result) string {
	text := fmt.Sprint(r.RFC.Outcome)
	if r.Record != nil {
		text += fmt.Sprintf("; %s, %s", r.Record.Behavior, r.Record.BehaviorClose)
	}
	return text
}

func TestMain(m *testing.M) {
	// Parallel tests wait for time-outs for the most part, and few of them keep no processor busy. The
	// workers of a fuzz target do.
	if flag.Parse(); flag.Lookup("test.fuzz").Value.String() == "" {
		_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
	os.Exit(m.Run())
}
