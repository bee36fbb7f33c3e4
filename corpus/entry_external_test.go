package corpus_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

const example = `version: 1
rule: rfc6455/5.5/control-fragmented-fail
rule: rfc6455/5.5.2/pong
role: client
expect: keep or fail 1002 1008
feature: text
feature: fragmentation
origin: a test
advisory: CVE-2020-27813
advisory: GHSA-jf24-p9p9-4rjh
affected: this before 1.2
affected: that
fixed: this 1.2
comment: Two lines
  of comment.

as client
frame PING "half" [continued]
end: ping, await the pong, close
`

func exampleEntry() *corpus.Entry {
	return &corpus.Entry{
		Name:     "example",
		Rules:    []oracle.ClauseID{"rfc6455/5.5/control-fragmented-fail", "rfc6455/5.5.2/pong"},
		Expect:   corpus.Expect{Keep: true, Fail: true, Codes: []wsproto.CloseCode{1002, 1008}},
		Features: []string{"text", "fragmentation"},
		Origin:   "a test",
		Advisory: []string{"CVE-2020-27813", "GHSA-jf24-p9p9-4rjh"},
		Affected: []string{"this before 1.2", "that"}, Fixed: []string{"this 1.2"},
		Comment: "Two lines\nof comment.",
		Script: &oracle.Script{Steps: []oracle.Step{{
			Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: wsproto.OpPing}, Payload: oracle.Payload{Data: []byte("half")},
		}}},
	}
}

