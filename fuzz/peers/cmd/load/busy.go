package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// busyVariable is the environment variable that makes this program a busy process.
const busyVariable = "WSCHECK_LOAD_BUSY"

// busyLimit ends a busy process that nothing else has ended.
const busyLimit = 6 * time.Hour

// beBusy keeps one CPU busy until stdin ends, which it does when the parent process does.
func beBusy(stdin io.Reader) {
	runtime.GOMAXPROCS(1)
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		os.Exit(0)
	}()
	time.AfterFunc(busyLimit, func() { os.Exit(0) })
	for n := 0; ; n++ {
	}
}

// startBusy starts n busy processes. Those that have started are ended by stop, which the caller calls in any case.
func startBusy(n int) (stop func(), err error) {
	var started []*exec.Cmd
	var pipes []io.Closer
	stop = func() {
		for i, cmd := range started {
			_ = pipes[i].Close()
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	self, err := os.Executable()
	if err != nil {
		return stop, err
	}
	for range n {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), busyVariable+"=1")
		pipe, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return stop, fmt.Errorf("busy process %d of %d: %w", len(started)+1, n, err)
		}
		started, pipes = append(started, cmd), append(pipes, pipe)
	}
	return stop, nil
}
