package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Every command line in the documentation is one that the program takes.
func TestDocumentedCommandLines(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		t.Run(filepath.Base(page), func(t *testing.T) {
			b, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			lines := commandLines(string(b))
			if filepath.Base(page) == "ci.md" && len(lines) < 15 {
				t.Errorf("%d command lines were found", len(lines))
			}
			for _, line := range lines {
				if err := parses(t, line); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		})
	}
}

// The arguments of the containers in the Kubernetes example are too.
func TestKubernetesArguments(t *testing.T) {
	b, err := os.ReadFile("../../docs/kubernetes/wscheck.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?m)^ +args:\n((?: +(?:- .*|#.*)\n)+)`).FindAllStringSubmatch(string(b), -1)
	if len(lists) != 2 {
		t.Fatalf("%d lists of arguments", len(lists))
	}
	for _, list := range lists {
		var line strings.Builder
		line.WriteString("wscheck")
		for _, item := range regexp.MustCompile(`(?m)^ +- (.*)$`).FindAllStringSubmatch(list[1], -1) {
			line.WriteString(" " + strings.ReplaceAll(item[1], "$(JOB_COMPLETION_INDEX)", "7"))
		}
		if err := parses(t, line.String()); err != nil {
			t.Errorf("%s: %v", line.String(), err)
		}
	}
}

// commandLines returns the lines in fenced blocks that start the program.
func commandLines(markdown string) (lines []string) {
	start := regexp.MustCompile(`^(?:\$ |- )?(wscheck (?:[a-z]+).*)$`)
	for i, block := range strings.Split(markdown, "```") {
		if i%2 == 0 {
			continue
		}
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			if m := start.FindStringSubmatch(line); m != nil {
				lines = append(lines, strings.TrimRight(m[1], " &"))
			}
		}
	}
	return lines
}

// parses reads a command line as the program does, and runs nothing.
func parses(t *testing.T, line string) error {
	t.Helper()
	line = strings.NewReplacer("$CI_NODE_INDEX", "1", "$CI_NODE_TOTAL", "4").Replace(line)
	var args []string
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		args = append(args, m[1]+m[2]+m[3])
	}
	_, err := newParser(io.Discard, func(int) {}).Parse(args[1:])
	return err
}

// documents are the pages with examples, each with its text.
func documents(t *testing.T) map[string]string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, page := range append(pages, "../../README.md", "../../corpus/README.md") {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimPrefix(page, "../../")] = string(b)
	}
	return texts
}

// fenced returns the fenced blocks of a language, "" for those of none.
func fenced(text, language string) (blocks []string) {
	inside, found := false, ""
	for line := range strings.Lines(text) {
		name, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case fence && inside:
			if found == language {
				blocks[len(blocks)-1] = strings.TrimPrefix(blocks[len(blocks)-1], "\n")
			}
			inside = false
		case fence:
			inside, found = true, name
			if found == language {
				blocks = append(blocks, "\n")
			}
		case inside && found == language:
			blocks[len(blocks)-1] += line
		}
	}
	return blocks
}

