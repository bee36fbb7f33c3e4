package fuzzingserver

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// few is a configuration with three of Autobahn's cases and one of our own.
func few() *Config {
	return &Config{Config: engine.Config{Cases: []string{"1.1.1", "1.1.2", "2.2", "rfc6455/5.5/ping-126"}}}
}

func TestAnswers(t *testing.T) {
	inBubble(t, few(), func(f *fixture) {
		pong := `{"id": "2.2", "description": "` + strings.ReplaceAll(f.Cases()[2].Description, `"`, `\"`) + `"}`
		f.wantAnswer("/getCaseCount", "4")
		f.wantAnswer("http://localhost/getCaseCount", "4")
		f.wantAnswer("/getCaseInfo?case=2", `{"id": "1.1.2", "description": "`+f.Cases()[1].Description+`"}`)
		f.wantAnswer("/getCaseInfo?casetuple=2.2", pong)
		f.wantAnswer("/getCaseInfo?casetuple=%202.2%20&case=", pong)
		f.wantAnswer("/getCaseInfo?case=4", `{"id": "rfc6455/5.5/ping-126", "description": "`+f.Cases()[3].Description+`"}`)

		f.run(1, "a", reference.Options{})
		f.run(4, "a", reference.Options{})
		f.wantAnswer("/getCaseStatus?case=1&agent=a", `{"behavior": "OK"}`)
		f.wantAnswer("/getCaseStatus?case=4&agent=a", `{"behavior": "OK"}`)
		f.wantAnswer("/updateReports?agent=a")
		f.wantAnswer("/updateReports?agent=nobody&shutdownOnComplete=no")
		select {
		case <-f.Stopped():
			t.Error("the server is stopped, and nobody asked for it")
		default:
		}
		f.wantAnswer("/updateReports?agent=a&shutdownOnComplete=True")
		<-f.Stopped()
	})
}

func TestStopServer(t *testing.T) {
	inBubble(t, few(), func(f *fixture) {
		f.wantAnswer("/stopServer")
		<-f.Stopped()
	})
}

