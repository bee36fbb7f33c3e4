package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cws "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/gorilla/websocket"
	xnet "golang.org/x/net/websocket"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
)

// recorded are the endpoints in this process whose verdicts are in testdata/verdicts. They are made as those of the
// recordings: each takes a whole message before it sends it back, and leaves to the library what the library leaves to
// its user.
func recorded(t *testing.T) []struct {
	file   string
	target engine.Target
} {
	return []struct {
		file   string
		target engine.Target
	}{
		{"gorilla", engine.Server(engine.Handler(http.HandlerFunc(gorillaRecorded)))},
		{"coder", engine.Server(engine.Handler(http.HandlerFunc(coderRecorded)))},
		{"gobwas", engine.Server(gobwasRecorded)},
		{"gws", engine.Server(mustFind(t, "gws+deflate").Server)},
		{"xnet", engine.Server(engine.Handler(xnet.Server{Handler: xnetRecorded}))},
		{"client-gorilla", engine.ClientFunc(gorillaRecordedClient)},
		{"client-coder", engine.ClientFunc(coderRecordedClient)},
	}
}

// mustFind is Find for a library that there is.
func mustFind(t *testing.T, name string) Library {
	t.Helper()
	lib, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// gorillaRecorded compresses and does not check UTF-8.
func gorillaRecorded(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{EnableCompression: true, CheckOrigin: func(*http.Request) bool { return true }}
	if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
		gorillaWhole(conn)
	}
}

func gorillaRecordedClient(ctx context.Context, dial engine.Dial, url string) error {
	dialer := websocket.Dialer{EnableCompression: true, NetDialContext: dial}
	conn, _, err := dialer.DialContext(ctx, url, nil)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	gorillaWhole(conn)
	return nil
}

func gorillaWhole(conn *websocket.Conn) {
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}

// coderRecorded keeps the context of its compression between messages.
func coderRecorded(w http.ResponseWriter, r *http.Request) {
	options := &cws.AcceptOptions{CompressionMode: cws.CompressionContextTakeover, InsecureSkipVerify: true}
	if conn, err := cws.Accept(w, r, options); err == nil {
		coderWhole(context.Background(), conn)
	}
}

func coderRecordedClient(ctx context.Context, dial engine.Dial, url string) error {
	transport := &http.Transport{DialContext: dial}
	defer transport.CloseIdleConnections()
	conn, _, err := cws.Dial(ctx, url, &cws.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, CompressionMode: cws.CompressionContextTakeover,
	})
	if err != nil {
		return err
	}
	coderWhole(ctx, conn)
	return nil
}

func coderWhole(ctx context.Context, conn *cws.Conn) {
	defer conn.CloseNow()
	conn.SetReadLimit(-1)
	for {
		kind, message, err := conn.Read(ctx)
		if err != nil || conn.Write(ctx, kind, message) != nil {
			return
		}
	}
}

// gobwasRecorded is the echo of the library's README.
func gobwasRecorded(conn net.Conn) {
	defer conn.Close()
	if _, err := ws.Upgrade(conn); err != nil {
		return
	}
	for {
		message, op, err := wsutil.ReadClientData(conn)
		if err != nil || wsutil.WriteServerMessage(conn, op, message) != nil {
			return
		}
	}
}

// xnetRecorded sends each frame back with the opcode that it came with, also a reserved one.
func xnetRecorded(conn *xnet.Conn) {
	type frame struct {
		opcode  byte
		payload []byte
	}
	codec := xnet.Codec{
		Marshal:   func(v any) ([]byte, byte, error) { f := v.(*frame); return f.payload, f.opcode, nil },
		Unmarshal: func(payload []byte, opcode byte, v any) error { *v.(*frame) = frame{opcode, payload}; return nil },
	}
	defer conn.Close()
	conn.MaxPayloadBytes = maxMessage
	for {
		var f frame
		if codec.Receive(conn, &f) != nil || codec.Send(conn, &f) != nil {
			return
		}
	}
}

// TestRecordedVerdicts plays all cases of Autobahn|Testsuite with the endpoints that the original was run against, and
// demands its verdicts: 301 of sections 1 to 7, 9 and 10, and 216 of compression. It plays them in bubbles, and over
// loopback TCP with WSCHECK_ALL.
func TestRecordedVerdicts(t *testing.T) {
	for _, r := range recorded(t) {
		t.Run(r.file, func(t *testing.T) {
			t.Parallel()
			holdToRecorded(t, r.file, func(config *engine.Config) (*engine.Report, error) {
				if all() {
					return engine.Run(t.Context(), r.target, config)
				}
				return engine.RunBubble(t, r.target, config)
			})
		})
	}
}

// recordedMessages is how many messages a loop of sections 12 and 13 has here, instead of 1,000: no verdict depends on
// their number but through the time that they take.
const recordedMessages = 5

