//go:build unix

package matrix

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestBuildCutOff demands that what a build started ends with it: a pipe that it holds open
// is closed.
func TestBuildCutOff(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p := &Peer{ID: "p", Dir: dir, Build: "exec 3>pipe; (echo up >&3; sleep 100000) & wait"}
	built := make(chan error)
	go func() { built <- p.build(ctx) }()
	pipe, err := os.Open(filepath.Join(dir, "pipe"))
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	r := bufio.NewReader(pipe)
	if line, err := r.ReadString('\n'); line != "up\n" {
		t.Fatalf("%q, %v", line, err)
	}
	cancel()
	if err := <-built; err == nil {
		t.Error("the build did not fail")
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}
