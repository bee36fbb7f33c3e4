package engine

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestClientReference holds the conforming endpoint to be conforming as a
// client.
func TestClientReference(t *testing.T) {
	TestClient(t, referenceClient(reference.Options{}), somePart())
}

func referenceClient(o reference.Options) Client {
	return func(ctx context.Context, dial Dial, url string) error {
		conn, err := dial(ctx, "tcp", "localhost:80")
		if err != nil {
			return err
		}
		return reference.Connect(conn, url, o)
	}
}

// helperVariable is set in the processes that run the tests of this file that
// are not for everybody.
const helperVariable = "WSCHECK_TEST_HELPER"

// TestHelper is the subject of TestSubtests.
func TestHelper(t *testing.T) {
	config := &Config{Cases: []string{"1.1.1", "2.1", "2.2", "9.1.6"}, ReportDir: os.Getenv("WSCHECK_TEST_REPORTS")}
	switch os.Getenv(helperVariable) {
	case "conforming":
		TestServer(t, echo, config)
	case "mutant":
		TestServer(t, mutantServer, config)
	case "known":
		config.Known = []Deviation{{Clause: "rfc6455/5.5.2/pong", Reason: "too much to ask"}}
		TestServer(t, mutantServer, config)
	case "stale":
		config.Known = []Deviation{{Case: "2.1", Clause: "rfc6455/5.5.2/pong", Reason: "too much to ask"}}
		TestServer(t, echo, config)
	case "client":
		TestClient(t, referenceClient(reference.Options{Mutant: "pong-missing"}), config)
	case "groups", "groups, known":
		config.Cases = []string{"1.1.1", "2.2", "2.3", "6.3.*", "6.4.1"}
		if os.Getenv(helperVariable) == "groups, known" {
			config.Known = []Deviation{ // as it is printed for the other
				{Clause: "rfc6455/5.6/text-utf8", Reason: "…"},
				{Clause: "rfc6455/8.1/utf8-fail", Reason: "…"},
			}
		}
		TestServer(t, serving(reference.Options{Mutant: "accept-text-not-utf8"}), config)
	case "live":
		config.Live = true
		config.Cases = []string{"5.3"}
		TestServer(t, serving(reference.Options{Mutant: "echo-uppercase"}), config)
	default:
		t.Skip("the subject of TestSubtests")
	}
}

