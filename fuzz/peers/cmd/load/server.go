package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/wscheck/wscheck/fuzz/peers"
)

// module is the module that this command and wsecho live in.
const module = "github.com/wscheck/wscheck/fuzz/peers"

// served is a library that can be served.
type served struct {
	name    string
	deflate bool     // has compression
	script  []string // of an echo in another language: its interpreter, and its file within the module
}

func find(name string) (served, error) {
	base, deflate := strings.CutSuffix(name, "+deflate")
	switch base {
	case "ws":
		return served{name, deflate, []string{cmp.Or(os.Getenv("WSCHECK_NODE"), "node"), "other/node/echo.mjs"}}, nil
	case "websockets":
		return served{name, deflate, []string{cmp.Or(os.Getenv("WSCHECK_PYTHON"), "/usr/bin/python3"), "other/python/echo.py"}}, nil
	}
	lib, err := peers.Find(name)
	return served{name: name, deflate: lib.Compression}, err
}

// builder makes the commands that serve libraries.
type builder struct {
	dir    string // for what is built
	wsecho string // the built command, "" before it is needed
}

// command returns the command that serves a library: it prints "listening on HOST:PORT" and serves until SIGTERM.
func (b *builder) command(ctx context.Context, lib served) (*exec.Cmd, error) {
	if lib.script != nil {
		dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		cmd := exec.CommandContext(ctx, lib.script[0], filepath.Join(strings.TrimSpace(string(dir)), lib.script[1]))
		cmd.Env = append(os.Environ(), "PORT=0")
		if lib.deflate {
			cmd.Env = append(cmd.Env, "WSECHO_DEFLATE=1")
		}
		return cmd, nil
	}
	if b.wsecho == "" {
		binary := filepath.Join(b.dir, "wsecho")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, module+"/cmd/wsecho").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build: %w\n%s", err, out)
		}
		b.wsecho = binary
	}
	return exec.CommandContext(ctx, b.wsecho, "-lib", lib.name, "-listen", "127.0.0.1:0"), nil
}

// serve starts a server and returns its URL once it can be reached.
func serve(cmd *exec.Cmd, stderr *os.File) (url string, stop func(), err error) {
	cmd.Stderr = stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		stop()
		return "", nil, fmt.Errorf("%s: got %q instead of the address (%v)", filepath.Base(cmd.Args[0]), line, err)
	}
	return "ws://" + address, stop, nil
}
