//go:build unix

package drive_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/drive"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/internal/testee"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// asClient is the first argument of the test binary that makes it a client under test, of the
// kind that is the second.
const asClient = "client"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == asClient {
		if err := beClient(os.Args[2], os.Getenv("URL")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// Parallel tests wait for clients, and keep no processor busy.
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(8*runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// beClient is a client of some kind.
func beClient(kind, target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	connect := func(o reference.Options) error {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return err
		}
		return reference.Connect(conn, target, o)
	}
	kind, reads := strings.CutPrefix(kind, "lines of ")
	if reads {
		return eachLine(kind)
	}
	mutant, ok := strings.CutPrefix(kind, "mutant ")
	if ok {
		return connect(reference.Options{Mutant: mutant})
	}
	switch kind {
	case "echo":
		return connect(reference.Options{})
	case "decoding":
		u.RawPath = ""
		target = u.String()
		return connect(reference.Options{})
	case "of the port alone": // its URL is its own
		target = "ws://localhost:" + u.Port() + "/chat"
		return connect(reference.Options{})
	case "of IPv4":
		if u.Hostname() != "127.0.0.1" {
			return errors.New("no such host")
		}
		return connect(reference.Options{})
	case "with a path":
		if u.Path == "" {
			return errors.New("no path")
		}
		return connect(reference.Options{})
	case "again": // as a library that connects anew
		_ = connect(reference.Options{})
		return connect(reference.Options{})
	case "cut":
		return connect(reference.Options{Mutant: "echo-truncated"})
	case "absent":
		return errors.New("I cannot \x1b[2J come")
	case "silent":
		_, err := net.Dial("tcp", u.Host)
		return err
	case "mute": // after its request
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return err
		}
		request := wsproto.NewRequest(u.Host, u.RequestURI(), "dGhlIHNhbXBsZSBub25jZQ==")
		if _, err = conn.Write(request.AppendTo(nil)); err == nil {
			_, err = io.Copy(io.Discard, conn)
		}
		return err
	case "stuck":
		select {}
	case "crash":
		go func() { panic("I have a bug") }()
		select {}
	case "driver":
		c := testee.Client{Agent: "driver"}
		return c.Run(context.Background(), target)
	case "lazy":
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return err
		}
		return reference.Connect(conn, target+"/runCase?case=1&agent=lazy", reference.Options{})
	}
	return fmt.Errorf("no client %q", kind)
}

// eachLine is a client of some kind for each line of standard input. A number before the kind is
// how many it reads, and "all" has it read all before it begins.
func eachLine(kind string) error {
	in, most := bufio.NewScanner(os.Stdin), math.MaxInt
	if first, rest, _ := strings.Cut(kind, " "); first == "all" {
		all, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		in, kind = bufio.NewScanner(bytes.NewReader(all)), rest
	} else if n, err := strconv.Atoi(first); err == nil {
		most, kind = n, rest
	}
	for n := 0; n < most && in.Scan(); n++ {
		if err := beClient(kind, in.Text()); kind == "of IPv4" && err != nil {
			return err
		}
	}
	return in.Err()
}

