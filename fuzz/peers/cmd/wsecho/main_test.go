package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/wscheck/wscheck/fuzz/peers"
)

// noEnv is an empty environment.
func noEnv(string) string { return "" }

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 2, "-lib"},
		{[]string{"-lib", "autobahn"}, 2, "gorilla+deflate"},
		{[]string{"-lib"}, 2, "-lib"},
		{[]string{"-speed", "9"}, 2, "-speed"},
		{[]string{"-lib", "gws", "again"}, 2, `"again"`},
		{[]string{"-lib", "gws", "-listen", "127.0.0.1:0", "-connect", "ws://127.0.0.1/"}, 2, "-connect"},
		{[]string{"-lib", "gws", "-connect", "wss://127.0.0.1/"}, 2, "ws://"},
		{[]string{"-lib", "gws", "-connect", "ws://127.0.0.1/", "-suite", "ws://127.0.0.1/"}, 2, "-suite"},
		{[]string{"-lib", "gws", "-suite", "wss://127.0.0.1/"}, 2, "ws://"},
		{[]string{"-lib", "gws", "-suite", "ws://127.0.0.1/", "-jobs", "0"}, 2, "-jobs"},
		{[]string{"-lib", "gws", "-connect", "://"}, 2, "ws://"},
		{[]string{"-lib", "gws", "-connect", "ws:///path"}, 2, "ws://"},
		{[]string{"-lib", "gws", "-listen", "127.0.0.1:-1"}, 1, "port"},
		{[]string{"-h"}, 0, "-connect URL"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, noEnv, &stdout, &stderr)
			if code != test.code || !strings.Contains(stderr.String(), test.stderr) || stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q, stderr %q; want exit code %d and stderr with %q",
					code, &stdout, &stderr, test.code, test.stderr)
			}
		})
	}
}

func TestList(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-list"}, noEnv, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Fatalf("exit code %d, stderr %q", code, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	all := peers.All()
	if len(lines) != len(all) {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), len(all), &stdout)
	}
	for i, line := range lines {
		if fields := strings.Fields(line); len(fields) != 3 || fields[0] != all[i].Name || fields[1] != all[i].Module {
			t.Errorf("got line %q for %s of %s", line, all[i].Name, all[i].Module)
		}
	}
}

// TestServe demands the line with the address, an echo, and a clean end at an interrupt.
func TestServe(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		port string
	}{
		"free port":       {args: []string{"-lib", "gobwas"}},
		"$PORT":           {args: []string{"-lib", "gobwas"}, port: "0"},
		"-listen outdoes": {args: []string{"-lib", "gobwas", "-listen", "127.0.0.1:0"}, port: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			env := map[string]string{"PORT": test.port}
			stdout, printed := io.Pipe()
			done := make(chan int, 1)
			go func() {
				done <- run(ctx, test.args, func(key string) string { return env[key] }, printed, t.Output())
				printed.Close()
			}()
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				t.Fatalf("exit code %d, %v", <-done, err)
			}
			address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
			if !ok {
				t.Fatalf("got line %q", line)
			}
			conn, _, err := websocket.DefaultDialer.Dial("ws://"+address, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
				t.Fatal(err)
			}
			if _, got, err := conn.ReadMessage(); err != nil || string(got) != "hello" {
				t.Errorf("got %q, %v, want the echo", got, err)
			}
			interrupt()
			if code := <-done; code != 0 {
				t.Errorf("exit code %d after an interrupt, want 0", code)
			}
		})
	}
}

// TestPort demands that $PORT is heeded, by one that cannot be.
func TestPort(t *testing.T) {
	var stdout, stderr bytes.Buffer
	env := func(string) string { return "none" }
	code := run(t.Context(), []string{"-lib", "gobwas"}, env, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "none") {
		t.Errorf("exit code %d, stderr %q, want exit code 1 and the port", code, &stderr)
	}
}

// TestConnect demands that the client goes to the URL, echoes, and reports by its exit code how it ended.
func TestConnect(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*websocket.Conn) error
		code int
	}{
		"close frame": {func(conn *websocket.Conn) error {
			return conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		}, 0},
		"dropped": {(*websocket.Conn).Close, 1},
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			var upgrader websocket.Upgrader
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.RequestURI != "/runCase?case=1" {
					t.Errorf("the client asks for %q", r.RequestURI)
				}
				conn, err := upgrader.Upgrade(w, r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				if err := conn.WriteMessage(websocket.TextMessage, []byte("hello")); err != nil {
					t.Error(err)
				}
				if _, got, err := conn.ReadMessage(); err != nil || string(got) != "hello" {
					t.Errorf("got %q, %v, want the echo", got, err)
				}
				if err := test.end(conn); err != nil {
					t.Error(err)
				}
				_, _, _ = conn.ReadMessage() // until the client has gone
			})}
			served := make(chan error, 1)
			go func() { served <- server.Serve(ln) }()
			target := "ws://" + ln.Addr().String() + "/runCase?case=1"
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"-lib", "gobwas", "-connect", target}, noEnv, &stdout, &stderr)
			if code != test.code || (code == 0) != (stderr.Len() == 0) {
				t.Errorf("exit code %d, stderr %q, want exit code %d", code, &stderr, test.code)
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			<-served
		})
	}
}
