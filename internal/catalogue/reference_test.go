package catalogue_test

import (
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// recording is autobahn-cases.json: each case as it was observed.
type recording struct {
	Categories map[string]string `json:"categories"`
	Cases      []recordedCase    `json:"cases"`
}

type recordedCase struct {
	ID          string                     `json:"id"`
	Steps       []recordedStep             `json:"steps"`
	Expect      map[string][]recordedEvent `json:"expect"`
	ExpectClose struct {
		CloseCode                    []wsproto.CloseCode `json:"closeCode"`
		ClosedByMe                   bool                `json:"closedByMe"`
		RequireClean                 bool                `json:"requireClean"`
		ClosedByWrongEndpointIsFatal bool                `json:"closedByWrongEndpointIsFatal"`
	} `json:"expect_close"`
	SuppressCloseWhenDone bool                   `json:"suppress_close_when_done"`
	WrongCodeFailsCase    bool                   `json:"wrong_code_fails_case"`
	Informational         bool                   `json:"informational"`
	Checks                string                 `json:"checks"`
	ReportTime            bool                   `json:"report_time"`
	TxFrames              map[wsproto.Opcode]int `json:"tx_frames"`
	EchoLoop              *struct {
		Binary   bool   `json:"binary"`
		Count    int    `json:"count"`
		Data     string `json:"data"`
		Fragment int    `json:"fragment"`
		Len      int    `json:"len"`
		Timeout  int    `json:"timeout_s"`
	} `json:"echo_loop"`
	Offers []struct {
		Header                   string `json:"header"`
		AcceptMaxWindowBits      bool   `json:"accept_max_window_bits"`
		AcceptNoContextTakeover  bool   `json:"accept_no_context_takeover"`
		RequestMaxWindowBits     int    `json:"request_max_window_bits"`
		RequestNoContextTakeover bool   `json:"request_no_context_takeover"`
	} `json:"offers"`
}

type recordedStep struct {
	Send       string             `json:"send"`
	Fin        bool               `json:"fin"`
	Rsv        uint8              `json:"rsv"`
	Opcode     wsproto.Opcode     `json:"opcode"`
	Payload    *recordedPayload   `json:"payload"`
	Chop       int                `json:"chop"`
	Sync       bool               `json:"sync"`
	Fragment   int                `json:"fragment"`
	Len        uint64             `json:"len"`
	Code       *wsproto.CloseCode `json:"code"`
	Reason     json.RawMessage    `json:"reason"` // a string of a close, a payload of a close frame
	Wait       *float64           `json:"wait"`
	Tag        string             `json:"tag"`
	FailAfter  *float64           `json:"fail_after"`
	CloseAfter *float64           `json:"close_after"`
}

type recordedPayload struct {
	Hex       string `json:"hex"`
	RepeatHex string `json:"repeat_hex"`
	Len       int    `json:"len"`
}

type recordedEvent struct {
	Message     *recordedPayload `json:"message"`
	Binary      bool             `json:"binary"`
	Ping        *recordedPayload `json:"ping"`
	Pong        *recordedPayload `json:"pong"`
	StillOpenAt string           `json:"still_open_at"`
}

// readReference returns the recorded cases.
func readReference(t *testing.T) *recording {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "autobahn-cases.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.NewDecoder(z).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *recordedPayload) convert(t *testing.T) oracle.Payload {
	t.Helper()
	if p.RepeatHex != "" {
		return normal(oracle.Payload{Data: unhex(t, p.RepeatHex), Len: p.Len})
	}
	return normal(oracle.Payload{Data: unhex(t, p.Hex)})
}

// closePayload is the payload of a recorded close frame.
func (s *recordedStep) closePayload(t *testing.T) []byte {
	t.Helper()
	var b []byte
	if s.Code != nil {
		b = append(b, byte(*s.Code>>8), byte(*s.Code))
	}
	var reason *recordedPayload
	if err := json.Unmarshal(s.Reason, &reason); err != nil {
		t.Fatal(err)
	}
	if reason != nil {
		b = append(b, unhex(t, reason.Hex)...)
	}
	return b
}

// convertSteps turns recorded steps into those of a script. begin-message and
// begin-frame are one step of a script.
func convertSteps(t *testing.T, recorded []recordedStep) []oracle.Step {
	t.Helper()
	var steps []oracle.Step
	var streamed wsproto.Opcode
	for _, r := range recorded {
		var s oracle.Step
		switch {
		case r.Wait != nil:
			s = oracle.Step{Kind: oracle.StepWait, Timeout: seconds(*r.Wait), Tag: r.Tag}
		case r.FailAfter != nil:
			s = oracle.Step{Kind: oracle.StepFailAfter, Timeout: seconds(*r.FailAfter)}
		case r.CloseAfter != nil:
			s = oracle.Step{Kind: oracle.StepCloseAfter, Timeout: seconds(*r.CloseAfter)}
		case r.Send == "frame":
			s = oracle.Step{Kind: oracle.StepFrame, Chop: r.Chop, Sync: r.Sync, Payload: r.Payload.convert(t)}
			s.Frame = wsproto.Header{Fin: r.Fin, Rsv: r.Rsv, Opcode: r.Opcode}
		case r.Send == "message":
			s = oracle.Step{Kind: oracle.StepMessage, Fragment: r.Fragment, Payload: r.Payload.convert(t)}
			s.Frame.Opcode = r.Opcode
		case r.Send == "begin-message":
			streamed = r.Opcode
			continue
		case r.Send == "begin-frame":
			s = oracle.Step{Kind: oracle.StepFrame, Declared: r.Len, HasDeclared: true}
			s.Frame.Opcode = streamed
		case r.Send == "frame-data":
			s = oracle.Step{Kind: oracle.StepFrameData, Payload: r.Payload.convert(t)}
		case r.Send == "end-message":
			s = oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true}}
		case r.Send == "close":
			s = oracle.Step{Kind: oracle.StepClose, Code: *r.Code}
			if err := json.Unmarshal(r.Reason, &s.Reason); err != nil {
				t.Fatal(err)
			}
		case r.Send == "close-frame":
			s = oracle.Step{Kind: oracle.StepClose, Payload: normal(oracle.Payload{Data: r.closePayload(t)})}
		default:
			t.Fatalf("unknown step %+v", r)
		}
		steps = append(steps, s)
	}
	return steps
}

