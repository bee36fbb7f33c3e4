package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/crashlog"
)

// Command is one run of a command that ends by itself, in a process group of its own.
type Command struct {
	cmd    *exec.Cmd
	grace  time.Duration
	output crashlog.Log
	ended  chan struct{} // closed when it has ended and err is known
	err    error
	killed bool // by us
}

// StartCommand starts cmd, and keeps the end of what it prints. grace is how long it
// has to end once it is asked to, and how long what it left behind may hold its output.
func StartCommand(cmd *exec.Cmd, grace time.Duration) (*Command, error) {
	c := &Command{cmd: cmd, grace: grace, ended: make(chan struct{})}
	OwnGroup(cmd)
	cmd.Stdout, cmd.Stderr = &c.output, &c.output
	cmd.WaitDelay = grace
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.err = cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// End ends the command, if it has not ended, and what it started: it asks the command
// to, and kills it after the grace period.
func (c *Command) End() {
	if !c.Over() {
		c.killed = true
		TerminateGroup(c.cmd.Process)
		Pause(context.Background(), c.ended, c.grace)
	}
	KillGroup(c.cmd.Process) // what is left of its group
	<-c.ended
}

// Over reports whether the command has ended.
func (c *Command) Over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// Await waits until the command ends, done is closed, the time is up or ctx ends. It
// reports whether it was one of the first two.
func (c *Command) Await(ctx context.Context, done <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-done:
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// Tail returns the last of what the command printed.
func (c *Command) Tail() []byte { return c.output.Tail() }

// DeathReport says how the command ended, with its last words. It has to be over.
func (c *Command) DeathReport() string {
	how := "exit code 0"
	if c.err != nil {
		how = strings.TrimPrefix(c.err.Error(), "exit status ")
		if how != c.err.Error() {
			how = "exit code " + how
		}
	}
	if words := c.output.Words(); words != "" {
		how += fmt.Sprintf(": %q", words)
	}
	return how
}

// Crash says how the command died by a signal that was not ours, or of a panic of
// Go's; "" if it did not. Another exit code than 0 is not a crash: clients may well
// complain of what the cases do to them.
func (c *Command) Crash() string {
	var exit *exec.ExitError
	switch {
	case c.killed || !errors.As(c.err, &exit):
		return ""
	case !exit.Exited(), exit.ExitCode() == 2 && c.output.Panicked():
		return "it ended by " + c.DeathReport()
	}
	return ""
}