// Entries in the documentation are in canonical form, and JSON is JSON.
func TestDocumentedEntries(t *testing.T) {
	dir := t.TempDir()
	entries := 0
	for page, text := range documents(t) {
		for _, block := range fenced(text, "") {
			if strings.HasPrefix(block, "version: ") {
				name := fmt.Sprintf("%s-%d.ws", strings.NewReplacer("/", "-", ".", "-").Replace(strings.ToLower(page)), entries)
				entries++
				if err := os.WriteFile(filepath.Join(dir, name), []byte(block), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, block := range fenced(text, "json") {
			if !json.Valid([]byte(block)) {
				t.Errorf("%s: no JSON: %s", page, block)
			}
		}
	}
	out, err := exec.CommandContext(t.Context(), "wscheck", "corpus", "fmt", "-d", dir).CombinedOutput()
	if entries < 2 || err != nil || len(out) > 0 {
		t.Errorf("%d entries, %v\n%s", entries, err, out)
	}
}

// TestDocumentedPeers demands that the files of peers in the documentation, and those of
// the libraries, make sense.
func TestDocumentedPeers(t *testing.T) {
	found := 0
	for page, text := range documents(t) {
		for _, block := range fenced(text, "") {
			if strings.Contains(block, "\nrole: server\ninstall: ") {
				found++
				if _, err := matrix.Parse(page, []byte(block)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	peers, err := matrix.Load("../../fuzz/peers/other", nil)
	if err != nil || found == 0 || len(peers) == 0 {
		t.Fatalf("%d peers in the documentation, %d of libraries, %v", found, len(peers), err)
	}
	for _, p := range peers {
		if p.Language == "" || p.Install == "" {
			t.Errorf("%s: no language, or no way to install it", p.ID)
		}
		if p.Baseline != "" {
			if _, err := report.LoadBaseline(p.Baseline); err != nil {
				t.Error(err)
			}
		}
	}
}

// exampleLimit ends an example that does not end by itself, such as a server.
const exampleLimit = 5 * time.Minute

// notRun are the lines of shell examples that this test does not run, each with the
// reason.
var notRun = map[string]string{
	`^go (run|test|get|install) `:      "it needs the network or hours; the tests of this module and its CI run them",
	`^\./conformance\.test `:           "go test -c makes it, which is not run; TestCompare of fuzzspeed makes one",
	`^WSCHECK_PLANTED_RUNS=3 go test `: "an hour",
	`^cd fuzz/peers`:                   "another module, whose own tests run it",
	`^(for target in|  go test|done)`:  "a night",
	`^(tshark|editcap) `:               "it needs tshark; TestFollow of internal/capture reads what that prints",
	`^docker `:                         "it needs a container engine",
	`^python3 fuzz/peers/`:             "it needs libraries for Python; TestOther of fuzz/peers runs it where they are",
	`^wscheck server( --(web|http2|cert|key)( \S+\.pem| \S+:\S+)?)* *$`: "it serves until it is interrupted; server_test.go does",
	`^wscheck matrix --markdown `:                                       "it plays many libraries; the example of docs/peers.md plays two peers",
	`^wscheck pairs .*--markdown `:                                      "it starts many libraries; the example of docs/peers.md has two peers meet",
	`^wscheck echo .*--listen 127\.0\.0\.1:9002`:                        "it serves until it is interrupted; echo_test.go does",
	`^wscheck client .*(hypercorn|nghttpx|--ca |:8081)`:                 "it needs a server or a proxy for HTTP/2; TestProxy of fuzz/peers starts one",
	`^export `: "it is for a line that is not run",
	`^wscheck fuzz --listen 127\.0\.0\.1:9002`: "it waits for a client that connects again and again; package blackbox tests it",
}

var (
	sampleEnd   = regexp.MustCompile(`(?m)^FAIL  (\d+) of (\d+) pass, (\d+) noted, (\d+) unsupported, (\d+) failed(?:, \d+ played again)?, in [\d.]+ s$`)
	sampleGroup = regexp.MustCompile(`(?m)^([✗≈–]) (\S+) +(\d+) cases  (?:noted: )?(.*?)(?: \(beside it (\S+)\))?  first: (\S+)$`)
)

// The README's sample of a summary says what the program says: clauses in their
// words, and figures that add up.
func TestSampleInReadme(t *testing.T) {
	var sample string
	for _, block := range fenced(documents(t)["README.md"], "console") {
		if sampleEnd.MatchString(block) {
			sample = block
		}
	}
	number := func(s string) (n int) {
		if _, err := fmt.Sscan(s, &n); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return n
	}
	end := sampleEnd.FindStringSubmatch(sample)
	if end == nil {
		t.Fatal("there is no sample")
	}
	sums := map[string]int{}
	for _, g := range sampleGroup.FindAllStringSubmatch(sample, -1) {
		sums[g[1]] += number(g[3])
		if clause := oracle.Lookup(oracle.ClauseID(g[2])); g[1] != "–" && (clause == nil || clause.Broken() != g[4]) {
			t.Errorf("%s is shown as %q", g[2], g[4])
		}
		if !slices.ContainsFunc(catalogue.For(wsproto.Client), func(c *catalogue.Case) bool { return c.ID == g[6] }) {
			t.Errorf("there is no case %s", g[6])
		}
	}
	pass, total := number(end[1]), number(end[2])
	if sums["≈"] != number(end[3]) || sums["–"] != number(end[4]) || sums["✗"] != number(end[5]) || pass+sums["≈"]+sums["–"]+sums["✗"] != total {
		t.Errorf("the figures do not add up: %v, %s", sums, end[0])
	}
}

// findsSomething are the examples that end with exit code 1.
var findsSomething = regexp.MustCompile(`^wscheck (judge|learn diff) `)

// TestDocumentedShell runs the shell examples, with stand-ins for what people have:
// an echo server and an echo client, a server that runs already, files. Where an
// example runs all cases, one is run. A third of the pages have their turn, and all of them where
// WSCHECK_ALL is set.
func TestDocumentedShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the examples are for a POSIX shell")
	}
	if testing.Short() {
		t.Skip("it runs dozens of commands")
	}
	used := map[string]bool{}
	ran := 0
	template, server := exampleDir(t)
	t.Run("pages", func(t *testing.T) {
		all := documents(t)
		pages := slices.Sorted(maps.Keys(all))
		played := testseeds.Part(pages, 0)
		for _, page := range pages {
			if page == "docs/verdicts.md" {
				continue // TestVerdictExamples runs that, and looks at what is printed
			}
			text := all[page]
			var scripts []string
			for _, block := range append(fenced(text, "sh"), fenced(text, "console")...) {
				if script := shellScript(block, used); script != "" {
					scripts = append(scripts, script)
				}
			}
			ran += len(scripts)
			if !slices.Contains(played, page) {
				continue
			}
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				for _, script := range scripts {
					runExample(t, script, template, server)
				}
			})
		}
	})
	for pattern := range notRun {
		if !used[pattern] {
			t.Errorf("no example is like %s any more", pattern)
		}
	}
	if ran < 12 {
		t.Errorf("%d examples can be run", ran)
	}
}

// runExample runs a script of a page in a directory that has the files of another one.
func runExample(t *testing.T, script, template, server string) {
	t.Helper()
	address := server
	if strings.Contains(script, "wscheck server") {
		address = freeAddress(t)
	}
	script = strings.NewReplacer("127.0.0.1:9001", address, "wss://example.test", "ws://"+address).Replace(script)
	dir := t.TempDir()
	if err := linkTree(dir, template); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), exampleLimit)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	cmd.WaitDelay = time.Second
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, script, out)
	}
}

