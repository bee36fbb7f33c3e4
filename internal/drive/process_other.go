//go:build !unix

package drive

import (
	"os"
	"os/exec"
)

// shellURL is the URL in a line for the shell.
const shellURL = `"%URL%"`

func shellCommand(line string) *exec.Cmd { return exec.Command("cmd", "/C", line) }

// OwnGroup does nothing: there are no process groups.
func OwnGroup(*exec.Cmd) {}

func terminate(p *os.Process) { _ = p.Kill() }

// KillGroup ends p.
func KillGroup(p *os.Process) { _ = p.Kill() }
