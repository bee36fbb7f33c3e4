//go:build unix

package engine_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/wsproto"
)

// peerEnv makes the test binary a server under test, of a kind that
// process_kinds_test.go has.
const peerEnv = "WSCHECK_TEST_PEER"

func TestMain(m *testing.M) {
	kind := os.Getenv(peerEnv)
	if of, client := strings.CutPrefix(kind, "client "); client {
		if err := beClient(of); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if kind != "" {
		bePeer(kind)
		return
	}
	// Most parallel tests wait for a peer, and few of them at a time keep no processor busy. The
	// workers of a fuzz target do.
	if flag.Parse(); flag.Lookup("test.fuzz").Value.String() == "" {
		_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
	os.Exit(m.Run())
}

// peerCommand is a shell command that makes this test binary a peer.
func peerCommand(kind string) string {
	return fmt.Sprintf("%s=%s exec '%s'", peerEnv, kind, os.Args[0])
}

func TestCommandIsStartedAndMeasured(t *testing.T) {
	t.Parallel()
	target := engine.Command(peerCommand("echo"), "", &engine.DialOptions{Agent: "own"})
	r, err := engine.Run(t.Context(), target, &engine.Config{Cases: someCases})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) {
		t.Fatalf("%d of %d cases ran", len(a.Results), len(r.Cases))
	}
	for _, res := range a.Results {
		if b := res.Record.Behavior; b != autobahn.OK && b != autobahn.Informational {
			t.Errorf("%s: %s: %s", res.Case.ID, b, res.Record.Result)
		}
	}
	if a.Deaths != 0 {
		t.Errorf("%d deaths are counted, want none", a.Deaths)
	}
	if a.PeakMemory < 1<<20 {
		t.Errorf("the peak memory is %d octets, want at least a megaoctet", a.PeakMemory)
	}
}

func TestCommandThatDiesIsNamedAndStartedAgain(t *testing.T) {
	t.Parallel()
	for kind, words := range map[string]string{"mortal": "panic: ping too long", "unwinding": "panic: unwound"} {
		t.Run(kind, func(t *testing.T) {
			target := engine.Command(peerCommand(kind), "ws://127.0.0.1:$PORT/x", nil)
			r, err := engine.Run(t.Context(), target, &engine.Config{Cases: []string{"1.1.*", "2.*", "3.*"}})
			if err != nil {
				t.Fatal(err)
			}
			a := r.Agents[0]
			if len(a.Results) != len(r.Cases) {
				t.Fatalf("%d of %d cases have a result", len(a.Results), len(r.Cases))
			}
			for _, res := range a.Results {
				fatal := res.Case.ID == "autobahn/2.4" || res.Case.ID == "autobahn/2.6" // pings of 125 octets
				if fatal != (res.Died != "") {
					t.Errorf("%s: died %q", res.Case.ID, res.Died)
				}
				if fatal && !strings.Contains(res.Died, words) {
					t.Errorf("%s: the peer's last words are missing: %q", res.Case.ID, res.Died)
				}
				if failed := res.Failed(report.JudgeAutobahn); failed != fatal {
					t.Errorf("%s: %s, %s: %s", res.Case.ID, res.Record.Behavior, res.Record.BehaviorClose, res.Record.Result)
				}
			}
			if a.Deaths == 0 {
				t.Error("no death is counted")
			}
		})
	}
}

// TestPlayerDeath has a process die of one script among others.
func TestPlayerDeath(t *testing.T) {
	t.Parallel()
	p := player(t, engine.Command(peerCommand("mortal"), "", nil))
	deadly, harmless := scriptOf(frame(wsproto.OpPing, 0, strings.Repeat("x", 125))), scriptOf(frame(wsproto.OpText, 0, "x"))
	for _, cs := range []*catalogue.Case{harmless, deadly, harmless} {
		if _, err := p.Play(t.Context(), cs); err != nil {
			t.Fatal(err)
		}
	}
	r, err := p.PlayAlone(t.Context(), harmless)
	if err != nil || r.Died != "" {
		t.Fatalf("died of what is harmless: %q, %v", r.Died, err)
	}
	deaths := p.TakeDeaths()
	if p.Deaths() != 1 || len(deaths) != 1 || !slices.Contains(deaths[0].Suspects, deadly) {
		t.Fatalf("%d deaths: %+v", p.Deaths(), deaths)
	}
	if r, err = p.PlayAlone(t.Context(), deadly); err != nil || r.Died == "" || !slices.Contains(r.RFC.Broken(), "wscheck/peer-panicked") {
		t.Errorf("did not die of what is deadly: %+v, %v", r.RFC, err)
	}
	if deaths := p.TakeDeaths(); len(deaths) != 0 {
		t.Errorf("a death that is accounted for is reported again: %+v", deaths)
	}
}

// TestCommandThatHangs has a server that answers nothing any more after a ping of 125 octets, and demands
// that it is started again: nothing is held against other cases.
func TestCommandThatHangs(t *testing.T) {
	if !testseeds.All() {
		t.Skip("it waits for a server that hangs: set WSCHECK_ALL, as .ci/run does")
	}
	t.Parallel()
	target := engine.Command(peerCommand("hanging"), "", nil)
	r, err := engine.Run(t.Context(), target, &engine.Config{Cases: []string{"1.1.*", "2.2", "2.4", "3.*"}, Patience: time.Second, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) || a.Deaths != 0 {
		t.Fatalf("%d of %d cases have a result, and there were %d deaths", len(a.Results), len(r.Cases), a.Deaths)
	}
	for _, res := range a.Results {
		hangs := res.Case.ID == "autobahn/2.4" // a ping of 125 octets
		if failed := res.Failed(report.JudgeRFC); failed != hangs {
			t.Errorf("%s: %s %+v, %s", res.Case.ID, res.RFC.Outcome, res.RFC.Findings, res.Doubt)
		}
	}
}

// TestCommandThatAnnounces demands that the path that a command prints is used, which
// differs each time that it is started.
func TestCommandThatAnnounces(t *testing.T) {
	target := engine.Command(peerCommand("announcing"), "ws://127.0.0.1:$PORT/$TARGET", nil)
	r, err := engine.Run(t.Context(), target, &engine.Config{Cases: []string{"1.1.1", "2.*"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Agents[0].Results {
		fatal := res.Case.ID == "autobahn/2.4" || res.Case.ID == "autobahn/2.6" // pings of 125 octets
		if fatal != (res.Died != "") || fatal != res.Failed(report.JudgeAutobahn) {
			t.Errorf("%s: died %q, %s: %s", res.Case.ID, res.Died, res.Record.Behavior, res.Record.Result)
		}
	}
	if r.Agents[0].Deaths == 0 {
		t.Error("no death is counted")
	}
}

// TestCommandThatTakesFew demands that a process that resets what it has no room for is neither gone nor wrong.
func TestCommandThatTakesFew(t *testing.T) {
	t.Parallel()
	r, err := engine.Run(t.Context(), engine.Command(peerCommand("few"), "", nil), &engine.Config{Cases: []string{"1.1.*"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range r.Agents[0].Results {
		if r.Failed(report.JudgeRFC) {
			t.Errorf("%s: %+v", r.Case.ID, r.RFC)
		}
	}
}

// TestWorkerThatDies demands that a process whose worker has died, and which
// starts another one, counts as alive.
func TestWorkerThatDies(t *testing.T) {
	target := engine.Command(peerCommand("keeper"), "", nil)
	r, err := engine.Run(t.Context(), target, &engine.Config{Cases: []string{"1.1.1", "2.*"}})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) || a.Deaths != 0 {
		t.Errorf("%d of %d cases have a result, and %d deaths are counted", len(a.Results), len(r.Cases), a.Deaths)
	}
	for _, res := range a.Results {
		if res.Died != "" {
			t.Errorf("%s: died %q", res.Case.ID, res.Died)
		}
		if killer := res.Case.ID == "autobahn/2.6"; killer && !res.Failed(report.JudgeAutobahn) {
			t.Errorf("%s passes though it kills the worker", res.Case.ID)
		}
	}
}

// output is a writer that counts lines, and knows the process that served last.
type output struct {
	first func() // is called before the first line is taken

	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all.Len() == 0 && o.first != nil {
		o.first()
	}
	return o.all.Write(b)
}

// served returns the processes that have served.
func (o *output) served() (pids []int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for line := range strings.Lines(o.all.String()) {
		var pid int
		if n, _ := fmt.Sscanf(line, "serving as %d", &pid); n == 1 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ended reports an error for a process that still lives.
func ended(t *testing.T, pid int) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("process %d lives: %s", pid, stat)
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func needsProc(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("this system does not say who owns a socket, and whose child a process is")
	}
}

// TestDescendantsServe demands that a server is played with, and ended, however
// it comes from the command.
func TestDescendantsServe(t *testing.T) {
	t.Parallel()
	needsProc(t)
	for _, command := range []string{
		peerCommand("echo"),
		peerCommand("stubborn"),
		peerCommand("parent"),
		peerCommand("bare-parent"),
		peerCommand("grandparent"),
		strings.Replace(peerCommand("echo"), "exec ", "", 1) + "; true",
		strings.Replace(peerCommand("parent"), "exec ", "", 1) + " & wait",
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			o := new(output)
			r, err := engine.Run(t.Context(), engine.Command(command, "", &engine.DialOptions{Output: o}), &engine.Config{Cases: []string{"1.1.*"}})
			if err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			if a := r.Agents[0]; len(a.Results) != len(r.Cases) || a.Deaths != 0 {
				t.Errorf("%s: %d of %d cases have a result, and %d deaths are counted", command, len(a.Results), len(r.Cases), a.Deaths)
			}
			pids := o.served()
			if len(pids) == 0 {
				t.Errorf("%s: nothing has served", command)
			}
			for _, pid := range pids {
				ended(t, pid)
			}
		})
	}
}

// TestDaemon demands that a server that puts itself into the background is reported and
// ended.
func TestDaemon(t *testing.T) {
	needsProc(t)
	for _, command := range []string{
		peerCommand("daemon"),
		peerCommand("bare-daemon"),
		"(while kill -0 $$ 2>/dev/null; do :; done; " + peerCommand("echo") + ") & exit 0",
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			o := new(output)
			_, err := engine.Run(t.Context(), engine.Command(command, "", &engine.DialOptions{Output: o}), &engine.Config{Cases: []string{"1.1.*"}})
			var unreachable *engine.UnreachableError
			if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "in the background") || !strings.Contains(err.Error(), "foreground") {
				t.Errorf("%s: error %v, want that it does not stay in the foreground", command, err)
			}
			for _, pid := range o.served() {
				ended(t, pid)
			}
		})
	}
}

// TestPortOfSomebodyElse demands that only what the command started is tested,
// whether somebody else has its port before or takes it meanwhile.
func TestPortOfSomebodyElse(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "ws") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, c := range []struct{ name, network, address, url string }{
		{"TCP", "tcp", "127.0.0.1:0", "ws://%s/"},
		{"all addresses", "tcp", ":0", "ws://%s/"},
		{"IPv6", "tcp", "[::1]:0", "ws://%s/"},
		{"Unix", "unix", filepath.Join(dir, "s"), "ws+unix://%s"},
	} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/before=%v", c.name, before), func(t *testing.T) {
				if before {
					t.Parallel() // the others let go of a port that they listen on again
				} else {
					needsProc(t)
				}
				ln, err := net.Listen(c.network, c.address)
				if err != nil {
					t.Skip(err)
				}
				address := strings.Replace(ln.Addr().String(), "[::]", "127.0.0.1", 1)
				o := new(output)
				if before {
					listening(t, ln)
				} else {
					ln.Close()
					o.first = func() {
						ln, err := net.Listen(c.network, strings.Replace(ln.Addr().String(), "[::]", "", 1))
						if err != nil {
							t.Error(err)
							return
						}
						listening(t, ln)
					}
				}
				target := engine.Command("echo up; exec sleep 1000", fmt.Sprintf(c.url, address), &engine.DialOptions{Output: o})
				_, err = engine.Run(t.Context(), target, &engine.Config{Cases: []string{"1.1.*"}})
				want := address + " is taken by "
				if runtime.GOOS == "linux" {
					want += fmt.Sprintf("process %d (", os.Getpid())
				}
				var unreachable *engine.UnreachableError
				if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want that %s", err, want)
				}
			})
		}
	}
}

