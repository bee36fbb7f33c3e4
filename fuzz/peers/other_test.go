package peers

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
)

// other is an implementation in another language, in the folder other.
type other struct {
	name           string
	env            string // the environment variable that names its interpreter
	advice         string
	server, client string
	recorded       string // the file of its verdicts in testdata/verdicts
}

// others are run where their environment variable is set.
var others = []other{
	{
		name:   "websockets",
		env:    "WSCHECK_PYTHON",
		advice: "the path of a Python that has websockets (Debian: /usr/bin/python3 after apt-get install python3-websockets)",
		server: "other/python/echo.py",
		client: "other/python/echo_client.py",

		recorded: "py-websockets",
	},
	{
		name:   "ws",
		env:    "WSCHECK_NODE",
		advice: "the path of Node.js after npm ci in other/node",
		server: "other/node/echo.mjs",
		client: "other/node/client.mjs",

		recorded: "node-ws",
	},
}

// eachOther runs test as a subtest for each of others, with permessage-deflate off and on.
func eachOther(t *testing.T, test func(t *testing.T, o other, deflate bool, command func(file string, args ...string) *exec.Cmd)) {
	for _, o := range others {
		for _, deflate := range []bool{false, true} {
			t.Run(describe(o.name, "", deflate).Name, func(t *testing.T) {
				interpreter := os.Getenv(o.env)
				if interpreter == "" {
					t.Skipf("%s is not set: it takes %s", o.env, o.advice)
				}
				test(t, o, deflate, func(file string, args ...string) *exec.Cmd {
					cmd := exec.CommandContext(t.Context(), interpreter, append([]string{file}, args...)...)
					cmd.Env = append(os.Environ(), "PORT=0")
					if deflate {
						cmd.Env = append(cmd.Env, "WSECHO_DEFLATE=1")
					}
					cmd.Stderr = t.Output()
					return cmd
				})
			})
		}
	}
}

// converseOther holds the conversation that suits what was negotiated.
func converseOther(t *testing.T, w *wire, deflate bool) {
	t.Helper()
	if deflate {
		converseDeflate(t, w)
	} else {
		converse(t, Library{}, w)
	}
}

// startOther starts a server, which the end of the test ends, and returns its address.
func startOther(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context has ended it
	line, err := bufio.NewReader(stdout).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("got line %q, %v", line, err)
	}
	return address
}

// TestOtherRecordedVerdicts is TestRecordedVerdicts for the servers with permessage-deflate.
func TestOtherRecordedVerdicts(t *testing.T) {
	eachOther(t, func(t *testing.T, o other, deflate bool, command func(string, ...string) *exec.Cmd) {
		if !deflate {
			t.Skip("nothing is recorded of the server without permessage-deflate")
		}
		target := engine.URL("ws://"+startOther(t, command(o.server)), nil)
		holdToRecorded(t, o.recorded, func(config *engine.Config) (*engine.Report, error) { return engine.Run(t.Context(), target, config) })
	})
}

// TestOtherServers holds the conversations of the libraries with each server.
func TestOtherServers(t *testing.T) {
	eachOther(t, func(t *testing.T, o other, deflate bool, command func(string, ...string) *exec.Cmd) {
		conn, err := net.Dial("tcp", startOther(t, command(o.server)))
		if err != nil {
			t.Fatal(err)
		}
		w := dialWire(t, conn, "permessage-deflate")
		if deflate != strings.HasPrefix(w.extension, "permessage-deflate") {
			t.Fatalf("accepts %q", w.extension)
		}
		converseOther(t, w, deflate)
		w.closeHandshake()
	})
}

// TestOtherClients is a fuzzing server with three cases for each client, and demands the calls in their order.
func TestOtherClients(t *testing.T) {
	eachOther(t, func(t *testing.T, o other, deflate bool, command func(string, ...string) *exec.Cmd) {
		ln := listen(t)
		if err := ln.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		cmd := command(o.client, "ws://"+ln.Addr().String(), "a b")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := false
		t.Cleanup(func() {
			if !ended {
				_ = cmd.Wait() // the test's context has ended it
			}
		})
		for _, call := range []struct {
			target string
			test   func(w *wire)
		}{
			{"/getCaseCount", func(w *wire) { w.send(frame{fin: true, opcode: opText, payload: []byte("3")}) }},
			{"/runCase?case=1&agent=a+b", func(w *wire) { converseOther(t, w, deflate) }},
			{"/runCase?case=2&agent=a+b", nil},
			{"/runCase?case=3&agent=a+b", func(w *wire) { converseOther(t, w, deflate) }},
			{"/updateReports?agent=a+b", func(*wire) {}},
		} {
			conn, err := ln.Accept()
			if err != nil {
				t.Fatalf("waiting for %s: %v", call.target, err)
			}
			accept := acceptNothing
			if deflate {
				accept = acceptDeflate
			}
			w := acceptWire(t, conn, accept)
			if w.target != call.target {
				t.Fatalf("the client asks for %s, want %s", w.target, call.target)
			}
			if deflate != strings.HasPrefix(w.extension, "permessage-deflate") {
				t.Fatalf("the client offers %q", w.extension)
			}
			if call.test == nil { // a case that ends without a close frame must not end the run
				w.close()
				continue
			}
			call.test(w)
			w.closeHandshake()
		}
		ended = true
		if err := cmd.Wait(); err != nil {
			t.Errorf("the client ended with %v", err)
		}
	})
}
