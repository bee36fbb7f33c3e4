package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report/store"
)

// served is a run of the command that a test has started.
type served struct {
	address string
	stdout  <-chan string // all of it but the first line, when it is over
	stderr  <-chan string
	code    <-chan int
}

// startServer starts the command and waits until it can be reached.
func startServer(t *testing.T, args ...string) *served {
	t.Helper()
	out, stdout := pipe(t)
	errs, stderr := pipe(t)
	code := make(chan int, 1)
	go func() {
		defer stdout.Close()
		defer stderr.Close()
		code <- run(append([]string{"server", "--listen", ":0"}, args...), stdout, stderr)
	}()
	s := &served{stderr: gather(errs), code: code}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	address, ok := strings.CutPrefix(line, "listening on ws://")
	if err != nil || !ok {
		t.Fatalf("it prints %q, %v: %s", line, err, <-s.stderr)
	}
	s.address = strings.TrimSuffix(address, "/\n")
	s.stdout = gather(lines)
	return s
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, w
}

func gather(r io.Reader) <-chan string {
	all := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(r) // what could not be read, the test misses
		all <- string(b)
	}()
	return all
}

// connect makes a connection of the reference client.
func (s *served) connect(t *testing.T, target string, o reference.Options) {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	_ = reference.Connect(conn, "ws://"+s.address+target, o) // how it ends is the server's to judge
}

// TestServer serves two clients, and stops when both have asked for the report:
// one that conforms, and one that does not. The next run adds to the report.
func TestServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	s := startServer(t, "--out", dir, "--cases", "1.1.*", "--cases", "rfc6455/5.5/ping-126", "--cases", "rfc6455/5.5/ping-127", "--exclude", "1.1.3", "--exit-after", "2")
	if host, _, _ := net.SplitHostPort(s.address); host != "127.0.0.1" {
		t.Errorf("it listens on %s", s.address)
	}
	for agent, mutant := range map[string]string{"good": "", "bad": "echo-twice"} {
		for n := range 9 {
			s.connect(t, fmt.Sprintf("/runCase?case=%d&agent=%s", n+1, agent), reference.Options{Mutant: mutant})
		}
		s.connect(t, "/updateReports?agent="+agent, reference.Options{})
	}
	if code := <-s.code; code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	progress, summary := <-s.stderr, <-s.stdout
	// A verdict is made when the connection is gone, and the next one may be first.
	for _, want := range []string{
		`"good" \d/9 autobahn/1\.1\.1: pass`, `"bad" \d/9 autobahn/1\.1\.2: violation`, `"good" 9/9 `, `"bad" 9/9 `, "ping-126: pass",
	} {
		if !regexp.MustCompile(want).MatchString(progress) {
			t.Errorf("the progress is without %q:\n%s", want, progress)
		}
	}
	for _, want := range []string{"good", "bad", filepath.Join(dir, "index.html")} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary is without %q:\n%s", want, summary)
		}
	}

	s = startServer(t, "--out", dir, "--cases", "1.1.*", "--quiet", "--judge", "autobahn")
	s.connect(t, "/runCase?casetuple=1.1.1&agent=third", reference.Options{})
	s.connect(t, "/updateReports?agent=third&shutdownOnComplete=true", reference.Options{})
	if code, progress := <-s.code, <-s.stderr; code != exitOK || progress != "" {
		t.Errorf("exit code %d, want %d; stderr %q", code, exitOK, progress)
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, agent := range []string{`"good": {`, `"bad": {`, `"third": {`} {
		if !strings.Contains(string(index), agent) {
			t.Errorf("index.json is without %s", agent)
		}
	}
}

// TestOneRunForEachDirectory starts runs whose report goes where another one is
// being written: they end at once, and the first does not notice.
func TestOneRunForEachDirectory(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the standard library has no locks for this system")
	}
	dir := filepath.Join(t.TempDir(), "reports")
	s := startServer(t, "--out", dir, "--cases", "1.1.1")
	s.connect(t, "/runCase?case=1&agent=first", reference.Options{})
	for _, args := range [][]string{
		{"server", "--listen", ":0", "--out", dir, "--cases", "1.1.2"},
		{"client", "--out", dir, "--cases", "1.1.1"},
		{"drive", "--out", dir, "--cases", "1.1.1", "--", "true"},
		{"fuzz", "--out", dir, "--scripts", "1", "ws://127.0.0.1:1"},
	} {
		errs, stderr := pipe(t)
		out, stdout := pipe(t)
		printed, warned := gather(out), gather(errs)
		code := run(args, stdout, stderr)
		stdout.Close()
		stderr.Close()
		<-printed
		if text := <-warned; code != exitUsage || strings.Count(text, "\n") != 1 || !strings.Contains(text, dir) || !strings.Contains(text, "another directory") {
			t.Errorf("%s: exit code %d, %q", args[0], code, text)
		}
	}
	s.connect(t, "/updateReports?agent=first&shutdownOnComplete=true", reference.Options{})
	if code := <-s.code; code != exitOK {
		t.Errorf("exit code %d of the first", code)
	}
	r, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents) != 1 || len(r.Agents[0].Results) != 1 || r.Agents[0].Name != "first" {
		t.Errorf("the report is of %+v", r.Agents)
	}
}

// TestServerSpec takes the cases and all else from a spec file.
func TestServerSpec(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "fuzzingserver.json")
	text := fmt.Sprintf(`{"url": "ws://localhost:9001", "outdir": %q, "cases": ["*"], "exclude-cases": ["9.*", "12.*", "13.*"],
		"exclude-agent-cases": {}}`, filepath.Join(dir, "out"))
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "--spec", name)
	s.connect(t, "/runCase?case=247&agent=a", reference.Options{})
	s.connect(t, "/runCase?case=248&agent=a", reference.Options{})
	s.connect(t, "/stopServer", reference.Options{})
	if code := <-s.code; code != exitOK {
		t.Errorf("exit code %d, want %d", code, exitOK)
	}
	if progress := <-s.stderr; !strings.Contains(progress, "1/247 autobahn/10.1.1: pass") {
		t.Errorf("case 247 is not the last: %s", progress)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "a_case_10_1_1.json")); err != nil {
		t.Error(err)
	}
}
