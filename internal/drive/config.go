package drive

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
)

// Config says what is run and how.
type Config struct {
	// Config selects and judges the cases. ReportDir is where the report is
	// written, as cases end; a report that is there is added to. Progress is
	// called for each case. Live, Known and Hang play no part. Jobs is how many
	// commands run side by side; 0 means two for each processor.
	engine.Config

	// Command is the program and its arguments. A single one with a blank in it
	// is a line for the shell. The URL is in the environment variable URL; {}
	// in an argument stands for it, and where nothing does, it is the last
	// argument.
	Command []string

	// Dir is where the command runs; "" means here.
	Dir string

	// Agent is the client's name in the report; "" means that of the program.
	Agent string

	// Timeout bounds each start; 0 means 30 s, and 1 h with Once.
	Timeout time.Duration

	// Once starts the command once for all cases. The URL is that of the
	// fuzzing server then, and those of the cases come on standard input, a line
	// each when the one before has been dealt with. Those of cases that rest on
	// silence come again at the end.
	Once bool

	// Shown, if not nil, is called after a case that failed, with the last 16 KiB
	// of what the command printed. One call at a time, after that of Progress.
	// With Once it is called once at the end, without a result, if there is
	// something wrong.
	Shown func(result *report.Result, output []byte)
}

// The bounds of a start.
const (
	defaultTimeout     = 30 * time.Second
	defaultOnceTimeout = time.Hour

	// grace is how long a command may run on after its case has ended, and after
	// it was asked to end.
	grace = time.Second

	// farewell is how long a conversation may continue after the command has
	// ended. It is bounded by what it waits for anyway.
	farewell = 15 * time.Second

	// firstStarts is how many starts may come to nothing before it is clear
	// that the command does not work.
	firstStarts = 16
)

// check reports what in c makes no sense. The cases are looked at elsewhere.
func (c *Config) check() error {
	switch {
	case len(c.Command) == 0 || strings.TrimSpace(c.Command[0]) == "":
		return errors.New("no command: there is nothing to start")
	case c.Timeout < 0:
		return fmt.Errorf("timeout: %v is less than 0", c.Timeout)
	}
	return nil
}

func (c *Config) jobs() int {
	if c.Jobs > 0 {
		return c.Jobs
	}
	return 2 * runtime.GOMAXPROCS(0)
}

func (c *Config) timeout() time.Duration {
	if c.Once {
		return cmp.Or(c.Timeout, defaultOnceTimeout)
	}
	return cmp.Or(c.Timeout, defaultTimeout)
}

// agent is the client's name in the report.
func (c *Config) agent() string {
	words := strings.Fields(c.Command[0])
	return cmp.Or(c.Agent, filepath.Base(words[0]))
}

// find looks for the command's program, so that a wrong name leaves nothing
// behind.
func (c *Config) find() error {
	words, shell := c.arguments("")
	if shell || c.Dir != "" {
		return nil // it is for the shell to find, or elsewhere
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("the command cannot be started: %w", err)
	}
	return nil
}

// arguments are the command's words for a URL, and whether the first one is a
// line for the shell.
func (c *Config) arguments(url string) (words []string, shell bool) {
	shell = len(c.Command) == 1 && strings.ContainsAny(c.Command[0], " \t\n")
	value := url
	if shell {
		value = process.ShellVariable("URL")
	}
	placed := false
	for _, word := range c.Command {
		placed = placed || strings.Contains(word, placeholder) || shell && strings.Contains(word, "URL")
		words = append(words, strings.ReplaceAll(word, placeholder, value))
	}
	switch {
	case placed:
	case shell:
		words[0] += " " + value
	default:
		words = append(words, value)
	}
	return words, shell
}

// placeholder stands for the URL in an argument.
const placeholder = "{}"

// start starts the command with a URL, and what it reads; nil for nothing.
func (c *Config) start(url string, input *os.File) (*process.Command, error) {
	words, shell := c.arguments(url)
	var cmd *exec.Cmd
	if shell {
		cmd = process.Shell(words[0])
	} else {
		cmd = exec.Command(words[0], words[1:]...)
	}
	cmd.Dir, cmd.Env = c.Dir, append(os.Environ(), "URL="+url)
	if input != nil {
		cmd.Stdin = input
	}
	return process.StartCommand(cmd, grace)
}
