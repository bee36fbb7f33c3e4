package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
)

// TestFuzzListen finds a fault in a client that connects again and again, and
// again by what was written.
func TestFuzzListen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "findings")
	const mutant = "echo-uppercase"
	out, code := withClient(t, mutant, "fuzz", "--listen", "127.0.0.1:0", "--max-findings", "1", "--seed", "1", "--out", dir)
	if code != exitFailed || !strings.Contains(out, "violation of wscheck/echo-content") {
		t.Fatalf("exit code %d, output\n%s", code, out)
	}
	if out, code = withClient(t, mutant, "replay", "--listen", "127.0.0.1:0", dir); code != exitFailed || !strings.Contains(out, "breaks wscheck/echo-content") {
		t.Errorf("exit code %d, output\n%s", code, out)
	}
	if out, code = withClient(t, "", "replay", "--listen", "127.0.0.1:0", dir); code != exitOK || !strings.Contains(out, "does not break wscheck/echo-content") {
		t.Errorf("exit code %d, output\n%s", code, out)
	}
}

// withClient runs a command that listens, with a client that connects to it
// until it ends.
func withClient(t *testing.T, mutant string, args ...string) (out string, code int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		code = run(args, w, w)
		w.Close()
	}()
	lines := bufio.NewReader(r)
	first, err := lines.ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "listening on ")
	if err != nil || !ok {
		t.Fatalf("it prints %q first: %v", first, err)
	}
	clients := make(chan struct{})
	go func() {
		defer close(clients)
		for {
			conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "ws://"), "/"))
			if err != nil {
				return
			}
			_ = reference.Connect(conn, url, reference.Options{Mutant: mutant})
		}
	}()
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	<-done
	<-clients
	return first + string(rest), code
}
