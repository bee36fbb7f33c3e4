package drive

import (
	"cmp"
	"errors"
	"fmt"
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

// client is the client that the command is.
func (c *Config) client() *process.Client {
	return &process.Client{Command: c.Command, Dir: c.Dir, Grace: grace}
}
