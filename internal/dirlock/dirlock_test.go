//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package dirlock

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// holderEnv has the test binary take a lock, say so, and hold it until it is
// killed.
const holderEnv = "WSCHECK_TEST_DIRLOCK"

func TestMain(m *testing.M) {
	dir := os.Getenv(holderEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := TakeDir(dir); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the test kills it, or is gone
}

func TestTake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	release, err := TakeDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	if _, err := TakeDir(dir); !errors.As(err, &busy) {
		t.Fatalf("the second has %v", err)
	}
	if text := busy.Error(); !strings.HasPrefix(text, dir+" ") || !strings.Contains(text, fmt.Sprintf("(process %d, since ", os.Getpid())) || strings.Contains(text, "\n") {
		t.Errorf("it says %q", text)
	}
	release()
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the empty directory that was made is left: %v", err)
	}
	if release, err = TakeDir(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "finding"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	release()
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) != 1 {
		t.Errorf("in the directory are %q, %v", names, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, Name)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the lock's file is left: %v", err)
	}
}

// TestKilled has a process that holds a lock die: the lock dies with it.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(own)
	cmd.Env = append(os.Environ(), holderEnv+"="+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	var busy *BusyError
	if _, err := TakeDir(dir); !errors.As(err, &busy) || !strings.HasPrefix(busy.Holder, fmt.Sprintf("process %d, ", cmd.Process.Pid)) {
		t.Errorf("while it holds the lock: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if _, err := os.Lstat(filepath.Join(dir, Name)); err != nil {
		t.Errorf("the file of one that was killed is there: %v", err)
	}
	release, err := TakeDir(dir)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	release()
}

// TestOddFile does not open what is no file.
func TestOddFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), filepath.Join(dir, Name)); err != nil {
		t.Fatal(err)
	}
	if _, err := TakeDir(dir); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a link: %v", err)
	}
}