// linkTree makes a directory have the files of another one. They are not copied: what
// the program writes gets a new file.
func linkTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.Join(to, strings.TrimPrefix(path, from))
		if d.IsDir() {
			return os.MkdirAll(name, 0o777)
		}
		return os.Link(path, name)
	})
}

// shellScript returns the lines of an example that can be run.
func shellScript(block string, used map[string]bool) string {
	prompt := strings.HasPrefix(block, "$ ")
	var script strings.Builder
lines:
	for line := range strings.Lines(block) {
		if line = strings.TrimRight(line, "\n"); prompt {
			var ok bool
			if line, ok = strings.CutPrefix(line, "$ "); !ok {
				continue // what is printed
			}
		}
		command, _, _ := strings.Cut(line, " #")
		for pattern := range notRun {
			if regexp.MustCompile(pattern).MatchString(command) {
				used[pattern] = true
				continue lines
			}
		}
		if command = strings.TrimRight(command, " "); findsSomething.MatchString(command) {
			command += " || [ $? -eq 1 ]"
		}
		script.WriteString(command + "\n")
	}
	return script.String()
}

// freeAddress is an address that nobody listens on, with a port that no connection is given.
func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := process.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// standIns are programs that the examples start: an echo server, an echo client, a
// driver for Autobahn's fuzzing server. wscheck runs one case where an example does
// not choose.
const standIns = `
-- bin/wscheck --
case "$0" in *wstest) exec "$WSCHECK" wstest "$@" ;; esac
command=$1
shift
case "$command $*" in
*" --cases "* | *" --spec "*) ;;
learn*) set -- "$@" --input text --input ping --words 5 --patience 20ms ;;
client* | server* | drive* | matrix*) set -- --cases 1.1.1 "$@" ;;
fuzz*" --run "*) set -- --scripts 3 "$@" ;;
fuzz*) set -- --scripts 3 $(echo "$@" | sed 's/--duration 10m//') ;;
esac
exec "$WSCHECK" "$command" "$@"
-- bin/node --
case "$1" in
client.js) exec ./echo-client "$2" ;;
esac
exec ./echo-server
-- bin/java --
while read -r url; do ./echo-client "$url"; done
-- bin/sleep --
exec true
-- echo-server --
exec "$WSCHECK" echo --listen "127.0.0.1:$PORT"
-- echo-client --
exec "$WSCHECK" echo --connect "$1"
-- autobahn-driver --
until "$WSCHECK" wstest -m testeeclient -w "$1" >log 2>&1; do
	grep -q refused log || exit 1
	/bin/sleep 0.05
done
`

