package spec_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/spec"
	"github.com/wscheck/wscheck/wsproto"
)

func TestTimes(t *testing.T) {
	for _, test := range []struct {
		name, file string
		limits     engine.Limits
		ignored    []string
		problem    string // in the error
	}{
		{name: "none", file: `{}`},
		{
			name:   "time-outs",
			file:   `{"options": {"openHandshakeTimeout": 2.5, "closeHandshakeTimeout": 3, "serverConnectionDropTimeout": 0.25}}`,
			limits: engine.Limits{Open: 2500 * time.Millisecond, CloseReply: 3 * time.Second, Drop: 250 * time.Millisecond},
		},
		{
			name:   "off and endless",
			file:   `{"options": {"openHandshakeTimeout": 0, "closeHandshakeTimeout": 1e300, "serverConnectionDropTimeout": 1e-9}}`,
			limits: engine.Limits{Open: time.Minute, CloseReply: time.Minute, Drop: time.Millisecond},
		},
		{
			name:   "the longest of all servers",
			file:   `{"options": {"closeHandshakeTimeout": 2}, "servers": [{"options": {"closeHandshakeTimeout": 1}}, {"options": {"closeHandshakeTimeout": 4, "x": 1}}]}`,
			limits: engine.Limits{CloseReply: 4 * time.Second}, ignored: []string{"x"},
		},
		{
			name: "what is done anyway",
			file: `{"options": {"version": 18, "versions": [13], "failByDrop": false, "maxFramePayloadSize": 0, "utf8validateIncoming": true,
				"tcpNoDelay": true, "autoPingSize": 12, "allowedOrigins": ["*"], "echoCloseCodeReason": null}}`,
		},
		{
			name: "what is not done",
			file: `{"options": {"version": 10, "failByDrop": true, "maxFramePayloadSize": 65536, "wonder": {}, "echoCloseCodeReason": 1},
				"servers": [{"options": {"failByDrop": true}}]}`,
			ignored: []string{"echoCloseCodeReason", "failByDrop", "maxFramePayloadSize", "version", "wonder"},
		},
		{name: "no number", file: `{"options": {"openHandshakeTimeout": "5"}}`, problem: `options.openHandshakeTimeout is "5": want a number of seconds`},
		{name: "negative", file: `{"servers": [{"options": {"closeHandshakeTimeout": -1}}]}`, problem: `servers[0].options.closeHandshakeTimeout is -1`},
		{name: "hostile names", file: `{"options": {"\u001b[2J` + strings.Repeat("x", 100) + `": 1}}`, ignored: []string{"?[2J" + strings.Repeat("x", 56) + "..."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := spec.Parse("s.json", []byte(test.file))
			if err != nil {
				t.Fatal(err)
			}
			limits, ignored, err := s.Times()
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), "s.json: "+test.problem) {
					t.Errorf("error %v, want %q", err, test.problem)
				}
				return
			}
			if err != nil || limits != test.limits || !slices.Equal(ignored, test.ignored) {
				t.Errorf("%+v, %q, %v; want %+v and %q", limits, ignored, err, test.limits, test.ignored)
			}
		})
	}
}

func TestGenerate(t *testing.T) {
	dir := t.TempDir()
	for _, mode := range []string{spec.FuzzingClient, spec.FuzzingServer, spec.MassConnectMode} {
		name := filepath.Join(dir, mode+".json")
		for _, want := range []bool{true, false} {
			if generated, err := spec.Generate(mode, name); generated != want || err != nil {
				t.Fatalf("%s: generated is %v, %v; want %v", mode, generated, err, want)
			}
		}
	}
	client, err := spec.Load(filepath.Join(dir, "fuzzingclient.json"))
	if err != nil {
		t.Fatal(err)
	}
	if client.OutDir != "./reports/servers" || len(client.Servers) != 1 || client.Servers[0].URL != "ws://127.0.0.1:9001" {
		t.Errorf("%+v", client)
	}
	server, err := spec.Load(filepath.Join(dir, "fuzzingserver.json"))
	if err != nil {
		t.Fatal(err)
	}
	if server.OutDir != "./reports/clients" || server.URL != "ws://127.0.0.1:9001" {
		t.Errorf("%+v", server)
	}
	want := catalogue.Autobahn()
	for _, s := range []*spec.Spec{client, server} {
		cases, err := s.Select(catalogue.For(wsproto.Server))
		if err != nil || len(cases) != len(want) {
			t.Errorf("%d cases, %v; want %d", len(cases), err, len(want))
		}
	}
	mass, err := spec.LoadMassConnect(filepath.Join(dir, "massconnect.json"))
	if err != nil {
		t.Fatal(err)
	}
	batch, retry := mass.Delays()
	if mass.Options.Connections != 10000 || mass.Options.BatchSize != 100 || batch != 10*time.Millisecond || retry != 10*time.Millisecond || len(mass.Servers) != 1 {
		t.Errorf("%+v, %v, %v", mass, batch, retry)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 3 {
		t.Errorf("%v is left, %v; want the three files", entries, err)
	}
	if _, err := spec.Generate(spec.FuzzingClient, filepath.Join(dir, "no", "such.json")); err == nil {
		t.Error("a file in a directory that is not there is generated")
	}
	if b := spec.Default("echoserver"); b != nil {
		t.Errorf("echoserver has a spec file: %q", b)
	}
}

func TestLoadMassConnectTellsWhatIsWrong(t *testing.T) {
	for problem, file := range map[string]string{
		"options.connections is 0":    `{"options": {"batchsize": 1}, "servers": [{"uri": "ws://a"}]}`,
		"options.batchsize is -1":     `{"options": {"connections": 1, "batchsize": -1}, "servers": [{"uri": "ws://a"}]}`,
		"options.batchdelay is -1":    `{"options": {"connections": 1, "batchsize": 1, "batchdelay": -1}, "servers": [{"uri": "ws://a"}]}`,
		"options.retrydelay is 1e+09": `{"options": {"connections": 1, "batchsize": 1, "retrydelay": 1e9}, "servers": [{"uri": "ws://a"}]}`,
		"it lists no servers":         `{"options": {"connections": 1, "batchsize": 1}}`,
		"servers[0] has no \"uri\"":   `{"options": {"connections": 1, "batchsize": 1}, "servers": [{}]}`,
		":1:34: \"options.connections\" is a JSON string: want a whole number": `{"options": {"connections": "many"}}`,
	} {
		t.Run(problem, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "m.json")
			if err := os.WriteFile(name, []byte(file), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := spec.LoadMassConnect(name); err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("error %v, want %q", err, problem)
			}
		})
	}
}
