package report

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

var updateForm = flag.Bool("update-form", false, "write the golden form of wscheck.json anew: only for a new version of the format")

// formReport is a report in which every key of the file has a value somewhere.
func formReport(t *testing.T) *Report {
	r := fabricate(t, 3, 2)
	r.Quick, r.Stopped, r.LeftOut, r.Shards = true, "interrupted", 2, []catalogue.Shard{{Index: 1, Count: 2}}
	full := failFast()
	n := 0
	fill(reflect.ValueOf(full.Record).Elem(), &n)
	for i := range full.Record.Received {
		full.Record.Received[i].Kind = autobahn.ObservationKind(i + 2)
	}
	header := wsproto.Header{Fin: true, Opcode: wsproto.OpText, Masked: true, Mask: [4]byte{1, 2, 3, 4}, Length: 5, Form: wsproto.Form7}
	full.Record.Wirelog[0].Kind, full.Record.Wirelog[1].Kind = autobahn.LogTxFrame, autobahn.LogRxFrame
	full.Record.Wirelog[0].Header, full.Record.Wirelog[1].Header = header, wsproto.Header{Form: wsproto.Form7}
	full.Record.Wirelog = append(full.Record.Wirelog, autobahn.LogRow{Kind: autobahn.LogSwitched})
	var x autobahn.Expectation
	fill(reflect.ValueOf(&x).Elem(), &n)
	x.Check = autobahn.CheckLoop
	c := *full.Case
	c.ID, c.Number, c.Autobahn, c.Alone, c.Slow = "autobahn/12.1.1", 302, &x, true, true
	full.Case, full.Agent, full.Died, full.Doubt, full.Tries, full.Measured = &c, "as it called itself", "exit status 2", "a doubt", 3, "5 KiB"
	full.Trace.Carrier = oracle.HTTP2
	full.Trace.Events[2].N += 100_000
	full.RFC.Reason = "a reason"
	other := failFast()
	other.Case, other.Record = &catalogue.Case{ID: "rfc6455/x"}, nil
	other.Trace = &oracle.Trace{Role: wsproto.Server}
	r.Cases = append(r.Cases, &c, other.Case)
	r.Agents = append(r.Agents, &Agent{
		Name: "full", URL: "ws://h/", Unreachable: "refused", PeakMemory: 5, Deaths: 2, Ended: "no more", Skipped: "none", Dialect: "chat",
		Results: []*Result{full, other},
	}, &Agent{Name: "none"})
	return r
}

// The form of wscheck.json is that of the version in it, octet by octet: other
// programs read it.
func TestFormOfTheFile(t *testing.T) {
	dir := t.TempDir()
	if err := WriteDir(dir, formReport(t)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "form.json")
	if *updateForm {
		if err := os.WriteFile(golden, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		at := 0
		for at < min(len(got), len(want)) && got[at] == want[at] {
			at++
		}
		t.Errorf("at octet %d:\ngot  …%.200q\nwant …%.200q", at, got[max(0, at-60):], want[max(0, at-60):])
	}
}

// A file that an earlier version of the program wrote is read, and written again
// the same.
func TestEarlierFileLoads(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "form.json"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(first, FileName), want, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteDir(second, r); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(second, FileName)); err != nil || string(got) != string(want) {
		t.Errorf("%v: the file differs from the one that was read", err)
	}
}
