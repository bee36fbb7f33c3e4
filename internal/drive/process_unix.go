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

// ownGroup has the command be the leader of a process group, so that what it
// starts ends with it.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func terminate(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

func kill(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
