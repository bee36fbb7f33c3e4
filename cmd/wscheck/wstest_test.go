package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// started is a mode that runs until it is stopped.
type started struct {
	url  string // that it listens at
	out  *bufio.Reader
	end  context.CancelFunc
	done chan error
}

// startWstest starts a mode, without a page, and, if it serves, waits until it
// listens.
func startWstest(t *testing.T, c wstestCmd) *started {
	t.Helper()
	c.Webport = new(int)
	out, stdout := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := &started{out: bufio.NewReader(out), end: cancel, done: make(chan error, 1)}
	go func() {
		defer stdout.Close()
		s.done <- c.Run(&env{ctx: ctx, stdout: stdout, stderr: os.Stderr})
	}()
	t.Cleanup(cancel)
	if strings.HasSuffix(c.Mode, "server") {
		_, s.url = s.await(t, "listening on ")
	}
	return s
}

// await reads lines until one begins as wanted, and returns it and its rest.
func (s *started) await(t *testing.T, prefix string) (line, rest string) {
	t.Helper()
	var before strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return line, strings.TrimSpace(rest)
		}
		before.WriteString(line)
		if err != nil {
			t.Fatalf("it ends without %q: %s", prefix, before.String())
		}
	}
}

// stop ends the mode, and returns the rest of what it printed.
func (s *started) stop(t *testing.T) string {
	t.Helper()
	s.end()
	rest, err := io.ReadAll(s.out)
	if err != nil {
		t.Error(err)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	return string(rest)
}

// writeSpec writes a spec file, and returns its name.
func writeSpec(t *testing.T, format string, args ...any) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(name, fmt.Appendf(nil, format, args...), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestWstestFuzzingServer has the testee client play the cases of the fuzzing
// server, whose files are as the original lays them out.
func TestWstestFuzzingServer(t *testing.T) {
	dir := t.TempDir()
	server := startWstest(t, wstestCmd{Mode: "fuzzingserver", Spec: writeSpec(t,
		`{"url": "ws://127.0.0.1:0", "outdir": %q, "cases": ["1.1.*", "7.1.*"], "exclude-cases": ["7.1.6"], "options": {"failByDrop": false}}`, dir)})
	client := startWstest(t, wstestCmd{Mode: "testeeclient", WSURI: server.url, Ident: "My Client/1"})
	client.await(t, `case 13 of 13, as "My Client/1", with `)
	if err := <-client.done; err != nil {
		t.Error(err)
	}
	echo := startWstest(t, wstestCmd{Mode: "echoclient", WSURI: server.url + "runCase?case=1&agent=Echo"})
	if err := <-echo.done; err != nil {
		t.Error(err)
	}
	s := served{address: strings.TrimSuffix(strings.TrimPrefix(server.url, "ws://"), "/")}
	s.connect(t, "/stopServer", reference.Options{})
	if rest := server.stop(t); !strings.Contains(rest, "13 of 13 pass") {
		t.Errorf("it prints %q", rest)
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index map[string]map[string]struct {
		Behavior, ReportFile string
	}
	if err := json.Unmarshal(b, &index); err != nil {
		t.Fatal(err)
	}
	if len(index["Echo"]) != 1 {
		t.Errorf("index.json is without the echo client: %s", b)
	}
	of := index["My Client/1"]
	if len(of) != 13 {
		t.Fatalf("index.json has %d cases of the agent: %s", len(of), b)
	}
	for id, c := range of {
		if c.Behavior != "OK" {
			t.Errorf("%s: %s", id, c.Behavior)
		}
		if _, err := os.Stat(filepath.Join(dir, c.ReportFile)); err != nil {
			t.Error(err)
		}
	}
}

// TestWstestFuzzingClient tests the testee server.
func TestWstestFuzzingClient(t *testing.T) {
	server := startWstest(t, wstestCmd{Mode: "testeeserver", WSURI: "ws://127.0.0.1:0", Ident: "My Server"})
	dir := t.TempDir()
	name := writeSpec(t, `{"outdir": %q, "servers": [], "cases": ["1.1.*", "13.1.1"]}`, dir)
	client := startWstest(t, wstestCmd{Mode: "fuzzingclient", Spec: name, WSURI: server.url})
	client.await(t, "My Server")
	if rest := client.stop(t); !strings.Contains(rest, "9 of 9 pass") || !strings.Contains(rest, "(wscheck report show -v "+dir+" lists every case)") {
		t.Errorf("it prints %q", rest)
	}
	if _, err := os.Stat(filepath.Join(dir, "my_server_case_13_1_1.json")); err != nil {
		t.Error(err)
	}
	server.stop(t)
}

// TestWstestExitCode is 1 where a case fails, unless that is not wanted.
func TestWstestExitCode(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- reference.Serve(ctx, ln, reference.Options{Mutant: "echo-truncated"}) }()
	for code, more := range map[int][]string{exitFailed: nil, exitOK: {"--exit-zero"}} {
		args := append([]string{"wstest", "-m", "fuzzingclient", "-s", writeSpec(t,
			`{"outdir": %q, "servers": [{"url": %q}], "cases": ["1.1.2"]}`, t.TempDir(), "ws://"+ln.Addr().String())}, more...)
		_, out := pipe(t)
		if got := run(args, out, os.Stderr); got != code {
			t.Errorf("%q: exit code %d, want %d", more, got, code)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWstestBroadcast(t *testing.T) {
	server := startWstest(t, wstestCmd{Mode: "broadcastserver", WSURI: "ws://127.0.0.1:0"})
	first := startWstest(t, wstestCmd{Mode: "broadcastclient", WSURI: server.url})
	first.await(t, "received: hello from ")
	second := startWstest(t, wstestCmd{Mode: "broadcastclient", WSURI: server.url})
	second.await(t, "received: hello from ")
	first.await(t, "received: hello from ")
	first.stop(t)
	second.stop(t)
	server.stop(t)
}

func TestWstestMassConnect(t *testing.T) {
	server := startWstest(t, wstestCmd{Mode: "echoserver", WSURI: "ws://127.0.0.1:0"})
	mass := startWstest(t, wstestCmd{Mode: "massconnect", Spec: writeSpec(t,
		`{"options": {"connections": 40, "batchsize": 10, "batchdelay": 1, "retrydelay": 1}, "servers": [{"name": "own", "uri": %q}]}`, server.url)})
	if err := <-mass.done; err != nil {
		t.Error(err)
	}
	if rest := mass.stopped(t); !strings.HasPrefix(rest, `.... 40 of 40 clients connected to "own" at ws://127.0.0.1:`) {
		t.Errorf("it prints %q", rest)
	}
	server.stop(t)
}

// stopped returns what a mode printed that has ended.
func (s *started) stopped(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(s.out)
	if err != nil {
		t.Error(err)
	}
	return string(rest)
}

// TestServerWeb asks for the page that a fuzzing server has for browsers.
func TestServerWeb(t *testing.T) {
	out, stdout := pipe(t)
	code := make(chan int, 1)
	go func() {
		defer stdout.Close()
		code <- run([]string{"server", "--listen", ":0", "--web", ":0", "--out", t.TempDir(), "--cases", "1.1.1"}, stdout, os.Stderr)
	}()
	s := &started{out: bufio.NewReader(out)}
	_, server := s.await(t, "listening on ws://")
	_, page := s.await(t, "page for browsers at ")
	r, err := http.Get(page + "suite.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var suite struct{ Port int }
	if err := json.NewDecoder(r.Body).Decode(&suite); err != nil {
		t.Fatal(err)
	}
	server = strings.TrimSuffix(server, "/")
	if !strings.HasSuffix(server, fmt.Sprintf(":%d", suite.Port)) {
		t.Errorf("the page is for port %d, the server at %s", suite.Port, server)
	}
	for origin, want := range map[string]string{
		strings.TrimSuffix(page, "/"): "HTTP/1.1 101 ", "https://evil.test": "HTTP/1.1 403 ",
	} {
		if got := openedFrom(t, server, origin); !strings.HasPrefix(got, want) {
			t.Errorf("from %s: %q, want %q", origin, got, want)
		}
	}
	(&served{address: server}).connect(t, "/stopServer", reference.Options{})
	if code := <-code; code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// openedFrom asks a fuzzing server for the number of its cases as a page of that
// origin would, and returns the first line of the answer.
func openedFrom(t *testing.T, server, origin string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	req := wsproto.NewRequest(server, "/getCaseCount", "dGhlIHNhbXBsZSBub25jZQ==", wsproto.Field{Name: "Origin", Value: origin})
	if _, err := conn.Write(req.AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	return line
}
