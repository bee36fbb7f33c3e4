package sink

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestCaseJSONGolden(t *testing.T) {
	result := reporttest.FailFast()
	reporttest.Golden(t, "gorilla_case_6_4_1.json", AutobahnCase(nil, wsproto.Client, "gorilla", "6.4.1", 74, result))
}

func TestIndexJSONGolden(t *testing.T) {
	echo := reporttest.Play(&catalogue.Case{ID: "autobahn/10.1.1", Number: 301}).Result(&catalogue.Case{ID: "autobahn/10.1.1", Number: 301})
	refused := reporttest.NewTalk().Result(&catalogue.Case{ID: "autobahn/2.1", Number: 17})
	refused.Duration = 1499500 * time.Nanosecond
	refused.Record.Behavior, refused.Record.BehaviorClose = autobahn.Failed, autobahn.Failed
	own := reporttest.NewTalk().Result(&catalogue.Case{ID: "rfc6455/5.5/ping-126"})
	r := &report.Report{Agents: []*report.Agent{
		{Name: "gorilla v1.5.3", Results: []*report.Result{reporttest.FailFast(), echo, refused, own}},
		{Name: "Jäger 2", Results: []*report.Result{reporttest.FailFast()}},
		{Name: "gone", Unreachable: "connection refused"},
	}}
	reporttest.Golden(t, "index.json", AutobahnIndex(r, report.NewLayout(r)))
}

// The keys that consumers of the per-case files know.
const caseKeys = `agent behavior behaviorClose case closedByMe createStats createWirelog description droppedByMe duration
	expectation expected expectedClose failedByMe httpRequest httpResponse id isServer localCloseCode localCloseReason
	received remoteCloseCode remoteCloseReason reportCompressionRatio reportTime result resultClose rxFrameStats
	rxOctetStats started trafficStats txFrameStats txOctetStats wasClean wasCloseHandshakeTimeout wasNotCleanReason
	wasOpenHandshakeTimeout wasServerConnectionDropTimeout wirelog`

func TestCaseJSONKeys(t *testing.T) {
	for name, result := range map[string]*report.Result{
		"full":  reporttest.FailFast(),
		"empty": {Case: &catalogue.Case{ID: "autobahn/1.1.1", Number: 1}, Record: &autobahn.Record{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got map[string]any
			if err := json.Unmarshal(AutobahnCase(nil, wsproto.Server, "a", "1.1.1", 1, result), &got); err != nil {
				t.Fatal(err)
			}
			if keys, want := slices.Sorted(maps.Keys(got)), strings.Fields(caseKeys); !slices.Equal(keys, want) {
				t.Errorf("got the keys %v\nwant %v", keys, want)
			}
			if got["isServer"] != true {
				t.Errorf("isServer is %v", got["isServer"])
			}
		})
	}
}

func TestCaseJSONNeverOpen(t *testing.T) {
	result := reporttest.FailFast()
	result.Record = &autobahn.Record{Behavior: autobahn.Failed, BehaviorClose: autobahn.Failed}
	var got map[string]any
	if err := json.Unmarshal(AutobahnCase(nil, wsproto.Client, "a", "6.4.1", 74, result), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"expected", "expectedClose"} {
		if m, ok := got[key].(map[string]any); !ok || len(m) != 0 {
			t.Errorf("%s is %v, want {}", key, got[key])
		}
	}
	if got["httpRequest"] != "?" || got["httpResponse"] != "?" {
		t.Errorf("the handshake is %q, %q, want ?", got["httpRequest"], got["httpResponse"])
	}
}

func TestLogText(t *testing.T) {
	long := strings.Repeat("a", 61)
	for _, tt := range []struct {
		name, in, text, octets string
	}{
		{"empty", "", "", ""},
		{"short", "Hi", "Hi", "4869"},
		{"60 octets", long[:60], long[:60], strings.Repeat("61", 60)},
		{"61 octets", long, long + " ...", strings.Repeat("61", 61) + " ..."},
		{"65 octets", long + "bcde", long + "bcd ...", strings.Repeat("61", 61) + "626364 ..."},
		{"not UTF-8", "\xff", "0xff", "ff"},
		{"cut within a code point", long + "aaéa", long + "aa\u00e9 ...", strings.Repeat("61", 63) + "c3 ..."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := []byte(tt.in)
			want := tt.text
			if tt.name == "cut within a code point" {
				want = "0x" + tt.octets
			}
			if got := logText(reporttest.Head(data), len(data)); got != want {
				t.Errorf("text: got %q, want %q", got, want)
			}
			if got := logOctets(reporttest.Head(data), len(data)); got != tt.octets {
				t.Errorf("octets: got %q, want %q", got, tt.octets)
			}
		})
	}
}

