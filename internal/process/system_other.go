//go:build !unix

package process

import (
	"os"
	"os/exec"
	"time"
)

// Shell returns the command that has the system's shell run a line.
func Shell(line string) *exec.Cmd { return exec.Command("cmd", "/C", line) }

// ShellVariable returns a variable of the environment in a line for [Shell], as one word.
func ShellVariable(name string) string { return `"%` + name + `%"` }

// OwnGroup does nothing: there are no process groups.
func OwnGroup(*exec.Cmd) {}

func ownSession(*exec.Cmd) {}

// TerminateGroup ends p.
func TerminateGroup(p *os.Process) { _ = p.Kill() }

// KillGroup ends p.
func KillGroup(p *os.Process) { _ = p.Kill() }

func groupGone(int) bool { return true }

func signalName(*os.ProcessState) string { return "" }

func peakMemory(*os.ProcessState) uint64 { return 0 }

// OwnWork is not known.
func OwnWork() time.Duration { return 0 }
