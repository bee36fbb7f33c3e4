package matrix_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/wsproto"
)

const whole = `# A server.
name: Example
language: C
role: server
install: apt-get install example
release: example --version
build: cc -O1 echo.c
  -o echo

run: exec ./echo
lacks: permessage-deflate, text
max-message: 65536
baseline: known.json
url: ws://127.0.0.1:$PORT/chat
`

func TestParse(t *testing.T) {
	got, err := matrix.Parse("c-example/server.peer", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := &matrix.Peer{
		ID: "server", Dir: "c-example", Name: "Example", Language: "C", Role: wsproto.Server,
		Install: "apt-get install example", Release: "example --version", Build: "cc -O1 echo.c -o echo", Run: "exec ./echo", URL: "ws://127.0.0.1:$PORT/chat",
		Lacks: []engine.Feature{engine.FeatureDeflate, engine.FeatureText}, MaxMessage: 65536,
		Baseline: filepath.Join("c-example", "known.json"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if agent := got.Agent("1.2"); agent != "Example/1.2 (C)" {
		t.Errorf("the agent is %q", agent)
	}
}

// TestParseErrors demands the line of what makes no sense, and one line of text.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"name: Example\n", "", `p.peer:13: the file ends without the key "name"`},
		{"name:", "nom:", `p.peer:2: unknown key "nom": want one of name, language`},
		{"name: Example", "name Example", "p.peer:2: no colon"},
		{"name: Example", "name:", `p.peer:2: the key "name" has no value`},
		{"language: C", "name: C", `p.peer:3: the key "name" is in line 2 already`},
		{"role: server", "role: proxy", `p.peer:4: role "proxy": want client or server`},
		{"role: server", "role: client", "p.peer:11: lacks is for a server"},
		{"# A server.", "  more", "p.peer:1: a line that begins with a blank"},
		{"permessage-deflate,", "telepathy,", `p.peer:11: lacks: there is no feature "telepathy"`},
		{"65536", "-1", `p.peer:12: max-message "-1": want a number`},
		{"ws://127.0.0.1:$PORT/chat", "/chat", `p.peer:14: url "/chat": want one such as ws://127.0.0.1:$PORT/chat`},
		{"baseline: known.json", "dialect: parrot", `p.peer:13: dialect: `},
		{"baseline: known.json", "dialect: ./none.dialect", `p.peer:13: dialect: `},
		{"Example", "Ex\x1bample", "p.peer:2: the line is not text"},
		{"Example", "Ex\xffample", "p.peer:2: the line is not text"},
		{"Example", strings.Repeat("x", 1<<17), "p.peer:1: the file has more than"},
	} {
		_, err := matrix.Parse("p.peer", []byte(strings.Replace(whole, c.old, c.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q for %.40q: got %v, want %s", c.new, c.old, err, c.want)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"c-b/server.peer", "c-b/client.peer", "c-a/server.peer", "alone.peer", "c-a/echo.c"} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(whole), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ patterns, want string }{
		{"", "alone c-a/server c-b/client c-b/server"},
		{"c-*", "c-a/server c-b/client c-b/server"},
		{"c-b", "c-b/client c-b/server"},
		{"*/client alone", "alone c-b/client"},
	} {
		peers, err := matrix.Load(dir, strings.Fields(c.patterns))
		var ids []string
		for _, p := range peers {
			ids = append(ids, p.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != c.want {
			t.Errorf("%q: got %s, %v, want %s", c.patterns, got, err, c.want)
		}
	}
	for _, c := range []struct{ dir, pattern, want string }{
		{dir, "d-*", `no peer of .* matches "d-\*"`},
		{dir, "[", `"\[" is not a pattern`},
		{filepath.Join(dir, "c-a", "none"), "", "has no file whose name ends in .peer"},
	} {
		if _, err := matrix.Load(c.dir, strings.Fields(c.pattern)); err == nil || !matched(c.want, err.Error()) {
			t.Errorf("%s: %v", c.pattern, err)
		}
	}
}
