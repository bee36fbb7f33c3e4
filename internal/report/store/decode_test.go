package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
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

// A report that was written and read again makes the same files, octet by octet.
func TestLoadGivesTheSameFiles(t *testing.T) {
	r := reporttest.Fabricate(t, 30, 2)
	r.Stopped = "interrupted"
	r.Agents = append(r.Agents, &report.Agent{Name: "gone \xff", Unreachable: "refused"}, &report.Agent{Name: r.Agents[0].Name, Results: r.Agents[1].Results[:3]})
	first, second := t.TempDir(), t.TempDir()
	if err := WriteDir(first, r); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Dir != first {
		t.Errorf("Dir is %q, want %q", loaded.Dir, first)
	}
	if err := WriteDir(second, loaded); err != nil {
		t.Fatal(err)
	}
	want, got := contents(t, first), contents(t, second)
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}
}

// fill sets every field below v to something that is not its zero value.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("s" + strings.Repeat("x", *n%5))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint16, reflect.Uint64:
		v.SetUint(uint64(*n%2 + 1))
	default:
		panic(v.Kind())
	}
}

// Nothing of a record or an expectation is lost in the file, fields included
// that are new.
func TestDocumentKeepsEveryField(t *testing.T) {
	n := 0
	var rec autobahn.Record
	fill(reflect.ValueOf(&rec).Elem(), &n)
	for i := range rec.Received {
		rec.Received[i].Payload.Len = 7
	}
	header := wsproto.Header{Fin: true, Opcode: wsproto.OpText, Masked: true, Mask: [4]byte{1, 2, 3, 4}, Length: 5, Form: wsproto.Form7}
	rec.Wirelog[0].Kind, rec.Wirelog[1].Kind = autobahn.LogTxFrame, autobahn.LogRxFrame
	rec.Wirelog[0].Header, rec.Wirelog[1].Header = &header, &header
	for i := range rec.Received {
		rec.Received[i].Kind = autobahn.Pong
	}
	var gotRecord autobahn.Record
	again(t, &rec, &gotRecord)
	if !reflect.DeepEqual(&gotRecord, &rec) {
		t.Errorf("got  %+v\nwant %+v", gotRecord, &rec)
	}

	var x autobahn.Expectation
	fill(reflect.ValueOf(&x).Elem(), &n)
	x.Check = autobahn.CheckLoop
	for i := range x.Outcomes {
		for j := range x.Outcomes[i].Observed {
			x.Outcomes[i].Observed[j].Kind = autobahn.Pong
		}
	}
	var gotExpectation autobahn.Expectation
	again(t, &x, &gotExpectation)
	if !reflect.DeepEqual(&gotExpectation, &x) {
		t.Errorf("got  %+v\nwant %+v", gotExpectation, &x)
	}
}

// again writes v as JSON and reads that into to.
func again(t *testing.T, v, to any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadKeepsTheModel(t *testing.T) {
	c := reporttest.FailFast().Case
	c.RFC, c.Clauses, c.Alone, c.Slow = []string{"RFC 6455 8.1"}, []oracle.ClauseID{"rfc6455/8.1/utf8"}, true, true
	result := reporttest.FailFast()
	result.Case = c
	result.Agent = "as it called itself"
	result.RFC = oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{Clause: "rfc6455/8.1/utf8", Event: 3, Offset: 9, Want: "w", Got: "g"}}}
	result.Trace.Role = wsproto.Server
	r := &report.Report{
		Role: wsproto.Server, Started: reporttest.FabricatedStart, Took: time.Second, Judge: report.JudgeAutobahn, Stopped: "ctrl-c",
		Cases:  []*catalogue.Case{c, {ID: "rfc6455/x"}},
		Agents: []*report.Agent{{Name: "a", URL: "ws://h/", Results: []*report.Result{result}, PeakMemory: 5, Deaths: 2}, {Name: "b", Unreachable: "no"}},
	}
	dir := t.TempDir()
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.Dir = dir
	result.Record.Remote.Reason = nil // for the empty one that was written
	got.Agents[0].Results[0].Record.Wirelog = nil
	result.Record.Wirelog = nil
	if !reflect.DeepEqual(got, r) {
		t.Errorf("got  %+v\nwant %+v", got, r)
	}
}