// exampleDir makes a directory with what the examples speak of, and starts a server.
func exampleDir(t *testing.T) (dir, server string) {
	t.Helper()
	dir = t.TempDir()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- http2.ServeAll(ctx, ln, http2.Options{}, func(conn net.Conn) {
			_ = reference.ServeConn(conn, reference.Options{Deflate: new(reference.Deflate)})
		})
	}()
	t.Cleanup(func() { stop(); <-served })
	server = ln.Addr().String()
	program, err := exec.LookPath("wscheck")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("WSCHECK", program)
	packets := capturetest.Packets(capturedTrace(), capturetest.Options{Segment: 40})
	capture := capturetest.PCAPNG(binary.BigEndian, capturetest.LinkSLL2, packets)
	files := map[string][]byte{
		"echo.js": nil, "client.js": nil,
		"peers/chat/server.peer": []byte("name: Chat\nrole: server\nrelease: echo 1\nrun: exec ../../echo-server\n"),
		"peers/chat/client.peer": []byte("name: Chat\nrole: client\nrelease: echo 1\nrun: exec ../../echo-client {}\n"),
		"fuzzingclient.json":     []byte(`{"servers": [{"url": "ws://` + server + `"}], "cases": ["1.1.1"]}`),
		"capture.pcapng":         capture, "sample.pcapng": capture, "capture.pcap.gz": capturetest.Gzip(capture),
		"page.har": []byte(archive), "stream.txt": followed(),
		"failure.trace": []byte(oracle.FormatTrace(capturedTrace(), nil)),
		"odd.script":    []byte("as client\nframe RSV3 \"odd\"\nend: await\n"),
	}
	for _, part := range strings.Split(standIns, "\n-- ")[1:] {
		name, content, _ := strings.Cut(part, " --\n")
		files[name] = []byte("#!/bin/sh\n" + content)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"corpus", "export", "--format", "raw", "--role", "client", "--out", "go-fuzz-corpus/websocketserver/corpus"},
		{"corpus", "import", "--role", "client", "--out", "testdata/wscheck", "go-fuzz-corpus"},
		{"corpus", "import", "--role", "client", "--out", "findings", "capture.pcapng"},
		{"corpus", "export", "--format", "seedzip", "--role", "client", "--out", "zips"},
		{"client", "--cases", "1.1.1", "--out", "reports/one", "--agent", "one"},
		{"client", "--cases", "1.1.1", "--out", "reports/two", "--agent", "two"},
		{"client", "--cases", "1.1.1"},
	} {
		cmd := exec.CommandContext(t.Context(), "wscheck", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	for _, name := range []string{"SOURCE", "more.zip"} {
		if err := os.Link(filepath.Join(dir, "zips", "wscheck_seed_corpus.zip"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, server
}