func convertEvents(t *testing.T, recorded []recordedEvent) []autobahn.Observation {
	t.Helper()
	events := []autobahn.Observation{}
	for _, r := range recorded {
		var o autobahn.Observation
		switch {
		case r.Message != nil:
			o = autobahn.Observation{Kind: autobahn.Message, Payload: r.Message.convert(t), Binary: r.Binary}
		case r.Ping != nil:
			o = autobahn.Observation{Kind: autobahn.Ping, Payload: r.Ping.convert(t)}
		case r.Pong != nil:
			o = autobahn.Observation{Kind: autobahn.Pong, Payload: r.Pong.convert(t)}
		case r.StillOpenAt != "":
			o = autobahn.Observation{Kind: autobahn.StillOpen, Tag: r.StillOpenAt}
		default:
			t.Fatalf("unknown event %+v", r)
		}
		events = append(events, o)
	}
	return events
}

// convert makes the recorded case a script, an expectation and the answers of
// a server, without a look at our tables.
func (r *recordedCase) convert(t *testing.T) (oracle.Script, autobahn.Expectation, []catalogue.DeflateAnswer) {
	t.Helper()
	script := oracle.Script{Role: wsproto.Client, Steps: convertSteps(t, r.Steps)}
	expect := autobahn.Expectation{
		CloseByUs:          r.ExpectClose.ClosedByMe,
		CloseCodes:         r.ExpectClose.CloseCode,
		RequireClean:       r.ExpectClose.RequireClean,
		WrongEndpointFatal: r.ExpectClose.ClosedByWrongEndpointIsFatal,
		WrongCodeFatal:     r.WrongCodeFailsCase,
		NoCloseWhenDone:    r.SuppressCloseWhenDone,
		Informational:      r.Informational,
		TxFrames:           r.TxFrames,
		ReportTime:         r.ReportTime,
	}
	for _, b := range []autobahn.Behavior{autobahn.OK, autobahn.NonStrict} {
		if events, ok := r.Expect[string(b)]; ok {
			expect.Outcomes = append(expect.Outcomes, autobahn.Outcome{Behavior: b, Observed: convertEvents(t, events)})
		}
	}
	if r.Checks != "" {
		expect.Check = autobahn.CheckEcho
		expect.Timeout = script.Steps[len(script.Steps)-1].Timeout
	}
	if l := r.EchoLoop; l != nil {
		limit := time.Duration(l.Timeout) * time.Second
		s := oracle.Step{Kind: oracle.StepEcho, Fragment: l.Fragment, Count: l.Count, Timeout: limit}
		s.Frame.Opcode = wsproto.OpText
		unit := []byte("*")
		if l.Binary {
			s.Frame.Opcode = wsproto.OpBinary
			unit = []byte("\xfe")
		}
		switch {
		case l.Data != "":
			s.Payload = oracle.Payload{Source: l.Data, Len: l.Len}
		case l.Len > 0:
			s.Payload = oracle.Payload{Data: unit, Len: l.Len}
		}
		script.Steps = []oracle.Step{s}
		expect.Check = autobahn.CheckLoop
		expect.Timeout = limit
	}
	var answers []catalogue.DeflateAnswer
	for _, o := range r.Offers {
		script.Handshake.Offers = append(script.Handshake.Offers, o.Header)
		answers = append(answers, catalogue.DeflateAnswer{
			RequestNoContextTakeover: o.RequestNoContextTakeover,
			RequestMaxWindowBits:     o.RequestMaxWindowBits,
		})
		expect.Deflate = true
		expect.ReportRatios = true
	}
	for _, s := range script.Steps {
		if s.Kind == oracle.StepClose || s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpClose {
			script.End = oracle.EndAwait
		}
	}
	return script, expect, answers
}