// recordedCases are the cases of Autobahn|Testsuite but the rare ones, and with -short those of its sections 1 to 7 and 10.
func recordedCases(t *testing.T) []*catalogue.Case {
	t.Helper()
	often, err := catalogue.Select(catalogue.Autobahn(), nil, rare())
	if err != nil {
		t.Fatal(err)
	}
	var cases []*catalogue.Case
	for _, c := range often {
		if testing.Short() && (c.Bulk || section(c.ID) == "9") {
			continue
		}
		if c.Bulk {
			c = shortLoop(c, recordedMessages)
		}
		cases = append(cases, c)
	}
	return cases
}

// shortLoop is the case with so many messages in a loop at most.
func shortLoop(c *catalogue.Case, messages int) *catalogue.Case {
	short := *c
	short.Script.Steps = slices.Clone(c.Script.Steps)
	for i := range short.Script.Steps {
		short.Script.Steps[i].Count = min(short.Script.Steps[i].Count, messages)
	}
	return &short
}

// holdToRecorded has the cases played and compares each verdict with the recorded one.
func holdToRecorded(t *testing.T, file string, play func(*engine.Config) (*engine.Report, error)) {
	cases := recordedCases(t)
	r, err := play(&engine.Config{Select: cases})
	if err != nil {
		t.Fatal(err)
	}
	want := readVerdicts(t, file)
	results := r.Agents[0].Results
	if n := len(catalogue.Autobahn()); len(results) != len(cases) || len(want) != n {
		t.Errorf("%d results of %d cases, and %d of %d are recorded", len(results), len(cases), len(want), n)
	}
	equal := 0
	for _, result := range results {
		id := strings.TrimPrefix(result.Case.ID, catalogue.AutobahnPrefix)
		got := recordedForm(result)
		switch {
		case got == want[id]:
			equal++
		case mayDiffer(file, id, got):
			t.Logf("%s: %s, Autobahn|Testsuite says %s: the case races", id, got, want[id])
		default:
			t.Errorf("%s: %s, Autobahn|Testsuite says %s: %s", id, got, want[id], result.Record.Result)
		}
	}
	t.Logf("%d of %d verdicts are Autobahn|Testsuite's", equal, len(results))
}

// race is a verdict of some cases that depends on what comes first.
type race struct {
	file   string   // of the endpoint
	ids    []string // patterns as of path.Match
	got    string   // instead of the recorded verdict
	reason string
}

// races are all of them.
var races = []race{
	{"gobwas", []string{"7.1.6"}, "INFORMATIONAL\tINFORMATIONAL\t1000", "A ping follows our close frame. The server leaves it " +
		"unread, so that it resets TCP; the close frame before that arrives where it is read before the reset overtakes it. " +
		"Autobahn|Testsuite gave the other verdict once in 22 runs."},
	{"py-websockets", []string{"3.4", "4.1.5", "4.2.5"}, "NON-STRICT\tOK\t1002", readTogether},
	{"py-websockets", []string{"3.3"}, "OK\tOK\t1002", readTogether},
}

const readTogether = "The echo of a message is made by another task than the one that reads frames: it is sent if that task runs " +
	"before the wrong frame, which is written apart, has arrived."

// mayDiffer reports whether a verdict is that of a race.
func mayDiffer(file, id, got string) bool {
	return slices.ContainsFunc(races, func(r race) bool {
		return r.file == file && r.got == got && slices.ContainsFunc(r.ids, func(pattern string) bool {
			match, _ := path.Match(pattern, id)
			return match
		})
	})
}

// TestREADMENamesRaces holds the sentence of the README to what TestRecordedVerdicts demands.
func TestREADMENamesRaces(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, r := range races {
		named = append(named, strings.ReplaceAll(strings.Join(r.ids, ", "), "*", `\*`)+" ("+r.file+")")
	}
	want := fmt.Sprintf("Its verdicts on all %d cases were recorded for seven servers and two clients, and a test demands the same of wscheck, "+
		"with loops of %d messages in sections 12 and 13. They are equal, but for those that depend on what comes first: %s.",
		len(catalogue.Autobahn()), recordedMessages, strings.Join(named, "; "))
	if !strings.Contains(strings.Join(strings.Fields(string(readme)), " "), want) {
		t.Errorf("README.md does not say:\n%s", want)
	}
}

// recordedForm returns a verdict in the form of the recorded ones.
func recordedForm(r *report.Result) string {
	code := "None"
	if remote := r.Record.Remote; remote != nil && remote.HasCode {
		code = fmt.Sprint(uint16(remote.Code))
	}
	return fmt.Sprintf("%s\t%s\t%s", r.Record.Behavior, r.Record.BehaviorClose, code)
}

// readVerdicts reads the verdicts on an endpoint, by case.
func readVerdicts(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "verdicts", file+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, verdict, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Fatal(errors.New("no verdict in " + line))
		}
		verdicts[id] = verdict
	}
	return verdicts
}