func parse(t *testing.T, text string) *corpus.Entry {
	t.Helper()
	e, err := corpus.Parse("example.ws", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRoundTrip(t *testing.T) {
	got := parse(t, example)
	if want := exampleEntry(); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if text := string(got.Format()); text != example {
		t.Errorf("got\n%s\nwant\n%s", text, example)
	}
}

// What people write otherwise is put into the canonical form.
func TestNormalized(t *testing.T) {
	loose := "# a comment\n\nversion: 1\r\nrole :  client\nrule:rfc6455/5.5/control-fragmented-fail\n# another\nexpect: fail 1002 1002 or keep\n" +
		"comment:  One   line\n\tand one.  \n \n\nas client\nframe PING \"ha\" <6c66> [ continued ] # half\n"
	const want = "version: 1\nrule: rfc6455/5.5/control-fragmented-fail\nrole: client\nexpect: keep or fail 1002\n" +
		"comment: One line\n  and one.\n\nas client\nframe PING \"half\" [continued]\nend: ping, await the pong, close\n"
	if got := string(parse(t, loose).Format()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Format writes one line for what has to stand in one.
func TestFormatBreaksNoLine(t *testing.T) {
	e := exampleEntry()
	e.Origin, e.Comment = "one\nrole: server", "\n a \n\n\tb\n"
	got := parse(t, string(e.Format()))
	if got.Origin != "one role: server" || got.Comment != "a\nb" {
		t.Errorf("origin %q, comment %q", got.Origin, got.Comment)
	}
}

// The id is made of the conversation alone, and for ever the same.
func TestID(t *testing.T) {
	e := exampleEntry()
	const want = "af366fda493b"
	if got := e.ID(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	bare := &corpus.Entry{Script: e.Script}
	if got := bare.ID(); got != want {
		t.Errorf("got %s without the header", got)
	}
	other := *e.Script
	other.Role = wsproto.Server
	if got := (&corpus.Entry{Script: &other}).ID(); got == want {
		t.Error("the id is the same in both roles")
	}
	if got := e.FileName(); got != "cve-2020-27813-"+want+".ws" {
		t.Errorf("file name %s", got)
	}
	e.Advisory = nil
	if got := e.FileName(); got != "rfc6455_5.5_control-fragmented-fail-"+want+".ws" {
		t.Errorf("file name %s", got)
	}
}

func TestErrors(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(example, old, new, 1) }
	tests := []struct {
		name, text   string
		line, column int
		problem      string
	}{
		{"empty", "", 1, 1, `no key "version"`},
		{"other first key", replace("version: 1\n", ""), 1, 1, `want "version: 1"`},
		{"newer version", replace("version: 1", "version: 2"), 1, 10, "get a newer program"},
		{"unknown key", replace("origin", "orígin"), 8, 1, "want one of version, rule, role"},
		{"unknown clause", replace("rule: rfc6455/5.5/", "rule: rfc6455/5.6/"), 2, 7, "there is no clause"},
		{"clause twice", replace("5.5.2/pong", "5.5/control-fragmented-fail"), 3, 7, "twice"},
		{"no rule", replace("rule: rfc6455/5.5/control-fragmented-fail\nrule: rfc6455/5.5.2/pong\n", ""), 14, 1, `no key "rule"`},
		{"role", replace("role: client", "role: peer"), 4, 7, "want client or server"},
		{"other role", replace("role: client", "role: server"), 4, 1, "make them the same"},
		{"key twice", replace("role: client", "role: client\nrole: client"), 5, 1, "line 4 already"},
		{"course", replace("keep or", "stay or"), 5, 9, `"stay" is not a course`},
		{"no course", replace("keep or", "or"), 5, 9, "a course is missing"},
		{"course twice", replace("keep or", "fail or"), 5, 9, "twice"},
		{"code of another course", replace("keep or", "keep 1000 or"), 5, 9, "only fail has close codes"},
		{"code", replace("1002", "70000"), 5, 9, "is not a close code"},
		{"feature", replace("feature: text", "feature: colour"), 6, 10, "want one of permessage-deflate"},
		{"advisory", replace("CVE-", "../CVE-"), 9, 11, "is not the id of an advisory"},
		{"no value", replace("a test", ""), 8, 1, "has no value"},
		{"no colon", replace("origin: a test", "origin"), 8, 1, "no colon"},
		{"indented", replace("origin: a test", "  more"), 8, 1, "only a comment continues"},
		{"control character", replace("a test", "a\x00test"), 8, 10, "cannot stand"},
		{"no UTF-8", replace("a test", "a\xfftest"), 8, 10, "cannot stand"},
		{"no script", example[:strings.Index(example, "as client")], 17, 1, `want "as"`},
		{"no empty line", replace("\n\nas", "\nas"), 16, 1, "no colon"},
		{"in the script", replace("[continued]", "[discontinued]"), 18, 20, "want an option"},
		{"too long a header", strings.Repeat("#\n", 1<<16), 32770, 1, "octets before the script"},
		{"too long a line", "#" + strings.Repeat("#", 1<<16), 1, 1, "octets before the script"},
		{"too long a file", strings.Repeat("x", 16<<20+1), 1, 1, "longer than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := corpus.Parse("dir/example.ws", []byte(test.text))
			var bad *corpus.Error
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, %v", e, err)
			}
			if bad.File != "dir/example.ws" || bad.Line != test.line || bad.Column != test.column || !strings.Contains(bad.Problem, test.problem) {
				t.Errorf("got %v; want %d:%d, %q", err, test.line, test.column, test.problem)
			}
		})
	}
}

func TestExpect(t *testing.T) {
	fail := func(codes ...wsproto.CloseCode) corpus.Expect { return corpus.Expect{Fail: true, Codes: codes} }
	keep, refuse := corpus.Expect{Keep: true}, corpus.Expect{Refuse: true}
	tests := []struct {
		text         string
		allows, bans []corpus.Expect
	}{
		{"any", []corpus.Expect{keep, refuse, fail(1002), fail()}, nil},
		{"keep", []corpus.Expect{keep}, []corpus.Expect{refuse, fail(), fail(1002)}},
		{"refuse", []corpus.Expect{refuse}, []corpus.Expect{keep, fail(1002)}},
		{"fail", []corpus.Expect{fail(), fail(1002)}, []corpus.Expect{keep, refuse}},
		{"fail 1002 1007", []corpus.Expect{fail(), fail(1007)}, []corpus.Expect{fail(1000), keep}},
		{"keep or refuse or fail 1009", []corpus.Expect{keep, refuse, fail(1009)}, []corpus.Expect{fail(1002)}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			x, err := corpus.ParseExpect(test.text)
			if err != nil || x.String() != test.text {
				t.Fatalf("got %v, %v", x, err)
			}
			for _, seen := range test.allows {
				if !x.Allows(seen) {
					t.Errorf("%v is not allowed", seen)
				}
			}
			for _, seen := range test.bans {
				if x.Allows(seen) {
					t.Errorf("%v is allowed", seen)
				}
			}
		})
	}
}

// Entries have to be in the canonical form, under the name that is made of them,
// each once.
func TestEmbeddedEntries(t *testing.T) {
	entries, err := corpus.Load(corpus.Entries)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) == 0 {
		t.Fatal("there are no entries")
	}
	ids := make(map[string]string)
	for _, e := range entries {
		t.Run(e.Name, func(t *testing.T) {
			text, err := fs.ReadFile(corpus.Entries, e.Name+corpus.Extension)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Format(); !bytes.Equal(got, text) {
				t.Errorf("not in canonical form: run wscheck corpus fmt\ngot\n%s\nwant\n%s", text, got)
			}
			if want := e.FileName(); want != e.Name+corpus.Extension {
				t.Errorf("the file has to be called %s", want)
			}
			if other := ids[e.ID()]; other != "" {
				t.Errorf("the same conversation as %s", other)
			}
			ids[e.ID()] = e.Name
			if e.Comment == "" || e.Origin == "" {
				t.Error("no comment, or no origin")
			}
			for _, id := range e.Rules {
				if rule := oracle.Lookup(id); !rule.Binds.Role(e.Role.Peer()) {
					t.Errorf("%s does not bind a %s", id, e.Role.Peer())
				}
			}
		})
	}
}

