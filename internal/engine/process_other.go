//go:build !unix

package engine

import (
	"os"
	"os/exec"
	"time"
)

func shell(command string) *exec.Cmd { return exec.Command("cmd", "/C", command) }

func terminate(p *os.Process) { _ = p.Kill() }

func kill(p *os.Process) { _ = p.Kill() }

func groupGone(*os.Process) bool { return true }

func signalName(*os.ProcessState) string { return "" }

func peakMemory(*os.ProcessState) uint64 { return 0 }

// ownWork is not known.
func ownWork() time.Duration { return 0 }
