package page

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Case is a result, and what else its page says.
type Case struct {
	Report     *report.Report // without agents
	Agent      *report.Agent
	Name       string // the agent's, as shown
	Clean      string // the part of file names that stands for it
	Result     *report.Result
	Place      int // of the case among all
	Prev, Next *Link
}

// casePage is what the page of one case shows: in its markup what the verdict
// rests on, and all else by its script. Everything in it is visible text.
type casePage struct {
	Head, Script template.HTML

	ID, Title, Anchor string
	Agent, URL        string
	Prev, Next        *Link

	Main          report.Label  // the verdict that counts
	Verdicts      []verdictView // Main's judge first
	Took, Started string
	Reason        string // why the RFC verdict is unsupported or inconclusive

	Description, Expectation string
	Sections, Clauses        []string // of the RFCs that the case is about

	Findings     []findingView
	MoreFindings string
	Command      string

	Drawn caseData
}

// verdictView is a verdict and who gives it.
type verdictView struct {
	Judge string
	report.Label
}

// Link leads to the page of another case of the same agent.
type Link struct{ Href, ID string }

// ShownID is the id under which a page shows the case: Autobahn's own where it
// has one.
func ShownID(c *catalogue.Case) string {
	if id, ok := report.AutobahnID(c); ok {
		return visible.Text(id, 120)
	}
	return visible.Text(c.ID, 120)
}

// findingView is one finding.
type findingView struct {
	Clause, Level, Text, Note string
	Want, Got, Where          string
	Event                     int
	Linked                    bool // the event is in the wire log
	Tone                      report.Tone
}

// maxFindings bounds the findings of a page.
const maxFindings = 20

// outcomeView is the outcome by Autobahn's lists of what has to be received.
type outcomeView struct {
	Result   string         `json:"result"`
	Check    string         `json:"check"` // what is checked where there are no lists
	Expected []expectedView `json:"expected,omitempty"`
	Observed []string       `json:"observed,omitempty"`
}

type expectedView struct {
	Name string   `json:"name"`
	Seen []string `json:"seen,omitempty"`
}

// handshakeView is one direction of the opening handshake.
type handshakeView struct {
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

func newCasePage(job *Case) *casePage {
	r, result := job.Report, job.Result
	c, conv := result.Case, transcript.New(result.Trace)
	log := transcript.Log(conv, result.RFC.Findings, result.Omitted)
	p := &casePage{
		Head: caseAssets.head, Script: caseAssets.script,
		ID:          ShownID(c),
		Anchor:      report.CaseSlug(c),
		Agent:       visible.Text(job.Name, 200),
		URL:         visible.Text(job.Agent.URL, 400),
		Prev:        job.Prev,
		Next:        job.Next,
		Main:        r.VerdictLabel(result),
		Verdicts:    []verdictView{{"RFC", report.OutcomeLabel(result.RFC.Outcome)}},
		Took:        visible.Span(result.Duration),
		Started:     result.Started.UTC().Format(autobahn.TimeForm),
		Reason:      visible.Text(result.RFC.Reason, 1000),
		Description: visible.Lines(c.Description, 8000),
		Expectation: visible.Lines(c.Expectation, 8000),
		Command:     r.Rerun(job.Agent, c.ID, job.Name),
		Drawn: caseData{
			Place:     job.Place,
			Agent:     job.Clean,
			Diagram:   newDiagram(conv, r.Role, result.RFC.Findings),
			Handshake: handshake(r.Role, conv, result.Record),
			Stats:     wireStats(conv, result.Record),
			Log:       log,
			LogNote:   logNote(result),
		},
	}
	p.Title = p.ID
	if _, ok := report.AutobahnID(c); ok {
		p.Title = "Case " + p.ID
	}
	for _, section := range c.RFC {
		p.Sections = append(p.Sections, visible.Text(section, 60))
	}
	for _, id := range c.Clauses {
		p.Clauses = append(p.Clauses, visible.Text(string(id), 120))
	}
	p.Findings, p.MoreFindings = findings(result, log)
	if rec := result.Record; rec != nil {
		p.Verdicts = append(p.Verdicts, verdictView{"Autobahn", report.BehaviorLabel(rec.Behavior)}, verdictView{"Close", report.CloseLabel(rec)})
		if r.Judge == report.JudgeAutobahn {
			p.Verdicts = append(p.Verdicts[1:], p.Verdicts[0])
		}
		p.Drawn.record(r.Role, result)
	}
	return p
}

// record adds what Autobahn's record of the result has.
func (d *caseData) record(role wsproto.Role, result *report.Result) {
	rec := result.Record
	d.Outcome = newOutcomeView(result.Case.Autobahn, rec, result.Omitted.Seen)
	d.Closing = newClosingView(role, rec)
	if rec.Traffic != nil {
		d.Stats = append(d.Stats, trafficTable(rec.Traffic))
	}
	d.Timers = transcript.Timers(rec)
	d.Dropped = "TCP was dropped by the peer"
	if rec.DroppedByMe {
		d.Dropped = "TCP was dropped by us"
	}
}

// logNote says what the report does not have of a long conversation, "" if it has
// all.
func logNote(result *report.Result) string {
	o := result.Omitted
	if o == (report.Omission{}) && !result.Trace.Elided() {
		return ""
	}
	note := "This conversation was long: of the later reads and writes the log keeps the first octets only."
	var left []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{o.Events, "event", "events"}, {o.Rows, "row of Autobahn’s log", "rows of Autobahn’s log"},
		{o.Seen, "observation", "observations"}, {o.Sizes, "size of reads or writes", "sizes of reads or writes"},
	} {
		if part.n > 0 {
			left = append(left, plural.Of(part.n, part.one, part.many))
		}
	}
	if len(left) > 0 {
		note += " Left out of the report: " + strings.Join(left, ", ") + "."
	}
	return note
}