// TestURL checks that a client is judged by the URL that it is given, if it has followed one.
func TestURL(t *testing.T) {
	const host, target = oracle.ClauseID("rfc6455/4.1/host"), oracle.ClauseID("rfc6455/4.1/request-uri")
	for _, test := range []struct {
		kind  string
		fails map[string]oracle.ClauseID // cases of rfc6455/4.1
		ipv6  bool                       // it needs that
		alone bool                       // no other case is played
	}{
		{kind: "echo"},
		{kind: "of IPv4"},
		{kind: "with a path"},
		{kind: "of the port alone"},
		{kind: "decoding", fails: map[string]oracle.ClauseID{"host-escapes": target}},
		{kind: "mutant request-target-without-query", fails: map[string]oracle.ClauseID{"host-query": target, "host-escapes": target, "host-no-path-query": target}},
		{kind: "mutant request-host-without-port", fails: map[string]oracle.ClauseID{"host-query": host, "host-ipv6-port": host, "host-escapes": host, "host-no-path-query": host}},
		{kind: "mutant request-host-without-port", fails: map[string]oracle.ClauseID{"host-query": host, "host-ipv6-port": host, "host-escapes": host, "host-no-path-query": host}, alone: true},
		{kind: "decoding", alone: true},
		{kind: "mutant request-target-no-path", fails: map[string]oracle.ClauseID{"host-no-path-query": target}},
		{kind: "mutant request-target-no-path-query", fails: map[string]oracle.ClauseID{"host-no-path-query": target}},
		{kind: "mutant request-host-without-brackets", fails: map[string]oracle.ClauseID{"host-ipv6-port": host}, ipv6: true},
	} {
		t.Run(test.kind, func(t *testing.T) {
			if test.kind == "with a path" {
				drive.ExpectOddLine(t, 200*time.Millisecond) // there are some that it does not come for
			} else {
				t.Parallel()
			}
			if ln, err := net.Listen("tcp", "[::1]:0"); err == nil {
				ln.Close()
			} else if test.ipv6 {
				t.Skip("this machine has no IPv6")
			}
			cases := []string{"rfc6455/4.1/host-query", "rfc6455/4.1/host-ipv6-port", "rfc6455/4.1/host-escapes", "rfc6455/4.1/host-no-path-query"}
			if !test.alone {
				cases = append(cases, "1.1.1")
			}
			for _, kind := range []string{test.kind, "lines of " + test.kind} {
				r, err := run(t, kind, &drive.Config{Config: engine.Config{Cases: cases}, Once: kind != test.kind})
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Agents[0].Results) != len(cases) {
					t.Fatalf("%s: %d results", kind, len(r.Agents[0].Results))
				}
				for _, result := range r.Agents[0].Results {
					want := oracle.Pass
					clause, wrong := test.fails[strings.TrimPrefix(result.Case.ID, "rfc6455/4.1/")]
					switch {
					case wrong:
						want = oracle.Violation
					case kind == "lines of of IPv4" && strings.Contains(result.Case.ID, "ipv6"):
						want = oracle.Unsupported
					}
					if broken := result.RFC.Broken(); result.RFC.Outcome != want || wrong && !slices.Contains(broken, clause) {
						t.Errorf("%s, %s: %s %v %s, want %s %s", kind, result.Case.ID, result.RFC.Outcome, broken, result.RFC.Reason, want, clause)
					}
				}
			}
		})
	}
}

