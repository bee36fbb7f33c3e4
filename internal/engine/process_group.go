//go:build unix && !linux

package engine

import (
	"os"
	"syscall"
)

func terminate(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

func kill(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

func groupGone(p *os.Process) bool { return syscall.Kill(-p.Pid, 0) != nil }