func TestRefusals(t *testing.T) {
	long := strings.Repeat("a", maxAgentName+1)
	inBubble(t, few(), func(f *fixture) {
		for _, test := range []struct {
			target string
			status int
			why    string
		}{
			{"/", 404, "no such path"},
			{"/runcase?case=1&agent=a", 404, "no such path"},
			{"/runCase?case=5&agent=a", 404, "1 to 4"},
			{"/runCase?case=0&agent=a", 404, "1 to 4"},
			{"/runCase?case=-1&agent=a", 404, "1 to 4"},
			{"/runCase?case=99999999999999999999&agent=a", 404, "1 to 4"},
			{"/runCase?case=one&agent=a", 404, "1 to 4"},
			{"/runCase?casetuple=1.1.3&agent=a", 404, "casetuple"},
			{"/runCase?casetuple=../../1.1.1&agent=a", 404, "casetuple"},
			{"/runCase?agent=a", 400, "case"},
			{"/runCase?case=1", 400, "agent"},
			{"/runCase?case=1&agent=", 400, "agent"},
			{"/runCase?case=1&agent=a&agent=b", 400, "2 times"},
			{"/runCase?case=1&case=2&agent=a", 400, "2 times"},
			{"/runCase?case=1&agent=" + long, 400, "256 octets"},
			{"/getCaseInfo", 400, "case"},
			{"/getCaseStatus?case=1", 400, "agent"},
			{"/getCaseStatus?agent=a", 400, "case"},
			{"/updateReports", 400, "agent"},
			{"/updateReports?agent=a&shutdownOnComplete=yes&shutdownOnComplete=yes", 400, "2 times"},
		} {
			f.wantRefusal(opening(test.target), test.status, test.why)
		}
		f.wantRefusal([]byte("GET /getCaseCount HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), 400, "Sec-WebSocket-Key")
		if n := len(f.Report().Agents); n > 0 {
			t.Errorf("%d agents have a result of a case that was not played", n)
		}
	})
}

// TestStatusAwaitsResult asks for the status of a case before it is played, and
// while it is played again: the answer is how it ended the last time.
func TestStatusAwaitsResult(t *testing.T) {
	inBubble(t, few(), func(f *fixture) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.wantAnswer("/getCaseStatus?case=2&agent=a", `{"behavior": "FAILED"}`)
		}()
		synctest.Wait()
		f.run(2, "a", reference.Options{Mutant: "echo-twice"})
		<-done

		// A client that takes its time over the echo, and is right in the end.
		conn := f.dial()
		if _, err := conn.Write(opening("/runCase?case=2&agent=a")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		again := make(chan struct{})
		go func() {
			defer close(again)
			f.wantAnswer("/getCaseStatus?case=2&agent=a", `{"behavior": "OK"}`)
		}()
		synctest.Wait()
		text := strings.Repeat("*", 125)
		for _, b := range [][]byte{masked(wsproto.OpText, text), masked(wsproto.OpClose, "\x03\xe8")} {
			if _, err := conn.Write(b); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		<-again
		conn.Close()
	})
}

// TestStatusOfNothing asks for a result that never comes.
func TestStatusOfNothing(t *testing.T) {
	config := few()
	config.Patience = time.Minute
	inBubble(t, config, func(f *fixture) {
		began := time.Now()
		f.wantAnswer("/getCaseStatus?case=2&agent=a")
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("the answer took %v", waited)
		}
		began = time.Now()
		conn := f.dial()
		if _, err := conn.Write(append(opening("/getCaseStatus?case=2&agent=a"), masked(wsproto.OpPing, "there?")...)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		buf := make([]byte, 4096)
		n, _ := conn.Read(buf)
		if want := "\x8a\x06there?"; !strings.HasSuffix(string(buf[:n]), want) {
			t.Errorf("a ping while waiting is answered by %q", buf[:n])
		}
		conn.Close()
		f.conns.Wait()
		if waited := time.Since(began); waited > time.Second {
			t.Errorf("a client that left is remembered for %v", waited)
		}
	})
}

func TestExcludedAgent(t *testing.T) {
	config := few()
	var err error
	if config.ExcludeAgent, err = catalogue.ParseExcludeAgent(map[string][]string{"a.*": {"1.1.2"}}); err != nil {
		t.Fatal(err)
	}
	inBubble(t, config, func(f *fixture) {
		f.wantAnswer("/runCase?case=2&agent=a.b")
		f.run(2, "b", reference.Options{})
		f.settled("b")
		if agents := f.Report().Agents; len(agents) != 1 || agents[0].Name != "b" {
			t.Errorf("got %d agents, want b alone", len(agents))
		}
	})
}

func TestSubprotocol(t *testing.T) {
	config := few()
	config.Subprotocols = []string{"chat"}
	inBubble(t, config, func(f *fixture) {
		for offered, want := range map[string]string{"soap, chat": "chat", "soap": "", "": ""} {
			var more []wsproto.Field
			if offered != "" {
				more = append(more, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: offered})
			}
			resp, _ := ask(t, f.dial(), opening("/getCaseCount", more...))
			if got, _ := resp.Get("Sec-WebSocket-Protocol"); resp.Status != 101 || got != want {
				t.Errorf("%q offered: status %d, %q chosen, want %q", offered, resp.Status, got, want)
			}
		}
	})
}

func TestNewErrors(t *testing.T) {
	for name, config := range map[string]*Config{
		"no case":       {Config: engine.Config{Cases: []string{"99.*"}}},
		"pattern":       {Config: engine.Config{Cases: []string{"(*"}}},
		"judge":         {Config: engine.Config{Judge: "me"}},
		"max conns":     {MaxConns: -1},
		"max agents":    {MaxAgents: -1},
		"head time":     {HeadTime: -1},
		"patience":      {Patience: -1},
		"not a dir":     {Config: engine.Config{Cases: []string{"1.1.1"}, ReportDir: "config.go"}},
		"other's files": {Config: engine.Config{Cases: []string{"1.1.1"}, ReportDir: "testdata/autobahn"}},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := New(config); err == nil || s != nil {
				t.Errorf("got %v, %v", s, err)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{
		"":                     `""`,
		`a "b" \c`:             `"a \"b\" \\c"`,
		"\x00\b\f\n\r\t\x1f":   `"\u0000\b\f\n\r\t\u001f"`,
		"<b>&'/\x7f":           "\"<b>&'/\x7f\"",
		"caf\u00e9 \U0001f600": `"caf\u00e9 \ud83d\ude00"`,
	} {
		if got := quote(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
