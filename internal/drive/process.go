package drive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/crashlog"
)

// process is one run of the command.
type process struct {
	cmd    *exec.Cmd
	output crashlog.Log
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
	OwnGroup(p.cmd)
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
	KillGroup(p.cmd.Process) // whoever is left of its group
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
	if words := p.output.Words(); words != "" {
		how += fmt.Sprintf(": %q", words)
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
	case !exit.Exited(), exit.ExitCode() == 2 && p.output.Panicked():
		return "it ended by " + p.how()
	}
	return ""
}