// TestMute demands that a client which never sends a message is soon played with no longer.
func TestMute(t *testing.T) {
	t.Parallel()
	r, err := run(t, "mute", &drive.Config{Config: engine.Config{Cases: []string{"1.*", "6.*"}, Patience: 100 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Agents[0].Results); !strings.HasPrefix(r.Stopped, "the peer echoes nothing") || n > len(r.Cases)/2 {
		t.Errorf("stopped after %d of %d cases: %q", n, len(r.Cases), r.Stopped)
	}
}

// someCases take no time with a client that keeps the rules.
var someCases = []string{"1.1.1", "1.1.2", "2.2", "5.3", "7.1.1"}

// run drives a client of a kind over some cases.
func run(t *testing.T, kind string, config *drive.Config) (*report.Report, error) {
	t.Helper()
	if config.Command == nil {
		config.Command = []string{os.Args[0], asClient, kind, "{}"}
	}
	if config.Cases == nil {
		config.Cases = someCases
	}
	return drive.Run(t.Context(), config)
}

func TestEach(t *testing.T) {
	for _, test := range []struct {
		kind    string
		timeout time.Duration
		fails   string // the cases that do
		reason  string // of the failure, or how it died
	}{
		{kind: "echo"},
		{kind: "again"},
		{kind: "cut", fails: "autobahn/1.1.2"},
		{kind: "absent", fails: "autobahn/1.1.1 autobahn/1.1.2 autobahn/2.2", reason: `the command ended (exit code 1: "I cannot  come") without connecting`},
		{kind: "silent", fails: "autobahn/1.1.1 autobahn/1.1.2 autobahn/2.2", reason: `the command ended (exit code 0) without sending anything on its connection`},
		{kind: "stuck", timeout: 100 * time.Millisecond, fails: "autobahn/1.1.1 autobahn/1.1.2 autobahn/2.2", reason: `the command was ended after 100ms, without connecting`},
		{kind: "crash", fails: "autobahn/1.1.1 autobahn/1.1.2 autobahn/2.2", reason: `exit code 2`},
	} {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "out")
			progress := 0
			shown := map[string][]byte{}
			r, err := run(t, test.kind, &drive.Config{
				Config:  engine.Config{Cases: someCases[:3], ReportDir: dir, Progress: func(engine.Progress) { progress++ }},
				Timeout: test.timeout,
				Shown:   func(r *report.Result, output []byte) { shown[r.Case.ID] = output },
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Agents) != 1 || len(r.Agents[0].Results) != 3 || progress != 3 || r.Stopped != "" {
				t.Fatalf("%+v, %d in Progress, stopped %q", r.Agents, progress, r.Stopped)
			}
			for _, result := range r.Agents[0].Results {
				if got := result.Failed(r.Judge); got != slices.Contains(strings.Fields(test.fails), result.Case.ID) {
					t.Errorf("%s: %s %s %s", result.Case.ID, result.RFC.Outcome, result.RFC.Reason, result.Died)
				}
				if why := result.RFC.Reason + result.Died; test.reason != "" && !strings.Contains(why, test.reason) {
					t.Errorf("%s: %q, want %q", result.Case.ID, why, test.reason)
				}
				if _, ok := shown[result.Case.ID]; ok != result.Failed(r.Judge) {
					t.Errorf("%s: the output is shown: %v", result.Case.ID, ok)
				}
			}
			if test.kind == "absent" && !bytes.Contains(shown["autobahn/1.1.1"], []byte("I cannot \x1b[2J come")) {
				t.Errorf("shown: %q", shown)
			}
			there, err := store.LoadVerdicts(dir)
			if err != nil || len(there.Agents) != 1 || len(there.Agents[0].Results) != 3 {
				t.Errorf("the report has %+v, %v", there, err)
			}
		})
	}
}