func TestLoadErrors(t *testing.T) {
	const head = `{"format":"wscheck-report","version":1,"role":"client",`
	for _, tt := range []struct{ name, in, want string }{
		{"empty", ``, "cut off"},
		{"no JSON", `x`, "invalid character"},
		{"other format", `{"format":"x","version":1}`, `format is "x"`},
		{"newer", `{"format":"wscheck-report","version":2}`, "version is 2"},
		{"an array", `[]`, "{ has to be"},
		{"null", `null`, "{ has to be"},
		{"cut off", head + `"cases":[{"id":"c"},`, "cut off"},
		{"more after it", head + `"took":0} {}`, "after its end"},
		{"agents are no list", head + `"agents":{}}`, "[ has to be"},
		{"an agent is no object", head + `"agents":[1]}`, "{ has to be"},
		{"an agent without a name", head + `"cases":[{"id":"c"}],"agents":[{"results":[{"case":"c"}]}]}`, "no name"},
		{"unknown judge", head + `"judge":"judy"}`, `"judy"`},
		{"unknown role", `{"format":"wscheck-report","version":1,"role":"king"}`, "king"},
		{"impossible shard", head + `"shards":["3/2"]}`, "3/2"},
		{"no shard", head + `"shards":["x"]}`, `"x"`},
		{"number out of range", head + `"took":1e400}`, "1e400"},
		{"too large a value", head + `"stopped":"` + strings.Repeat("x", maxValue+64<<10) + `"}`, "larger than"},
		{"too deep", head + `"x":` + strings.Repeat("[", 20_000) + `}`, "depth"},
		{"unknown case", head + `"agents":[{"name":"a","results":[{"case":"c"}]}]}`, `case "c"`},
		{"case twice", head + `"cases":[{"id":"c"},{"id":"c"}]}`, "there twice"},
		{"case without id", head + `"cases":[{}]}`, "empty"},
		{"unknown outcome", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","rfc":{"outcome":"good"}}]}]}`, `"good"`},
		{"unknown event", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","trace":{"events":[{"kind":"boom"}]}}]}]}`, `"boom"`},
		{"negative size", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","trace":{"events":[{"kind":"sent","n":-1}]}}]}]}`, "-1 octets"},
		{"unknown check", head + `"cases":[{"id":"c","autobahn":{"check":"luck"}}]}`, `"luck"`},
		{"unknown observation", head + `"cases":[{"id":"c","autobahn":{"check":"lists","outcomes":[{"observed":[{"kind":"ghost"}]}]}}]}`, `"ghost"`},
		{"unknown row", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","autobahn":{"wirelog":[{"kind":"ZZ"}]}}]}]}`, `"ZZ"`},
		{"cut header", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","autobahn":{"wirelog":[{"kind":"RF","header":"81"}]}}]}]}`, "cut off"},
		{"no hexadecimal digits", head + `"cases":[{"id":"c"}],"agents":[{"name":"a","results":[{"case":"c","trace":{"events":[{"kind":"sent","data":"xx"}]}}]}]}`, "hexadecimal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, report.FileName), []byte(tt.in), 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), report.FileName)
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.HasSuffix(err.Error(), "give the folder that it is in, "+filepath.Dir(file)) {
		t.Errorf("of a file: %v", err)
	}
	if _, err := Load(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}

// The order of keys does not matter, and neither do keys that are unknown.
func TestLoadTakesAnyOrder(t *testing.T) {
	dir := t.TempDir()
	const in = `{"agents":[{"name":"a","url":"ws://h/","later":{"x":[1,{}]},"results":[{"case":"c","rfc":{"outcome":"pass"}}],"deaths":2}],
		"cases":[{"id":"b"},{"id":"c"}],"later":[[]],"version":1,"role":"server","format":"wscheck-report"}`
	if err := os.WriteFile(filepath.Join(dir, report.FileName), []byte(in), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Agents[0]; a.URL != "ws://h/" || a.Deaths != 2 || len(a.Results) != 1 || a.Results[0].Case != r.Cases[1] || r.Role != wsproto.Server {
		t.Errorf("got %+v", a)
	}
}

func TestLoadJournalErrors(t *testing.T) {
	const head = `{"format":"wscheck-report","version":1,"role":"client","cases":[{"id":"c"}]}` + "\n"
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "cut off"},
		{"no head", "{}\n", "line 1"},
		{"head without end", strings.TrimSuffix(head, "\n"), "cut off"},
		{"unknown agent", head + `{"agent":0,"result":{"case":"c"}}` + "\n", "line 2: there is no agent 0"},
		{"agent below zero", head + `{"agent":-1,"result":{"case":"c"}}` + "\n", "no agent -1"},
		{"agent out of turn", head + `{"agent":5,"about":{"name":"a"}}` + "\n", "no agent 5"},
		{"damaged in the middle", head + "{\n" + `{"about":{"name":"a"}}` + "\n", "line 2"},
		{"unknown case", head + `{"about":{"name":"a"}}` + "\n" + `{"result":{"case":"d"}}` + "\n", `case "d"`},
		{"case twice", head + `{"case":{"id":"c"}}` + "\n", "there twice"},
		{"another head", head + `{"head":{"format":"x"}}` + "\n", `format is "x"`},
		{"long line", head + strings.Repeat("x", maxValue+1<<17), "line 2: it is longer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, journalName), []byte(tt.in), 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