// TestSubtests runs TestHelper in processes of their own, with the flags that
// people use.
func TestSubtests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, helper string
		flags        []string
		passes       bool
		want, not    []string
	}{
		{"all", "conforming", []string{"-test.run=^TestHelper$"}, true,
			[]string{"--- PASS: TestHelper/autobahn/1.1.1 ", "--- PASS: TestHelper/autobahn/2.2 ", "--- PASS: TestHelper/autobahn/9.1.6 "}, nil},
		{"short", "conforming", []string{"-test.run=^TestHelper$", "-test.short"}, true,
			[]string{"--- PASS: TestHelper/autobahn/1.1.1 ", "--- SKIP: TestHelper/autobahn/9.1.6 "}, nil},
		{"one", "conforming", []string{"-test.run=TestHelper/autobahn/2.1"}, true,
			[]string{"--- PASS: TestHelper/autobahn/2.1 "}, []string{"TestHelper/autobahn/2.2 ", "TestHelper/autobahn/1.1.1 "}},
		{"failing", "mutant", []string{"-test.run=^TestHelper$"}, false,
			[]string{"--- PASS: TestHelper/autobahn/1.1.1 ", "--- FAIL: TestHelper/autobahn/2.2 ", "violation of rfc6455/5.5.2/pong",
				`go test -run '^TestHelper$/^autobahn$/^2\.1$'`}, nil},
		{"known", "known", []string{"-test.run=^TestHelper$"}, true,
			[]string{"known deviation, clause rfc6455/5.5.2/pong: too much to ask"}, nil},
		{"stale", "stale", []string{"-test.run=^TestHelper$"}, false,
			[]string{"known deviation no longer occurs", "--- PASS: TestHelper/autobahn/2.1 "}, nil},
		{"stale, not run", "stale", []string{"-test.run=TestHelper/autobahn/2.2"}, true, nil, []string{"no longer"}},
		{"client", "client", []string{"-test.run=^TestHelper$"}, false,
			[]string{"--- FAIL: TestHelper/autobahn/2.2 ", "violation of rfc6455/5.5.2/pong"}, nil},
		{"groups", "groups", []string{"-test.run=^TestHelper$"}, false, []string{
			"3 cases failed, in 1 group\n",
			"rfc6455/8.1/utf8-fail: 3 cases: text that is not UTF-8 is accepted (beside it rfc6455/5.6/text-utf8)\n",
			"the smallest of them is autobahn/6.3.1\n", "the case, autobahn/6.3.1\n",
			"  rfc6455/8.1/utf8-fail: autobahn/6.3.1 autobahn/6.3.2 autobahn/6.4.1\n",
			"  Known: []harness.Deviation{\n",
			"    {Clause: \"rfc6455/5.6/text-utf8\", Reason: \"…\"},\n", "    {Clause: \"rfc6455/8.1/utf8-fail\", Reason: \"…\"},\n",
		}, []string{"the case, autobahn/6.3.2\n", "suite.go:"}},
		{"one of a group", "groups", []string{"-test.run=TestHelper/autobahn/6.3.1"}, false,
			[]string{"1 case failed, in 1 group\n", "the case, autobahn/6.3.1\n"}, []string{"the smallest"}},
		{"groups, known", "groups, known", []string{"-test.run=^TestHelper$"}, true, nil, nil},
		{"live", "live", []string{"-test.run=^TestHelper$"}, false,
			[]string{"--- FAIL: TestHelper/autobahn/5.3 ", "violation of wscheck/echo-content"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], append(c.flags, "-test.v")...)
			cmd.Env = append(os.Environ(), helperVariable+"="+c.helper)
			out, err := cmd.CombinedOutput()
			if (err == nil) != c.passes {
				t.Errorf("passes: %v, want %v", err == nil, c.passes)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("%q is not printed", want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(string(out), not) {
					t.Errorf("%q is printed", not)
				}
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}

// TestRunBubble demands a report like that of Run.
func TestRunBubble(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports")
	config := &Config{Cases: []string{"1.1.*", "2.*"}, Exclude: []string{"1.1.8"}, Lacks: []Feature{FeatureBinary}, ReportDir: dir}
	r, err := RunBubble(t, Server(mutantServer), config)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, result := range r.Agents[0].Results {
		if result.Failed(report.JudgeRFC) {
			failed[result.Case.ID] = true
		}
	}
	if len(r.Cases) != 7+11 || len(failed) == 0 || failed["autobahn/1.1.1"] || !failed["autobahn/2.2"] {
		t.Errorf("%d cases, failed: %v", len(r.Cases), failed)
	}
	if _, err := os.Stat(filepath.Join(dir, "index.json")); err != nil {
		t.Error(err)
	}
	if _, err := RunBubble(t, URL("ws://localhost/", nil), nil); err == nil {
		t.Error("a server elsewhere was run in a bubble")
	}
}

// TestDeterminism demands the same trace of the same case.
func TestDeterminism(t *testing.T) {
	cs := caseOf(t, "autobahn/5.8")
	first := transcript.Lines(play(t, echo, nil, cs))
	for range 20 {
		if again := transcript.Lines(play(t, echo, nil, cs)); strings.Join(again, "\n") != strings.Join(first, "\n") {
			t.Fatalf("first\n%s\nthen\n%s", strings.Join(first, "\n"), strings.Join(again, "\n"))
		}
	}
}

// TestRoles holds cases to the roles that they are for.
func TestRoles(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		cases, err := new(Config).selectedCases(role, false)
		if err != nil || len(cases) == 0 {
			t.Fatalf("%d cases as %s, %v", len(cases), role, err)
		}
		for _, cs := range cases {
			if !cs.Roles.Has(role) {
				t.Errorf("%s is not for our side as %s", cs.ID, role)
			}
		}
		all, err := (&Config{Select: append(catalogue.For(wsproto.Client), catalogue.For(wsproto.Server)...)}).selectedCases(role, false)
		if err != nil || len(all) < len(cases) {
			t.Errorf("%d selected cases as %s, %v", len(all), role, err)
		}
	}
}

// TestHandler has handlers of all kinds under a real http.Server.
func TestHandler(t *testing.T) {
	hijack := func(w http.ResponseWriter, r *http.Request) net.Conn {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write(wsproto.NewResponse(r.Header.Get("Sec-WebSocket-Key")).AppendTo(nil))
		return conn
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    oracle.Outcome
		clause  oracle.ClauseID
	}{
		{"no WebSocket", http.NotFound, oracle.Inconclusive, ""},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("out of order") }, oracle.Violation, "wscheck/peer-panicked"},
		{"panic after hijacking", func(w http.ResponseWriter, r *http.Request) {
			hijack(w, r)
			panic("out of order")
		}, oracle.Violation, "wscheck/peer-panicked"},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, oracle.Inconclusive, ""},
		{"hijacked and left open", func(w http.ResponseWriter, r *http.Request) { hijack(w, r) }, oracle.Violation, "wscheck/echo-missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := play(t, Handler(c.handler), nil, caseOf(t, "autobahn/1.1.2"))
			if r.RFC.Outcome != c.want || c.clause != "" && !found(r, c.clause) {
				t.Errorf("verdict %v, want %v of %s", r.RFC, c.want, c.clause)
			}
		})
	}
}

// TestClientMisbehaving demands a verdict with a reason, whatever a client does.
func TestClientMisbehaving(t *testing.T) {
	for _, c := range []struct {
		name   string
		client Client
		want   oracle.Outcome
		clause oracle.ClauseID
	}{
		{"does not dial", func(context.Context, Dial, string) error { return nil }, oracle.Inconclusive, ""},
		{"dials twice", func(ctx context.Context, dial Dial, url string) error {
			conn, err := dial(ctx, "tcp", "localhost:80")
			if err != nil {
				return err
			}
			if _, err := dial(ctx, "tcp", "localhost:80"); err != ErrDialed {
				panic(err)
			}
			return reference.Connect(conn, url, reference.Options{})
		}, oracle.Pass, ""},
		{"waits for its context", func(ctx context.Context, dial Dial, url string) error {
			err := referenceClient(reference.Options{})(ctx, dial, url)
			<-ctx.Done()
			return err
		}, oracle.Pass, ""},
		{"hangs", func(context.Context, Dial, string) error { select {} }, oracle.Violation, "wscheck/peer-hung"},
		{"panics", func(context.Context, Dial, string) error { panic("out of order") }, oracle.Violation, "wscheck/peer-panicked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := playPeer(t, &localPeer{client: c.client}, nil, caseOf(t, "autobahn/1.1.2"))
			if r.RFC.Outcome != c.want || c.clause != "" && !found(r, c.clause) {
				t.Errorf("verdict %v, want %v of %s", r.RFC, c.want, c.clause)
			}
		})
	}
}
