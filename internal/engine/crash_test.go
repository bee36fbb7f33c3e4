package engine

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
)

// fatal are ways in which a server ends the process.
var fatal = map[string]func(){
	"exit":  func() { os.Exit(3) },
	"panic": func() { panic("out of order") },
	"map": func() {
		shared := map[int]int{}
		for i := range 8 {
			go func() {
				for {
					shared[i]++
				}
			}()
		}
	},
	"unlock": func() { new(sync.Mutex).Unlock() },
	"group": func() {
		var group sync.WaitGroup
		group.Add(1)
		outside <- func() { group.Add(1) }
		group.Wait()
	},
	"cond": func() {
		cond := sync.NewCond(new(sync.Mutex))
		outside <- cond.Broadcast
		cond.L.Lock()
		cond.Wait()
	},
	"stack": func() {
		debug.SetMaxStack(1 << 20)
		var deeper func(int) int
		deeper = func(n int) int { return deeper(n+1) + 1 }
		deeper(0)
	},
}

// outside is made outside of any bubble, and its functions are called there.
var outside = make(chan func())

// endingServer echoes, and ends the process in the case that asks for it.
func endingServer(how string) func(net.Conn) {
	return func(conn net.Conn) {
		// A ping with a payload distinguishes case 2.2 from 1.1.1.
		_ = reference.ServeConn(&tripwire{Conn: conn, end: fatal[how]}, reference.Options{})
	}
}

// tripwire has a goroutine of its own call end when a ping with a payload comes.
type tripwire struct {
	net.Conn
	end func()
}

func (c *tripwire) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 1 && p[0] == 0x89 && p[1] != 0x80 {
		done := make(chan struct{})
		go func() { defer close(done); c.end() }()
		<-done
		select {}
	}
	return n, err
}

// hub is a server that hands what it gets to a goroutine that serves all
// connections and answers for them.
type hub struct {
	once  sync.Once
	queue chan func()

	asking sync.Mutex
	done   chan struct{} // one for each that was asked for by asking
}

// run starts the hub's goroutine: not in a bubble, if it is called before there is
// one.
func (h *hub) run() {
	h.once.Do(func() {
		h.queue, h.done = make(chan func()), make(chan struct{}, 1)
		go func() {
			for do := range h.queue {
				do()
				select {
				case h.done <- struct{}{}:
				default: // nobody waits
				}
			}
		}()
	})
}

// serveChannels has each connection's answers come by a channel of its own.
func (h *hub) serveChannels(conn net.Conn) {
	h.run()
	answers := make(chan []byte, 256)
	defer conn.Close()
	ours, theirs := net.Pipe()
	go func() { _ = reference.ServeConn(theirs, reference.Options{}) }()
	go func() { _, _ = io.Copy(ours, conn) }()
	go func() {
		b := make([]byte, 1<<10)
		for {
			n, err := ours.Read(b)
			piece := bytes.Clone(b[:n])
			h.queue <- func() { answers <- piece }
			if err != nil {
				h.queue <- func() { close(answers) }
				return
			}
		}
	}()
	for piece := range answers {
		_, _ = conn.Write(piece)
	}
}

// hubConn is a connection that a hub uses.
type hubConn struct {
	net.Conn
	hub *hub
}

// Write has the hub write.
func (c *hubConn) Write(b []byte) (n int, err error) {
	c.hub.asking.Lock()
	defer c.hub.asking.Unlock()
	c.hub.queue <- func() { n, err = c.Conn.Write(b) }
	<-c.hub.done
	return n, err
}

// TestHubThatWrites plays a server live whose connections are written to by one
// goroutine.
func TestHubThatWrites(t *testing.T) {
	h := new(hub)
	h.run()
	defer close(h.queue)
	serve := func(conn net.Conn) { _ = reference.ServeConn(&hubConn{conn, h}, reference.Options{}) }
	config := &Config{Cases: []string{"1.1.*", "2.*"}}
	TestServer(t, serve, config)
	r, err := RunBubble(t, Server(serve), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range r.Agents[0].Results {
		if result.Failed(report.JudgeRFC) {
			t.Errorf("%s: %v", result.Case.ID, result.RFC)
		}
	}
}

// TestEnding is the subject of TestCrashNote.
func TestEnding(t *testing.T) {
	config := &Config{Cases: []string{"1.1.1", "2.2"}}
	how, variant, _ := strings.Cut(os.Getenv(helperVariable), " ")
	switch {
	case how == "channels":
		h := new(hub)
		h.run()
		TestServer(t, h.serveChannels, config)
	case how == "lazy":
		TestServer(t, new(hub).serveChannels, config)
	case how == "conforming" || fatal[how] != nil:
		go func() {
			do := <-outside
			for {
				do() // until what it is to wake waits
			}
		}()
		server := echo
		if fatal[how] != nil {
			server = endingServer(how)
		}
		switch variant {
		case "live":
			config.Live = true
			TestServer(t, server, config)
		case "bubble":
			_, err := RunBubble(t, Server(server), config)
			t.Fatal("it came to its end: ", err)
		case "client":
			TestClient(t, func(ctx context.Context, dial Dial, url string) error {
				conn, err := dial(ctx, "tcp", "localhost:80")
				if err == nil {
					err = reference.Connect(&tripwire{conn, func() { os.Exit(3) }}, url, reference.Options{})
				}
				return err
			}, config)
		case "parallel":
			for _, name := range []string{"one", "two"} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					server := server
					if name == "two" {
						server = echo // beside it, and it may be at any case
					}
					TestServer(t, server, config)
				})
			}
		default:
			TestServer(t, server, config)
		}
	default:
		t.Skip("the subject of TestCrashNote")
	}
}

