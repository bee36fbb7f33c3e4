package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process is one run of the command.
type process struct {
	cmd    *exec.Cmd
	output tail
	ended  chan struct{} // closed when it has ended and err is known
	err    error
	killed bool // by us
}

// start starts the command with a URL, and what it reads.
func (c *Config) start(url string, input []byte) (*process, error) {
	words, shell := c.arguments(url)
	p := &process{ended: make(chan struct{})}
	if shell {
		p.cmd = shellCommand(words[0])
	} else {
		p.cmd = exec.Command(words[0], words[1:]...)
	}
	ownGroup(p.cmd)
	p.cmd.Dir = c.Dir
	p.cmd.Env = append(os.Environ(), "URL="+url)
	p.cmd.Stdin = bytes.NewReader(input)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.WaitDelay = grace // for what it started and left behind, which holds the output open
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// end ends the command and what it started, if it has not ended by then: it is
// asked to, and a while later made to.
func (p *process) end() {
	if !p.over() {
		p.killed = true
		terminate(p.cmd.Process)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-p.ended:
		case <-timer.C:
		}
	}
	kill(p.cmd.Process) // whoever is left of its group
	<-p.ended
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// await waits until the command ends, done is closed, or the time is up, and
// reports whether it was done or the end.
func (p *process) await(ctx context.Context, done <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-done:
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// how tells how the command ended, with its last words.
func (p *process) how() string {
	how := "exit code 0"
	if p.err != nil {
		how = strings.TrimPrefix(p.err.Error(), "exit status ")
		if how != p.err.Error() {
			how = "exit code " + how
		}
	}
	if words := p.output.lastLine(); words != "" {
		how += fmt.Sprintf(": %.300q", words)
	}
	return how
}

// crash is how the command died by a signal that was not ours, or of a panic of
// Go's, "" if it did not. Another exit code than 0 is no crash: clients may
// well complain of what the cases do to them.
func (p *process) crash() string {
	var exit *exec.ExitError
	switch {
	case p.killed || !errors.As(p.err, &exit):
		return ""
	case !exit.Exited(), exit.ExitCode() == 2 && p.output.panicked():
		return "it ended by " + p.how()
	}
	return ""
}

// tail keeps the last octets that are written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b[max(0, len(b)-outputSize):]...)
	if over := len(t.b) - outputSize; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(b), nil
}

// all returns a copy of what is kept.
func (t *tail) all() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.b)
}

// lastLine returns the last line that is not empty.
func (t *tail) lastLine() (last string) {
	for line := range bytes.Lines(t.all()) {
		if text := bytes.TrimSpace(line); len(text) > 0 {
			last = string(text)
		}
	}
	return last
}

// panicked reports whether there is the beginning of a Go panic.
func (t *tail) panicked() bool {
	for line := range bytes.Lines(t.all()) {
		if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
			return true
		}
	}
	return false
}