// findings shows the findings with the clauses that they name, the gravest first,
// and says how many more there are.
func findings(result *report.Result, log []transcript.LogLine) (views []findingView, more string) {
	logged := make(map[int]bool, len(log))
	for i := range log {
		if log[i].Kind != "gap" {
			logged[log[i].Event] = true
		}
	}
	for i, f := range result.Findings() {
		if i == maxFindings {
			return views, plural.Of(len(result.RFC.Findings)-maxFindings, "more finding") + " not shown"
		}
		v := findingView{
			Clause: visible.Text(string(f.Clause), 200),
			Want:   visible.Text(f.Want, 400),
			Got:    visible.Text(f.Got, 400),
			Where:  "after " + plural.Of(int(f.Offset), "octet") + " from the peer",
			Event:  f.Event,
			Linked: logged[f.Event],
			Tone:   report.OutcomeLabel(f.Outcome).Tone,
		}
		if clause := oracle.Lookup(f.Clause); clause != nil {
			v.Level, v.Text, v.Note = clause.Section, clause.String(), clause.Note
		}
		views = append(views, v)
	}
	return views, ""
}

func newOutcomeView(x *autobahn.Expectation, rec *autobahn.Record, omitted int) *outcomeView {
	v := &outcomeView{Result: visible.Text(rec.Result, 1000), Observed: seen(rec.Received, omitted), Check: "not recorded"}
	if x == nil {
		return v
	}
	switch x.Check {
	case autobahn.CheckLists:
		v.Check = "anything"
		for _, outcome := range x.Outcomes {
			v.Expected = append(v.Expected, expectedView{visible.Text(string(outcome.Behavior), 40), seen(outcome.Observed, 0)})
		}
	case autobahn.CheckEcho:
		v.Check = "one echo of the same type and content within " + visible.Span(x.Timeout)
	case autobahn.CheckLoop:
		v.Check = "an echo of each message, of the same type and content, all within " + visible.Span(x.Timeout)
	}
	return v
}

// maxSeen bounds the observations that a page shows of one list.
const maxSeen = 40

// seen shows a list of what was, or has to be, received. omitted is how many more
// there were.
func seen(list []autobahn.Observation, omitted int) []string {
	var lines []string
	for i := range list {
		if i == maxSeen {
			return append(lines, "… and "+plural.Decimal(len(list)-maxSeen+omitted)+" more")
		}
		o := &list[i]
		opcode := map[autobahn.ObservationKind]wsproto.Opcode{
			autobahn.Message: wsproto.OpText, autobahn.Ping: wsproto.OpPing, autobahn.Pong: wsproto.OpPong,
		}[o.Kind]
		if o.Kind == autobahn.StillOpen {
			lines = append(lines, "connection still open after wait "+visible.Text(o.Tag, 60))
			continue
		}
		if o.Binary {
			opcode = wsproto.OpBinary
		}
		size := o.Payload.Size()
		prefix := o.Beginning(autobahn.KeptPayload)
		f := wsproto.Collected{Frame: wsproto.NewFrame(opcode, true, prefix), Elided: uint64(size - len(prefix))}
		f.Header.Length = uint64(size)
		lines = append(lines, f.String())
	}
	return lines
}

// handshake is the opening handshake in both directions, as it went over the
// wire.
func handshake(role wsproto.Role, c *transcript.Transcript, rec *autobahn.Record) []handshakeView {
	sent, received := string(c.Sent.Head), string(c.Received.Head)
	if rec != nil {
		request, response := string(rec.HTTPRequest), string(rec.HTTPResponse)
		if role == wsproto.Server {
			request, response = response, request
		}
		sent = cmp.Or(sent, request)
		received = cmp.Or(received, response)
	}
	show := func(s string) string { return strings.TrimRight(visible.Lines(s, 8<<10), "\n") }
	views := []handshakeView{{"Sent by us", show(sent)}, {"Received", show(received)}}
	if role == wsproto.Server {
		views[0], views[1] = views[1], views[0] // the request comes first
	}
	return views
}

// caseData is what the script of a case's page draws. Everything in it is visible
// text, but for octets.
type caseData struct {
	Place     int                  `json:"place"` // of the case among all
	Agent     string               `json:"agent"` // the part of file names that stands for it
	Outcome   *outcomeView         `json:"outcome,omitempty"`
	Diagram   *diagram             `json:"diagram"`
	Handshake []handshakeView      `json:"handshake"`
	Closing   *closingView         `json:"closing,omitempty"`
	Stats     []statsTable         `json:"stats"`
	Log       []transcript.LogLine `json:"log"`
	LogNote   string               `json:"logNote,omitempty"`
	Timers    string               `json:"timers,omitempty"`
	Dropped   string               `json:"dropped,omitempty"`
}

// deflaters are compressors: each has a large table.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriterDict(nil, flate.BestCompression, []byte(dictionary)) // no error: there is such a level
	return w
}}

// Data returns the element that holds the data: JSON, compressed, in base64, for
// a report has thousands of pages.
func (p *casePage) Data() (template.HTML, error) {
	text, err := json.Marshal(&p.Drawn)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	w.Write(text) // a buffer has no errors
	w.Close()
	return template.HTML(`<script type="text/plain" id="data">` + base64.StdEncoding.EncodeToString(b.Bytes()) + `</script>`), nil
}

// WriteCase writes the page of a result into b.
func WriteCase(b *bytes.Buffer, c *Case) error {
	return caseTemplate.Execute(b, newCasePage(c))
}