func TestFutileStartsEnd(t *testing.T) {
	t.Parallel()
	r, err := run(t, "absent", &drive.Config{Config: engine.Config{Cases: []string{"1.*", "7.*"}, Jobs: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents[0].Results) > 20 || !strings.Contains(r.Stopped, "came to nothing") {
		t.Errorf("%d were started, stopped: %q", len(r.Agents[0].Results), r.Stopped)
	}
}

func TestOnce(t *testing.T) {
	for _, withFiles := range []bool{false, true} {
		t.Run(fmt.Sprintf("files=%v", withFiles), func(t *testing.T) {
			t.Parallel()
			dir := ""
			if withFiles {
				dir = filepath.Join(t.TempDir(), "out")
			}
			r, err := run(t, "driver", &drive.Config{Config: engine.Config{ReportDir: dir}, Once: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Agents) != 1 || r.Agents[0].Name != "driver" || len(r.Agents[0].Results) != len(r.Cases) {
				t.Fatalf("%+v", r.Agents)
			}
			for _, result := range r.Agents[0].Results {
				if result.Failed(r.Judge) {
					t.Errorf("%s: %s %s", result.Case.ID, result.RFC.Outcome, result.RFC.Reason)
				}
			}
			shown := 0
			r, err = run(t, "lazy", &drive.Config{
				Config: engine.Config{ReportDir: dir}, Once: true,
				Shown: func(r *report.Result, _ []byte) {
					if shown++; r != nil {
						t.Errorf("the output is that of %s", r.Case.ID)
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if shown != 1 || len(r.Agents) != 1 || len(r.Agents[0].Results) != len(r.Cases) {
				t.Fatalf("%+v, output shown %d times", r.Agents, shown)
			}
			for i, result := range r.Agents[0].Results {
				if got := result.RFC.Outcome == oracle.Inconclusive && strings.Contains(result.RFC.Reason, "without having run it"); got != (i > 0) {
					t.Errorf("%s: %s %s", result.Case.ID, result.RFC.Outcome, result.RFC.Reason)
				}
			}
			if withFiles {
				there, err := store.LoadVerdicts(dir)
				if err != nil || len(there.Agents) != 2 || len(there.Agents[1].Results) != len(r.Cases) {
					t.Errorf("the report has %+v, %v", there, err)
				}
			}
		})
	}
}

// TestOnceDecidesSilence checks that a silence comes to the same with a client that is started once
// as with one that is started for each case, as long as it reads lines.
func TestOnceDecidesSilence(t *testing.T) {
	for _, test := range []struct {
		kind, ends string // ends: of one that does not read more lines
		cases      []string
		want       string
	}{
		{kind: "echo", cases: []string{"1.1.1", "2.2"}, want: "pass []"},
		{kind: "mutant close-unanswered", ends: "1 ", cases: []string{"7.1.1"}, want: "violation [rfc6455/5.5.1/close-reply]"},
		{kind: "mutant pong-missing", ends: "1 ", cases: []string{"2.2"}, want: "violation [rfc6455/5.5.2/pong]"},
	} {
		for kind, want := range map[string]string{
			test.kind: test.want, "lines of " + test.kind: test.want, "lines of " + test.ends + test.kind: "slow it could not be played again",
		} {
			if test.ends == "" {
				want = test.want
			}
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				config := engine.Config{Cases: test.cases}
				if test.ends != "" {
					config.Patience = 200 * time.Millisecond // of a silence that has no end
				}
				r, err := run(t, kind, &drive.Config{Config: config, Once: kind != test.kind})
				if err != nil {
					t.Fatal(err)
				}
				for _, result := range r.Agents[0].Results {
					got := fmt.Sprint(result.RFC.Outcome, result.RFC.Broken())
					if result.RFC.Outcome == oracle.Slow {
						got = "slow " + result.RFC.Reason
					}
					if got != want || len(r.Agents[0].Results) != len(test.cases) {
						t.Errorf("%s: %s, want %s", result.Case.ID, got, want)
					}
				}
			})
		}
	}
}

// TestOnceReadsAll checks that a client may read all of its input before it begins.
func TestOnceReadsAll(t *testing.T) {
	drive.ExpectFirstLine(t, 50*time.Millisecond)
	r, err := run(t, "lines of all echo", &drive.Config{Once: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents) != 1 || len(r.Agents[0].Results) != len(r.Cases) {
		t.Fatalf("%+v", r.Agents)
	}
	for _, result := range r.Agents[0].Results {
		if result.RFC.Outcome != oracle.Pass {
			t.Errorf("%s: %s %s", result.Case.ID, result.RFC.Outcome, result.RFC.Reason)
		}
	}
}

func TestTheWholeGroupIsEnded(t *testing.T) {
	// The shell's child holds the output open, so that the end of the run shows
	// that it has ended too.
	r, err := run(t, "", &drive.Config{
		Config:  engine.Config{Cases: []string{"1.1.1"}},
		Command: []string{os.Args[0] + " " + asClient + " stuck {} & wait"}, Timeout: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if why := r.Agents[0].Results[0].RFC.Reason; !strings.Contains(why, "was ended after") {
		t.Errorf("reason %q", why)
	}
}

func TestRunTellsWhatIsWrong(t *testing.T) {
	for problem, config := range map[string]*drive.Config{
		"no command":             {},
		"timeout: -1s":           {Command: []string{"true"}, Timeout: -time.Second},
		"no case is selected":    {Command: []string{"true"}, Config: engine.Config{Cases: []string{"nothing"}}},
		"jobs: -1":               {Command: []string{"true"}, Config: engine.Config{Jobs: -1}},
		"no-such-program-at-all": {Command: []string{"no-such-program-at-all"}},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		config.ReportDir = dir
		if _, err := drive.Run(t.Context(), config); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("error %v, want %q", err, problem)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something is left behind", problem)
		}
	}
}