func TestCloseReasons(t *testing.T) {
	surrogate := []byte("a\xed\xa0\x80")
	for _, tt := range []struct {
		name          string
		in            *wsproto.ClosePayload
		local, remote any
	}{
		{"no frame", nil, nil, nil},
		{"no reason", &wsproto.ClosePayload{Code: 1000, HasCode: true}, nil, nil},
		{"reason", &wsproto.ClosePayload{Code: 1000, HasCode: true, Reason: []byte("bye")}, "bye", "bye"},
		{"not UTF-8", &wsproto.ClosePayload{Code: 1000, HasCode: true, Reason: []byte("\xff")}, "ff", nil},
		{"surrogate", &wsproto.ClosePayload{Code: 1000, HasCode: true, Reason: surrogate}, "61eda080", string(surrogate)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := localReason(tt.in); got != tt.local {
				t.Errorf("local: got %v, want %v", got, tt.local)
			}
			if got := remoteReason(tt.in); got != tt.remote {
				t.Errorf("remote: got %v, want %v", got, tt.remote)
			}
		})
	}
}

func TestTrafficStats(t *testing.T) {
	stats, ok := trafficStats(&autobahn.Traffic{
		In:         autobahn.Flow{OctetsApp: 16000, OctetsWebSocket: 4000, OctetsWire: 8000, Frames: 1000, Messages: 1000},
		PreopenIn:  202,
		PreopenOut: 330,
	}).(pyDict)
	if !ok || len(stats) != 16 {
		t.Fatalf("got %v, want 16 keys", stats)
	}
	for key, want := range map[string]any{
		"incomingCompressionRatio": 0.25, "incomingWebSocketOverhead": 1.0, "incomingOctetsWireLevel": 8000,
		"outgoingCompressionRatio": nil, "outgoingWebSocketOverhead": nil, "outgoingWebSocketMessages": 0,
		"preopenIncomingOctetsWireLevel": 202, "preopenOutgoingOctetsWireLevel": 330,
	} {
		if got := stats[key]; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
}

func TestCaseNumbers(t *testing.T) {
	r := &report.Report{Cases: []*catalogue.Case{
		{ID: "autobahn/4.2.4", Number: 43}, {ID: "rfc6455/x"}, {ID: "autobahn/10.1.1", Number: 301},
	}}
	if got := CaseNumbers(r)["autobahn/10.1.1"]; got != 301 {
		t.Errorf("as the client: got %d, want its number among all", got)
	}
	r.Role = wsproto.Server
	if got := CaseNumbers(r)["autobahn/10.1.1"]; got != 2 {
		t.Errorf("as the server: got %d, want its number in the selection", got)
	}
}

func TestWirelogRowsHaveAutobahnsShapes(t *testing.T) {
	masked := wsproto.Header{Fin: true, Rsv: 4, Opcode: wsproto.OpText, Masked: true, Mask: [4]byte{1, 2, 3, 4}}
	rows := wirelogRows([]autobahn.LogRow{
		{Kind: autobahn.LogTxOctets, Len: 1, Data: []byte{0x81}, Sync: true},
		{Kind: autobahn.LogTxFrame, Len: 1, Data: []byte("x"), Header: &masked, Repeat: 9, Chop: 2, Sync: true},
		{Kind: autobahn.LogRxFrame, Header: &wsproto.Header{Opcode: wsproto.OpPong}},
		{Kind: autobahn.LogWait, Seconds: 0.5},
		{Kind: autobahn.LogFail, Seconds: 10},
		{Kind: autobahn.LogFailEnd},
		{Kind: autobahn.LogClose, Seconds: 1},
		{Kind: autobahn.LogCloseEnd},
		{Kind: autobahn.LogWaitEnd, Tag: "A"},
		{Kind: autobahn.LogSwitched},
	})
	got := strings.Join(strings.Fields(string(appendPy(nil, rows, 0))), "")
	want := `[["TO",[1,"81"],true],["TF",[1,"x"],1,true,4,"01020304",9,2,true],["RF",[0,""],10,false,0,false,null],` +
		`["CT",0.5,null],["KL",10],["KLE"],["TI",1],["TIE"],["CTE","A"],["WLM",false]]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestObservationsOfRepeatedPayload(t *testing.T) {
	rows := observations([]autobahn.Observation{
		{Kind: autobahn.Message, Payload: oracle.Payload{Data: []byte("ab"), Len: 5}},
		{Kind: autobahn.Ping, Payload: oracle.Payload{Data: []byte("p")}},
	})
	got := strings.Join(strings.Fields(string(appendPy(nil, rows, 0))), "")
	if want := `[["message","ababa",false],["ping","p"]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
