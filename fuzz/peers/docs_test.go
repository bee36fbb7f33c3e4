package peers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// What the Go examples of the documentation leave to their reader: an echo by
// gorilla/websocket as its own example has it, and one by gws.
const docsPrelude = `package examples

import (
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"

	"github.com/wscheck/wscheck/internal/engine"
)

func echo(w http.ResponseWriter, r *http.Request) {
	u := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := u.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, data, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, data) != nil {
			return
		}
	}
}

type gwsEcho struct{ gws.BuiltinEventHandler }

func (gwsEcho) OnPing(socket *gws.Conn, payload []byte) { _ = socket.WritePong(payload) }

func (gwsEcho) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	_ = socket.WriteMessage(message.Opcode, message.Bytes())
}

var (
	myEchoHandler = http.HandlerFunc(echo)
	server        = engine.Handler(myEchoHandler)
	upgrader      = gws.NewUpgrader(gwsEcho{}, &gws.ServerOption{CheckUtf8Enabled: true})
)
`

// docsImports are the packages that examples may use, by their names in them.
var docsImports = map[string]string{
	"bufio": "bufio", "context": "context", "net": "net", "http": "net/http", "testing": "testing",
	"harness": "github.com/wscheck/wscheck/harness", "websocket": "github.com/gorilla/websocket",
	"http2": "github.com/wscheck/wscheck/harness/http2", "ws": "github.com/gobwas/ws", "wsutil": "github.com/gobwas/ws/wsutil",
}

// TestDocumentedGo compiles each Go example of the documentation. With WSCHECK_ALL it
// runs what they test: all cases where an example
// lists what is known, which then leaves no failure, and some where it does not.
func TestDocumentedGo(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	overlay := map[string]string{}
	files := map[string][]byte{"prelude.go": []byte(docsPrelude)}
	suffix := ".go"
	if all() {
		suffix = "_test.go"
	}
	blocks := 0
	var known []string // tests with all that is known
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?ms)^```go\n(.*?)^```").FindAllSubmatch(text, -1) {
			blocks++
			name := fmt.Sprintf("Example%d", blocks)
			source := docsSource(name, string(m[1]))
			files[strings.ToLower(name)+suffix] = []byte(source)
			if strings.Contains(source, "Known:") {
				known = append(known, regexp.MustCompile(`(?:Test|Fuzz)`+name).FindString(source))
			}
		}
	}
	if blocks < 6 || len(known) < 2 {
		t.Fatalf("%d examples, %d of what is known", blocks, len(known))
	}
	for name, content := range files {
		written := filepath.Join(dir, name)
		if err := os.WriteFile(written, content, 0o666); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, "fuzz", "peers", "examples", name)] = written
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	replace := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(replace, list, 0o666); err != nil {
		t.Fatal(err)
	}
	if !all() {
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", replace, "./examples").CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	binary := filepath.Join(dir, "examples.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-c", "-overlay", replace, "-o", binary, "./examples").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, args := range map[string][]string{
		"some":  {"-test.run", `/^autobahn$/^1\.1\.[1-5]$`},
		"known": {"-test.run", "^(" + strings.Join(known, "|") + ")$", "-test.short"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, append(args, "-test.v")...)
			cmd.Dir = t.TempDir()
			// There is no snapshot yet; and net/http has extended CONNECT by this alone.
			cmd.Env = append(os.Environ(), "WSCHECK_UPDATE=1", "GODEBUG=http2xconnect=1")
			out, err := cmd.CombinedOutput()
			failed := regexp.MustCompile(`(?m)^ +--- FAIL: .*$`).FindAllString(string(out), -1)
			if passed := strings.Count(string(out), "--- PASS: "); err != nil || passed < 10 {
				t.Errorf("%v: %d pass, %d fail\n%s", err, passed, len(failed), strings.Join(failed[:min(len(failed), 40)], "\n"))
			}
		})
	}
}

// docsSource makes a file of an example: a whole file, declarations, or statements of
// a test.
func docsSource(name, block string) string {
	block = regexp.MustCompile(`(?m)^func (Test|Fuzz)\w+\(`).ReplaceAllString(block, "func ${1}"+name+"(")
	if _, rest, whole := strings.Cut(block, "package mylib_test\n"); whole {
		return "package examples\n" + rest
	}
	if !strings.HasPrefix(block, "func ") {
		param := "Test" + name + "(t *testing.T)"
		if strings.Contains(block, "harness.Fuzz") {
			param = "Fuzz" + name + "(f *testing.F)"
		}
		block = "func " + param + " {\n" + block + "}\n"
	}
	var imports strings.Builder
	for _, use := range slices.Sorted(maps.Keys(docsImports)) {
		if regexp.MustCompile(`\b` + use + `\.[A-Z]`).MatchString(block) {
			imports.WriteString(fmt.Sprintf("\t%q\n", docsImports[use]))
		}
	}
	return "package examples\n\nimport (\n" + imports.String() + ")\n\n" + block
}

// TestDocumentedYAML parses the YAML of the documentation, and the files that it
// speaks of.
func TestDocumentedYAML(t *testing.T) {
	texts := map[string][]byte{}
	for _, pattern := range []string{"docs/*.md", "docs/kubernetes/*.yaml", ".github/*/*.yml", ".github/actions/*/*.yml", ".clusterfuzzlite/*.y*ml", "fuzz/oss-fuzz/*.yaml"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Ext(file) != ".md" {
				texts[file] = text
				continue
			}
			for i, m := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllSubmatch(text, -1) {
				texts[fmt.Sprintf("%s, block %d", file, i+1)] = m[1]
			}
		}
	}
	if len(texts) < 10 {
		t.Errorf("%d texts in YAML", len(texts))
	}
	for name, text := range texts {
		d := yaml.NewDecoder(bytes.NewReader(text))
		documents := 0
		for {
			var v any
			err := d.Decode(&v)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
			if v != nil {
				documents++
			}
		}
		if documents == 0 {
			t.Errorf("%s: it is empty", name)
		}
	}
}
