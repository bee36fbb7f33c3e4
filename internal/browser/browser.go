//go:build unix

// Package browser runs a real browser for tests of pages.
package browser

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Env names a Chromium or Chrome.
const Env = "WSCHECK_CHROMIUM"

// Limit is a bound for a browser that hangs, and no measure of one that does not.
const Limit = 8 * time.Minute

// Binary returns the path of the browser, or skips the test.
func Binary(t testing.TB) string {
	t.Helper()
	binary := os.Getenv(Env)
	if binary == "" {
		t.Skipf("%s is not set: it takes the path of a Chromium (Debian: /usr/bin/chromium after apt-get install chromium)", Env)
	}
	return binary
}

// Run is a browser that was started.
type Run struct {
	Ended <-chan error // receives once it has ended

	ended chan error
	cmd   *exec.Cmd
	out   output
	stop  sync.Once
}

// Start opens a page in a browser with a profile of its own. The test's end stops
// it.
func Start(t testing.TB, binary, page string, more ...string) *Run {
	t.Helper()
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
		"--user-data-dir=" + profile,
	}, more...)
	r := &Run{ended: make(chan error, 1), cmd: exec.Command(binary, append(args, page)...)}
	r.Ended = r.ended
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	r.cmd.WaitDelay = time.Second
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	go func() {
		r.ended <- r.cmd.Wait()
		close(waited)
	}()
	t.Cleanup(func() {
		r.Stop()
		<-waited
		os.RemoveAll(profile) // some of the browser's processes may still write
	})
	return r
}

// Stop ends the browser and all of its processes.
func (r *Run) Stop() {
	r.stop.Do(func() { _ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) })
}

// Output returns what the browser has printed.
func (r *Run) Output() string {
	r.out.mu.Lock()
	defer r.out.mu.Unlock()
	return r.out.text.String()
}

// output is what a process prints, as it is read while it prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}
