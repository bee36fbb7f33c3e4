package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/servetest"
)

// TestVerdictExamples runs each example of docs/verdicts.md: it prints what stands
// there, but for times, ports and memory, and ends with that exit code.
func TestVerdictExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/verdicts.md")
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int32
	limited := listenFor(t, func(conn net.Conn) {
		if connections.Add(1) <= 2 {
			_ = reference.ServeConn(conn, reference.Options{})
			return
		}
		io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
	})
	locked := listenFor(t, func(conn net.Conn) {
		io.WriteString(conn, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
	})
	text := strings.NewReplacer("127.0.0.1:9001", limited, "127.0.0.1:9002", locked).Replace(string(page))
	script := exampleScript(text)
	if n, want := strings.Count(script, "exitcode "), strings.Count(text, "```console"); n == 0 || n != want {
		t.Errorf("%d examples were found, want %d", n, want)
	}
	file := filepath.Join(t.TempDir(), "verdicts.txtar")
	if err := os.WriteFile(file, []byte(script), 0o666); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Files: []string{file}, Cmds: scriptCommands})
}

// listenFor serves each connection by f, then reads until the client ends, and returns
// the address.
func listenFor(t *testing.T, f func(net.Conn)) string {
	return servetest.Serve(t, func(conn net.Conn) {
		f(conn)
		io.Copy(io.Discard, conn)
	})
}

// varying are the parts of a line, as a pattern, that differ from run to run.
var varying = map[string]*regexp.Regexp{
	`127\.0\.0\.1:[0-9]+`: regexp.MustCompile(`127\\.0\\.0\\.1:[0-9]+`),
	`, in .+s`:            regexp.MustCompile(`, in .+s$`),
	`memory .+ MiB`:       regexp.MustCompile(`memory .+ MiB`),
}

// exampleScript makes a script of the examples in a page: what they print is looked
// for line by line.
func exampleScript(page string) string {
	var script strings.Builder
	for i, block := range strings.Split(page, "```") {
		if i%2 == 0 || !strings.HasPrefix(block, "console\n") {
			continue
		}
		code, command, lines := "0", "", []string(nil)
		_, after, _ := strings.Cut(block, "\n")
		for line := range strings.Lines(after) {
			line = strings.TrimSuffix(line, "\n")
			switch rest, ok := strings.CutPrefix(line, "$ "); {
			case ok && rest == "echo $?":
				code = ""
			case ok:
				command = rest
			case code == "":
				code = line
			default:
				lines = append(lines, line)
			}
		}
		fmt.Fprintf(&script, "exitcode %s %s\n", code, command)
		for _, line := range lines {
			stream := "stdout"
			if strings.HasPrefix(line, "wscheck: ") {
				stream = "stderr"
			}
			pattern := regexp.QuoteMeta(line)
			for general, part := range varying {
				pattern = part.ReplaceAllLiteralString(pattern, general)
			}
			fmt.Fprintf(&script, "%s '^%s$'\n", stream, strings.ReplaceAll(pattern, "'", "''"))
		}
	}
	return script.String()
}