// FuzzEnding is the subject of TestCrashNote.
func FuzzEnding(f *testing.F) {
	if os.Getenv(helperVariable) != "fuzz" {
		f.Skip("the subject of TestCrashNote")
	}
	FuzzServer(f, endingServer("exit"), &Config{Cases: []string{"2.2"}})
}

// TestCrashNote demands the case's name of a process that ended in the middle of
// it, from that process and from the next one.
func TestCrashNote(t *testing.T) {
	const again = `autobahn/2.2: go test -run '^TestEnding$/^autobahn$/^2\.2$'`
	for _, c := range []struct {
		helper string
		case_  string
		reason string // of the end, in the next run
		live   bool   // Config.Live is named
	}{
		{helper: "exit", case_: again},
		{helper: "exit live", case_: again},
		{helper: "exit bubble", case_: "autobahn/2.2: go test -run '^TestEnding$'"},
		{helper: "exit client", case_: again},
		{helper: "exit parallel", case_: `autobahn/2.2: go test -run '^TestEnding$/^one$/^autobahn$/^2\.2$'`},
		{helper: "panic", case_: again, reason: "panic: out of order"},
		{helper: "map", case_: again, reason: "a fatal error of the runtime"},
		{helper: "stack", case_: again, reason: "a fatal error of the runtime"},
		{helper: "fuzz", case_: "FuzzEnding/seed#0: go test -run '^FuzzEnding$/^seed#0$'"},
		{helper: "unlock", case_: again, reason: "a fatal error of the runtime"},
		{helper: "group", case_: again, reason: "a fatal error of the runtime", live: true},
		{helper: "cond", case_: again, reason: "a fatal error of the runtime", live: true},
		{helper: "lazy", case_: again, reason: "a fatal error of the runtime", live: true},
		{helper: "channels", case_: `autobahn/1.1.1: go test -run '^TestEnding$/^autobahn$/^1\.1\.1$'`, reason: "a fatal error of the runtime", live: true},
	} {
		t.Run(c.helper, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			first, err := ending(dir, c.helper)
			if err == nil {
				t.Fatalf("the process came to its end\n%s", first)
			}
			next, err := ending(dir, "conforming")
			if err != nil {
				t.Errorf("the next run fails: %v", err)
			}
			last, _ := ending(dir, "conforming")
			if !strings.Contains(first, noteText+c.case_+"\n") {
				t.Errorf("the run does not name %s", c.case_)
			}
			if !strings.Contains(next, noteAgain+c.case_+"\n") || !strings.Contains(next, c.reason) {
				t.Errorf("the next run does not name %s, and %s", c.case_, c.reason)
			}
			for _, out := range []string{first, next} {
				if strings.Contains(out, "Config.Live") != c.live {
					t.Errorf("Config.Live is named: %v", !c.live)
				}
			}
			if strings.Contains(last, "wscheck:") {
				t.Errorf("the run after that says\n%s", last)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			if t.Failed() {
				t.Logf("first\n%s\nthen\n%s", first, next)
			}
		})
	}
}

// TestFuzzWorkerThatDies leaves the name of the input to go test.
func TestFuzzWorkerThatDies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, err := ending(dir, "fuzz", "-test.run=^$", "-test.fuzz=^FuzzEnding$", "-test.parallel=1", "-test.fuzzcachedir="+dir)
	if err == nil || !strings.Contains(out, "FuzzEnding/seed#0") {
		t.Errorf("the input is not named: %v\n%s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "wscheck*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestReportNotes prints what others have left, however it looks, and leaves what
// belongs to a process that runs.
func TestReportNotes(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "wscheck-0-")
	ended := exec.Command(os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	leave := func(pid int, files map[string]string) string {
		dir := prefix + strconv.Itoa(pid)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	leave(ended.Process.Pid, map[string]string{
		"case1": "one: \x1b[2J\u202e " + strings.Repeat("x", 1<<20), "case2": "", "case3": "three   \nmore",
		"crash": "panic: \x1b[31m" + strings.Repeat("y", 1<<20),
	})
	leave(os.Getpid(), map[string]string{"case1": "four", "crash": ""})
	kept := leave(os.Getppid(), map[string]string{"case1": "five"})
	var b strings.Builder
	reportNotes(&b, prefix)
	out := b.String()
	for _, want := range []string{noteAgain + "one: \ufffd[2J\ufffd x", noteAgain + "three\n", noteAgain + "four\n", "panic: \ufffd[31my"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	if len(out) > 2*maxReason+4*noteSize || strings.ContainsAny(out, "\x1b\u202e") || strings.Contains(out, "five") {
		t.Errorf("printed: %.1000q", out)
	}
	if left, _ := filepath.Glob(prefix + "*"); len(left) != 1 || left[0] != kept {
		t.Errorf("left: %v", left)
	}
}

// ending runs a subject in a process of its own that has its temporary files in a
// folder, and returns what it prints.
func ending(dir, helper string, flags ...string) (string, error) {
	if flags == nil {
		flags = []string{"-test.run=^(TestEnding|FuzzEnding)$"}
	}
	cmd := exec.Command(os.Args[0], flags...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), helperVariable+"="+helper, "TMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