// TestAutobahnAgainstReference holds every case against what was recorded of
// Autobahn itself.
func TestAutobahnAgainstReference(t *testing.T) {
	ref := readReference(t)
	cases := catalogue.Autobahn()
	if len(cases) != len(ref.Cases) {
		t.Errorf("%d cases, want the %d recorded ones", len(cases), len(ref.Cases))
	}
	for i, r := range ref.Cases {
		c := cases[i]
		t.Run(r.ID, func(t *testing.T) {
			if want := catalogue.AutobahnPrefix + r.ID; c.ID != want {
				t.Fatalf("case %d is %s, want %s", i+1, c.ID, want)
			}
			if c.Number != i+1 {
				t.Errorf("number %d, want %d", c.Number, i+1)
			}
			script, expect, answers := r.convert(t)
			if got := normalScript(c.Script); !reflect.DeepEqual(got, script) {
				t.Errorf("script\n got %+v\nwant %+v", got, script)
			}
			if got := normalExpectation(*c.Autobahn); !reflect.DeepEqual(got, expect) {
				t.Errorf("expectation\n got %+v\nwant %+v", got, expect)
			}
			if !reflect.DeepEqual(c.ServerDeflate, answers) {
				t.Errorf("answers %+v, want %+v", c.ServerDeflate, answers)
			}
		})
	}
}

func TestCategoriesAgainstReference(t *testing.T) {
	ref := readReference(t)
	names := make(map[string]string)
	for _, s := range catalogue.Categories() {
		names[s.ID] = s.Name
	}
	if !reflect.DeepEqual(names, ref.Categories) {
		t.Errorf("categories %v, want %v", names, ref.Categories)
	}
}
