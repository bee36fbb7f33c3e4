package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// playEntry plays an entry with the endpoint that o describes, in the role that
// the entry is for.
func playEntry(t *testing.T, e *corpus.Entry, o reference.Options) *report.Result {
	t.Helper()
	r, err := RunBubble(t, referencePeer(e.Role.Peer(), o), &Config{Select: []*catalogue.Case{CorpusCase(e)}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Agents[0].Results[0]
}

// TestCorpusIsKept holds each entry to what it says of conforming peers: ours
// breaks no clause, and does as is expected.
func TestCorpusIsKept(t *testing.T) {
	t.Parallel()
	entries, err := corpus.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Script.Uncarried(oracle.HTTP1) != "" {
			continue // package http2 plays it
		}
		t.Run(e.Name, func(t *testing.T) {
			r := playEntry(t, e, reference.Options{Deflate: new(reference.Deflate)})
			if r.RFC.Outcome == oracle.Violation || r.RFC.Outcome == oracle.Inconclusive {
				t.Errorf("%s", Describe(r, report.JudgeRFC, ""))
			}
			seen, ok := corpus.Observe(r.Trace)
			if len(e.Script.Handshake.Before) > 0 && !seen.Keep {
				t.Errorf("a peer that keeps the connection was seen to %v", seen)
			}
			if ok && !e.Expect.Allows(seen) {
				t.Errorf("expect: %v, but a conforming peer was seen to %v\n%s", e.Expect, seen, strings.Join(transcript.Lines(r), "\n"))
			}
		})
	}
}

// A peer that breaks the rule of an entry falls for it.
func TestCorpusCatches(t *testing.T) {
	entries, err := corpus.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for rule, mutant := range map[string]string{
		"rfc6455/5.5/control-fragmented-fail": "accept-fragmented-ping",
		"rfc6455/5.2/length-63bit-fail":       "accept-length-top-bit",
		"rfc6455/8.1/utf8-fail":               "accept-text-surrogates",
		"rfc6455/5.4/control-within":          "control-ends-message",
		"rfc7692/6.1/rsv1-control-fail":       "accept-rsv1-control",
		"rfc6455/4.1/response-accept":         "accept-response-accept-case",
		"rfc6455/4.2.2/accept":                "accept-first-key",
	} {
		t.Run(mutant, func(t *testing.T) {
			picked, err := corpus.Select(entries, corpus.Query{Rule: rule})
			if err != nil || len(picked) == 0 {
				t.Fatalf("%d entries about %s, %v", len(picked), rule, err)
			}
			caught := 0
			for _, e := range picked {
				if e.Rules[0] != oracle.ClauseID(rule) {
					continue
				}
				r := playEntry(t, e, reference.Options{Mutant: mutant, Deflate: new(reference.Deflate)})
				if found(r, e.Rules[0]) {
					caught++
				} else {
					t.Logf("%s: %+v", e.Name, r.RFC)
				}
			}
			if caught == 0 {
				t.Errorf("no entry about %s shows it", rule)
			}
		})
	}
}

const ownEntry = `version: 1
rule: rfc6455/5.5.2/pong
role: client
expect: keep
comment: A ping with a payload of its own.

as client
frame PING "a payload of its own"
await pong within 5s
`

const ownDeflateEntry = `version: 1
rule: rfc6455/5.5.2/pong
role: client
expect: keep
feature: permessage-deflate

as client
frame PING "another"
`

// idsOf are the ids of the cases of a corpus that a configuration selects.
func idsOf(t *testing.T, cases []*catalogue.Case, err error) (ids []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, cs := range cases {
		ids = append(ids, cs.ID)
	}
	return ids
}

// TestCorpusCases shows which entries become cases.
func TestCorpusCases(t *testing.T) {
	folder := func(name, text string) fs.FS { return fstest.MapFS{name: {Data: []byte(text)}} }
	all, err := AllCases(wsproto.Client)
	embedded := slices.DeleteFunc(idsOf(t, all, err), func(id string) bool { return !strings.HasPrefix(id, CorpusPrefix) })
	total := len(embedded)
	for _, cs := range all {
		if cs.Script.Uncarried(oracle.HTTP1) != "" {
			embedded = slices.DeleteFunc(embedded, func(id string) bool { return id == cs.ID })
		}
	}
	if len(embedded) == 0 || len(all) != total+len(catalogue.For(wsproto.Client)) {
		t.Fatalf("%d cases, of which %d are entries", len(all), len(embedded))
	}
	for _, c := range []struct {
		name   string
		config Config
		want   []string
	}{
		{"all entries", Config{Cases: []string{"corpus/*"}}, embedded},
		{"one", Config{Cases: embedded[:1]}, embedded[:1]},
		{"but for one", Config{Cases: []string{"corpus/*"}, Exclude: embedded[:1]}, embedded[1:]},
		{"Autobahn's own", Config{Cases: []string{"1.1.1"}}, []string{"autobahn/1.1.1"}},
		{"another folder", Config{Cases: []string{"corpus/own"}, Corpus: []fs.FS{folder("own.ws", ownEntry)}}, []string{"corpus/own"}},
		{"twice", Config{Cases: []string{"corpus/o*"}, Corpus: []fs.FS{folder("own.ws", ownEntry), folder("other.ws", ownEntry)}}, []string{"corpus/own"}},
		{"with a feature", Config{Cases: []string{"corpus/d"}, Corpus: []fs.FS{folder("d.ws", ownDeflateEntry)}}, []string{"corpus/d"}},
		{"without it", Config{Cases: []string{"corpus/d"}, Corpus: []fs.FS{folder("d.ws", ownDeflateEntry)}, Lacks: []Feature{FeatureDeflate}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			cases, err := c.config.selectedCases(wsproto.Client, false)
			if got := idsOf(t, cases, err); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			cases, err = c.config.selectedCases(wsproto.Server, false)
			for _, id := range idsOf(t, cases, err) {
				if slices.Contains(embedded, id) {
					t.Errorf("%s is played in the other role too", id)
				}
			}
		})
	}
}

// TestOwnCorpus has the entries of the working directory played by tests, and by
// nothing else.
func TestOwnCorpus(t *testing.T) {
	t.Chdir(t.TempDir())
	config := &Config{Cases: []string{"corpus/*"}}
	without := func() []string { cases, err := config.selectedCases(wsproto.Client, true); return idsOf(t, cases, err) }()
	if err := os.MkdirAll(filepath.FromSlash(ownCorpus), 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(ownCorpus, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("own.ws", ownEntry)
	cases, err := config.selectedCases(wsproto.Client, true)
	if got, want := idsOf(t, cases, err), append(slices.Clip(without), "corpus/own"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	cases, err = config.selectedCases(wsproto.Client, false)
	if got := idsOf(t, cases, err); !slices.Equal(got, without) {
		t.Errorf("outside of tests: got %v, want %v", got, without)
	}
	r, err := RunBubble(t, Server(mutantServer), &Config{Cases: []string{"corpus/own"}})
	if err != nil || len(r.Agents[0].Results) != 1 || r.Agents[0].Results[0].RFC.Outcome != oracle.Violation {
		t.Errorf("got %v, %v", r, err)
	}
	write("bad.ws", "version: 1\ncolour: red\n")
	var bad *corpus.Error
	if _, err := config.selectedCases(wsproto.Client, true); !errors.As(err, &bad) || bad.File != "testdata/wscheck/bad.ws" || bad.Line != 2 {
		t.Errorf("got %v", err)
	}
}

// TestBadCorpus has one clear error for what cannot be played.
func TestBadCorpus(t *testing.T) {
	entries, err := corpus.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		folder fs.FS
		want   string
	}{
		{"syntax", fstest.MapFS{"a.ws": {Data: []byte(ownEntry + "jump")}}, "corpus: Corpus[0]/a.ws:10:1: "},
		{"no such folder", os.DirFS(filepath.Join(t.TempDir(), "none")), ""},
		{"no such data", fstest.MapFS{"a.ws": {Data: []byte(ownEntry + "raw 5 octets of nothing")}}, `corpus: Corpus[0]: a.ws: there is no test data set "nothing"`},
		{"name of another", fstest.MapFS{entries[0].Name + ".ws": {Data: []byte(ownEntry)}}, "corpus: Corpus[0]: " + entries[0].Name + ".ws is the name of another entry, in the embedded corpus: rename it to rfc6455_5.5.2_pong-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := (&Config{Corpus: []fs.FS{c.folder}}).selectedCases(wsproto.Client, false)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s…", err, c.want)
			}
		})
	}
}

// TestCorpusFeatures holds the names of features to be the same in both
// packages.
func TestCorpusFeatures(t *testing.T) {
	var names []string
	for _, f := range features {
		names = append(names, string(f))
	}
	if !slices.Equal(corpus.Features(), names) {
		t.Errorf("got %v, want %v", corpus.Features(), names)
	}
}
