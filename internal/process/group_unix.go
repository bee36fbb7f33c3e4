//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"
)

// Shell returns the command that has the system's shell run a line.
func Shell(line string) *exec.Cmd { return exec.Command("/bin/sh", "-c", line) }

// ShellVariable returns a variable of the environment in a line for [Shell], as one word.
func ShellVariable(name string) string { return `"$` + name + `"` }

// OwnGroup makes the command the leader of a process group, so that what it starts
// ends with it: see [KillGroup].
func OwnGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// ownSession is OwnGroup in a session of its own.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// TerminateGroup asks the group that p leads to end.
func TerminateGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

// KillGroup ends the group that p leads.
func KillGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

// groupGone reports whether nothing is left of the group that a process led.
func groupGone(pid int) bool { return syscall.Kill(-pid, 0) != nil }