func TestMemoryOfDescendants(t *testing.T) {
	needsProc(t)
	r, err := engine.Run(t.Context(), engine.Command(peerCommand("large-parent"), "", nil), &engine.Config{Cases: []string{"1.1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Agents[0].PeakMemory; got < ballastSize || got > 8*ballastSize {
		t.Errorf("the peak memory is %d octets, want little more than %d", got, ballastSize)
	}
}

// TestDeathReport holds what is said of a command's end.
func TestDeathReport(t *testing.T) {
	for _, c := range []struct{ command, want string }{
		{"echo 'TypeError: x' >&2; kill -SEGV $$", "(SIGSEGV): TypeError: x"},
		{"sh -c 'kill -ABRT $$'; exit $?", "exit status 134 (SIGABRT)"},
		{"printf 'ValueError: \\033[2Jy\\nNode.js v20.20.2\\n'; exit 3", "exit status 3: ValueError: y"},
		{"exit 0", "exit code 0"},
	} {
		_, err := engine.Run(t.Context(), engine.Command(c.command, "", nil), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.command, err, c.want)
		}
	}
}

func TestCommandThatDoesNotListen(t *testing.T) {
	_, err := engine.Run(t.Context(), engine.Command(peerCommand("absent"), "", nil), nil)
	if err == nil || !strings.Contains(err.Error(), "cannot find my configuration") || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("error %v, want the exit status and the last words", err)
	}
}