func TestLoad(t *testing.T) {
	folder := fstest.MapFS{
		"b.ws":      {Data: []byte(example)},
		"a.ws":      {Data: []byte(example)},
		"README.md": {Data: []byte("no entry")},
		"sub/c.ws":  {Data: []byte("no entry either")},
	}
	entries, err := corpus.Load(folder)
	if err != nil || len(entries) != 2 || entries[0].Name != "a" || entries[1].Name != "b" {
		t.Fatalf("got %v, %v", entries, err)
	}
	folder["aa.ws"] = &fstest.MapFile{Data: []byte("version: 1\ncolour: red")}
	if _, err := corpus.Load(folder); err == nil || !strings.HasPrefix(err.Error(), "aa.ws:2:1: unknown key") {
		t.Errorf("got %v", err)
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	e := exampleEntry()
	path, err := corpus.Write(dir, e)
	if err != nil || path != filepath.Join(dir, e.FileName()) {
		t.Fatalf("got %s, %v", path, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != example {
		t.Fatalf("%v\n%s", err, text)
	}
	again := exampleEntry()
	again.Advisory, again.Comment = nil, "another"
	if other, err := corpus.Write(dir, again); err != nil || other != path {
		t.Errorf("got %s, %v for what is there", other, err)
	}
	for name, bad := range map[string]*corpus.Entry{
		"no rule":           {Script: e.Script},
		"unknown rule":      {Script: e.Script, Rules: []oracle.ClauseID{"rfc6455/none"}},
		"other role":        {Script: e.Script, Rules: e.Rules, Role: wsproto.Server},
		"name of a folder":  {Script: e.Script, Rules: e.Rules, Advisory: []string{"../../CVE-1"}},
		"control character": {Script: e.Script, Rules: e.Rules, Comment: "\x00"},
	} {
		if path, err := corpus.Write(dir, bad); err == nil {
			t.Errorf("%s: written to %s", name, path)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestSelect(t *testing.T) {
	one, two, three := exampleEntry(), exampleEntry(), exampleEntry()
	one.Name, two.Name, three.Name = "one", "two", "three"
	two.Role, two.Features, two.Advisory = wsproto.Server, nil, nil
	three.Rules = []oracle.ClauseID{"rfc6455/8.1/utf8-fail"}
	all := []*corpus.Entry{one, two, three}
	for _, test := range []struct {
		name  string
		query corpus.Query
		want  []string
	}{
		{"all", corpus.Query{}, []string{"one", "two", "three"}},
		{"rule", corpus.Query{Rule: "rfc6455/8.1/utf8-fail"}, []string{"three"}},
		{"rules", corpus.Query{Rule: "rfc6455/5.5/*"}, []string{"one", "two"}},
		{"role", corpus.Query{Role: "server"}, []string{"two"}},
		{"feature", corpus.Query{Feature: "fragmentation"}, []string{"one", "three"}},
		{"advisory", corpus.Query{Advisory: "CVE-2020-27813", Rule: "rfc6455/5.5/*"}, []string{"one"}},
		{"none", corpus.Query{Role: "server", Feature: "text"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			picked, err := corpus.Select(all, test.query)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range picked {
				names = append(names, e.Name)
			}
			if !slices.Equal(names, test.want) {
				t.Errorf("got %v, want %v", names, test.want)
			}
		})
	}
	for _, q := range []corpus.Query{{Rule: "rfc6455/0/*"}, {Role: "peer"}, {Feature: "colour"}} {
		if _, err := corpus.Select(all, q); err == nil {
			t.Errorf("%+v picks something", q)
		}
	}
}

// What an importer pays at the start of a test.
func BenchmarkLoad(b *testing.B) {
	entries, err := corpus.Load(corpus.Entries)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("embedded", func(b *testing.B) {
		for b.Loop() {
			if _, err := corpus.Load(corpus.Entries); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(entries)), "entries")
	})
	b.Run("entries=300", func(b *testing.B) {
		texts := make([][]byte, 300)
		for i := range texts {
			texts[i] = entries[i%len(entries)].Format()
		}
		for b.Loop() {
			for _, text := range texts {
				if _, err := corpus.Parse("x.ws", text); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
