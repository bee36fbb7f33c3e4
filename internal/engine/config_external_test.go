package engine_test

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// mutantAt is a target in this process with that fault.
func mutantAt(name string) engine.Target {
	return engine.Server(serving(reference.Options{Mutant: name}))
}

// What would have no effect is an error before anything is played.
func TestNothingInSilence(t *testing.T) {
	known := func(d engine.Deviation) engine.Config {
		d.Reason = "because"
		return engine.Config{Known: []engine.Deviation{d}}
	}
	for _, c := range []struct {
		name   string
		config engine.Config
		want   string // "" for no error
	}{
		{"cases that there are", engine.Config{Cases: []string{"1.1.1"}}, ""},
		{"no such case", engine.Config{Cases: []string{"1.1.1", "nothing"}}, `cases: no case is selected by "nothing"`},
		{"a section without a star", engine.Config{Cases: []string{"4.2"}}, `"4.2.*" means all of them`},
		{"an empty pattern", engine.Config{Cases: []string{""}}, "cases: the pattern is empty"},
		{"cases of the other role", engine.Config{Cases: []string{"rfc6455/4.1/accept-*"}}, "cases: no case is selected"},
		{"all left out", engine.Config{Cases: []string{"1.1.1"}, Exclude: []string{"*"}}, "cases: no case is selected"},
		{"no list at all", engine.Config{Cases: []string{}}, "cases: no case is selected"},
		{"no such case is left out", engine.Config{Cases: []string{"1.1.1"}, Exclude: []string{"nothing"}}, `exclude: no case is selected by "nothing"`},
		{"a random case is left out", engine.Config{Cases: []string{"1.1.1"}, Exclude: []string{"random/*"}}, ""},
		{"a part without cases", engine.Config{Cases: []string{"1.1.1"}, Shard: catalogue.Shard{Index: 2, Count: 2}}, ""},
		{"no such known case", known(engine.Deviation{Case: "99.*"}), `known deviation 0: no case is selected by "99.*"`},
		{"no such known clause", known(engine.Deviation{Clause: "rfc1149/*"}), "known deviation 0: there is no clause"},
		{"a folder without entries", engine.Config{Corpus: []fs.FS{fstest.MapFS{}}}, "Corpus[0]: there is no entry in it"},
		{"no folder", engine.Config{Corpus: []fs.FS{os.DirFS("nowhere")}}, "Corpus[0]: "},
		{"a pattern that is none", engine.Config{Cases: []string{"1.[*"}}, "1.[*"},
		{"jobs", engine.Config{Jobs: -1}, "jobs: -1"},
		{"settle", engine.Config{Settle: -1}, "settle: -1ns"},
		{"a judge that there is not", engine.Config{Judge: "dredd"}, "dredd"},
		{"limits", engine.Config{Limits: engine.Limits{Drop: -1}}, "limits: "},
		{"memory", engine.Config{Proportion: engine.Proportion{Memory: -1}}, "proportion: memory"},
		{"work", engine.Config{Proportion: engine.Proportion{Work: -1}}, "proportion: work"},
		{"more work than makes sense", engine.Config{Proportion: engine.Proportion{Work: engine.MaxWork + 1}}, "proportion: work"},
		{"what is kept", engine.Config{Proportion: engine.Proportion{Kept: -1}}, "proportion: kept"},
		{"all proportions", engine.Config{Cases: []string{"1.1.1"}, Proportion: engine.Proportion{Memory: 1, Work: engine.MaxWork, Kept: 1}}, ""},
		{"retries", engine.Config{Retries: -2}, "retries: -2"},
		{"more retries than make sense", engine.Config{Retries: 21}, "retries: 21"},
		{"patience without end", engine.Config{Patience: 2 * time.Hour}, "patience: 2h0m0s"},
		{"a path", engine.Config{Path: "chat"}, `path: "chat"`},
		{"a fragment", engine.Config{Path: "/chat#x"}, `path: "/chat#x"`},
		{"the host", engine.Config{Header: http.Header{"Host": {"x"}}}, `header field "Host"`},
		{"a field of ours", engine.Config{Header: http.Header{"Sec-Websocket-Key": {"x"}}}, `header field "Sec-Websocket-Key"`},
		{"a control character", engine.Config{Header: http.Header{"X": {"a\nb"}}}, "control character"},
		{"a subprotocol", engine.Config{Subprotocols: []string{"a b"}}, `subprotocol "a b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := engine.Run(t.Context(), mutantAt(""), &c.config)
			checkError(t, err, c.want)
			if (r == nil) != (err != nil) {
				t.Errorf("report %v, error %v", r, err)
			}
		})
	}
}

// checkError checks that err has a text in it, or is nil if that is empty.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}

// The options of a connection are checked as flags are.
func TestDialOptionErrors(t *testing.T) {
	for _, c := range []struct {
		name, url string
		options   engine.DialOptions
		want      string
	}{
		{"scheme", "ftp://x/", engine.DialOptions{}, `scheme "ftp"`},
		{"no host", "ws:///x", engine.DialOptions{}, "no host"},
		{"fragment", "ws://127.0.0.1/#x", engine.DialOptions{}, "fragment"},
		{"unix path", "ws+unix://tmp/x", engine.DialOptions{}, "three slashes"},
		{"port", "ws://127.0.0.1:99999/", engine.DialOptions{}, "no port 99999"},
		{"port 0", "ws://127.0.0.1:0/", engine.DialOptions{}, "no port 0"},
		{"http", "http://127.0.0.1:1/x", engine.DialOptions{}, `write "ws://127.0.0.1:1/x"`},
		{"https", "https://127.0.0.1:1/x", engine.DialOptions{}, `write "wss://127.0.0.1:1/x"`},
		{"user", "ws://u:secret@127.0.0.1:1/", engine.DialOptions{}, "Authorization"},
		{"authority without TLS", "ws://127.0.0.1:1/", engine.DialOptions{CAFile: "x"}, "want a wss URL"},
		{"any certificate without TLS", "ws://127.0.0.1:1/", engine.DialOptions{Insecure: true}, "want a wss URL"},
		{"a name without TLS", "ws+unix:///x", engine.DialOptions{ServerName: "x"}, "want a wss URL"},
		{"key alone", "wss://127.0.0.1:1/", engine.DialOptions{KeyFile: "x"}, "no certificate"},
		{"host", "ws://127.0.0.1:1/", engine.DialOptions{Fields: []wsproto.Field{{Name: "host", Value: "x"}}}, "the host of the URL"},
		{"agent", "ws://127.0.0.1:1/", engine.DialOptions{Agent: "a\x1b"}, "control character"},
		{"subprotocol", "ws://127.0.0.1:1/", engine.DialOptions{Subprotocols: []string{"a", "a"}}, "given twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := engine.Run(t.Context(), engine.URL(c.url, &c.options), nil)
			checkError(t, err, c.want)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error(err)
			}
		})
	}
}

// A server in this process is asked for a path, with fields and subprotocols: in
// memory and over the loopback interface.
func TestLocalHandshake(t *testing.T) {
	asked := make(chan *http.Request, 100)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		if r.URL.Path != "/chat" || r.Header.Get("Authorization") != "Bearer x" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		response := wsproto.NewResponse(r.Header.Get("Sec-WebSocket-Key"))
		response.Fields = append(response.Fields, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "v2.chat"})
		_, _ = conn.Write(response.AppendTo(nil))
		echoPlain(conn, conn)
	})
	config := &engine.Config{
		Cases: []string{"1.1.2"}, Path: "/chat?room=1",
		Header: http.Header{"Authorization": {"Bearer x"}}, Subprotocols: []string{"v2.chat"},
	}
	for name, run := range map[string]func() (*engine.Report, error){
		"bubble": func() (*engine.Report, error) {
			return engine.RunBubble(t, engine.Server(engine.Handler(handler)), config)
		},
		"loopback": func() (*engine.Report, error) {
			return engine.Run(context.Background(), engine.Server(engine.Handler(handler)), config)
		},
	} {
		r, err := run()
		if err != nil {
			t.Fatal(err)
		}
		request := <-asked
		if request.URL.RawQuery != "room=1" || request.Header.Get("Sec-WebSocket-Protocol") != "v2.chat" {
			t.Errorf("%s: %v %v", name, request.URL, request.Header)
		}
		if got := r.Agents[0].Results; len(got) != 1 || !strings.HasPrefix(got[0].RFC.Outcome.String(), "pass") {
			t.Errorf("%s: %v", name, got[0].RFC)
		}
	}
}

// Known deviations do not fail a run over real connections either.
func TestKnownLive(t *testing.T) {
	config := &engine.Config{
		Cases: []string{"1.1.1", "2.2"},
		Known: []engine.Deviation{{Clause: "rfc6455/5.1/server-masks-not", Reason: "it masks"}},
	}
	r, err := engine.Run(t.Context(), mutantAt("send-masked"), config)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Count(r.Agents[0])
	if r.Failed() || c.Known == 0 || c.Failed != 0 {
		t.Errorf("failed %v, %+v", r.Failed(), c)
	}
	comparison, err := new(report.Baseline).Apply(r)
	if err != nil || len(comparison.New) != 0 || comparison.Excused != c.Known || r.Failed() {
		t.Errorf("compared with an empty baseline: %+v, %v", comparison, err)
	}
	config.Known = nil
	if r, err = engine.Run(t.Context(), mutantAt("send-masked"), config); err != nil || !r.Failed() {
		t.Errorf("without them: %v, %v", r, err)
	}
}

// TestKnownElsewhere leaves alone what may be known of a case that another machine has.
func TestKnownElsewhere(t *testing.T) {
	engine.TestServer(t, serving(reference.Options{}), &engine.Config{
		Cases: []string{"1.1.*"}, Shard: catalogue.Shard{Index: 1, Count: 2},
		Known: []engine.Deviation{{Clause: "rfc6455/5.1/server-masks-not", Reason: "it masks"}},
	})
}

// A run that fails fast ends with the first case that fails.
func TestFailFast(t *testing.T) {
	config := &engine.Config{Cases: []string{"2.*", "3.*"}, Jobs: 1, FailFast: true, Limits: quick, Patience: quick.Open}
	r, err := engine.RunAll(t.Context(), []engine.Target{mutantAt("send-masked"), mutantAt("")}, config)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, result := range r.Agents[0].Results {
		if result.Failed(report.JudgeRFC) {
			failed++
		}
	}
	if len(r.Agents) != 1 || failed != 1 || len(r.Agents[0].Results) == len(r.Cases) || r.Stopped == "" {
		t.Errorf("%d agents, %d failed, %d of %d cases, stopped: %q", len(r.Agents), failed, len(r.Agents[0].Results), len(r.Cases), r.Stopped)
	}
	config.Known = []engine.Deviation{{Clause: "*", Reason: "all is well"}}
	if r, err = engine.Run(t.Context(), mutantAt("send-masked"), config); err != nil || r.Stopped != "" {
		t.Errorf("what is known stops a run: %v, %v", r, err)
	}
}

// A silence is played again so often as is asked for.
func TestRetries(t *testing.T) {
	t.Parallel()
	url := serve(t, serving(reference.Options{Mutant: "hang-after-opening"}))
	for retries, want := range map[int]int{-1: 1, 1: 2} {
		t.Run(strconv.Itoa(retries), func(t *testing.T) {
			t.Parallel()
			config := &engine.Config{Cases: []string{"1.1.2"}, Retries: retries, Limits: quick, Patience: quick.Open}
			r, err := engine.Run(t.Context(), engine.URL(url, nil), config)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Agents[0].Results[0]
			if max(1, got.Tries) != want {
				t.Errorf("%d plays, want %d", got.Tries, want)
			}
			if failed := got.Failed(report.JudgeRFC); failed != (want > 1) {
				t.Errorf("failed %v, %v", failed, got.RFC)
			}
		})
	}
}

// A server that does not name itself has the name of where it is.
func TestAgentNames(t *testing.T) {
	url := embedded(t)
	address := strings.Trim(strings.TrimPrefix(url, "ws:"), "/")
	target := func(o engine.DialOptions) engine.Target { return engine.URL(url, &o) }
	r, err := engine.RunAll(t.Context(), []engine.Target{
		target(engine.DialOptions{}), target(engine.DialOptions{}), target(engine.DialOptions{Agent: "A"}),
		target(engine.DialOptions{Unnamed: engine.UnknownServer}), mutantAt(""),
	}, &engine.Config{Cases: []string{"1.1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, agent := range r.Agents {
		got = append(got, agent.Name)
	}
	if want := []string{address, address + " (2)", "A", "UnknownServer", "UnknownServer (2)"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
