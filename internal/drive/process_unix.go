//go:build unix

package drive

import (
	"os"
	"os/exec"
	"syscall"
)

// shellURL is the URL in a line for the shell.
const shellURL = `"$URL"`

func shellCommand(line string) *exec.Cmd { return exec.Command("/bin/sh", "-c", line) }

// OwnGroup has the command be the leader of a process group, so that [KillGroup] ends what
// it starts too.
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

// KillGroup ends the processes of the group that p leads.
func KillGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
