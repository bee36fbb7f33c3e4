package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/engine"
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

// target returns a library as a server that is started for each run, on a port of its own.
func (b *builder) target(ctx context.Context, lib served) (engine.Target, error) {
	if lib.script != nil {
		dir, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		command := shell(lib.script[0], filepath.Join(strings.TrimSpace(string(dir)), lib.script[1]))
		if lib.deflate {
			command = "WSECHO_DEFLATE=1 " + command
		}
		return engine.Command(command, "", nil), nil
	}
	if b.wsecho == "" {
		binary := filepath.Join(b.dir, "wsecho")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, module+"/cmd/wsecho").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build: %w\n%s", err, out)
		}
		b.wsecho = binary
	}
	return engine.Command(shell(b.wsecho, "-lib", lib.name)+" -listen 127.0.0.1:$PORT", "", nil), nil
}

// shell returns a command line of these words.
func shell(words ...string) string {
	for i, word := range words {
		words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return strings.Join(words, " ")
}
