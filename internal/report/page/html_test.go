package page

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// pages returns every page of the report.
func pages(t *testing.T, r *report.Report) map[string]string {
	t.Helper()
	all, l := map[string]string{}, report.NewLayout(r)
	var b bytes.Buffer
	keep := func(name string, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all[name+".html"] = b.String()
		b.Reset()
	}
	keep("index", WriteIndex(&b, r, l))
	for i, agent := range r.Agents {
		a := l.Agents[i]
		var prev *Link
		for _, result := range agent.Results {
			file := a.Files[result.Case.ID]
			keep(file, WriteCase(&b, &Case{Report: r, Agent: agent, Name: a.Name, Clean: a.Clean, Result: transcript.Clip(result), Prev: prev}))
			prev = &Link{Href: file + ".html", ID: ShownID(result.Case)}
		}
	}
	return all
}

var (
	tagPattern  = regexp.MustCompile(`<(/?)([^\s>/]*)([^>]*)>`)
	attrPattern = regexp.MustCompile(`^(?:\s+[a-z-]+="[^"<>]*"|\s+(?:checked|hidden)|\s+[a-zA-Z0-9-]+="[^"<>]*")*\s*/?$`)
	attrName    = regexp.MustCompile(`\s([a-zA-Z0-9-]+)="[^"]*"`)
	hrefPattern = regexp.MustCompile(`href="([^"]*)"`)
	ownHref     = regexp.MustCompile(`^(?:[a-z0-9_]*\.html(?:#[a-z0-9_]+)?|#e\d+|#c=[A-Za-z0-9%._-]+|wscheck\.json|index\.json|wscheck-[0-9a-f]{8}\.css)$`)
	ownScripts  = regexp.MustCompile(`<script (?:src="wscheck-(?:failed|[0-9a-f]{8})\.js"|type="text/plain" id="data"|type="application/json" id="data")>[^<>]*</script>`)
	allowedTags = strings.Fields(`a b body br button circle code dd details div dl dt fieldset figcaption figure footer form h1 h2 h3
		head header html i input kbd label legend li line link main meta nav noscript option p path pre rect script section select
		small span style summary svg table tbody td text th thead title tr ul`)
	allowedAttrs = strings.Fields(`aria-label autocomplete charset class content cx cy d data-go height href http-equiv id lang name
		placeholder preserveAspectRatio r rel role scope title type value viewBox width x x1 x2 y y1 y2`)
	voidTags = []string{"meta", "input", "link", "br"}
)

// checkPage holds a page to its promises: every tag is one of ours and closed,
// attributes are quoted and none can run or load anything, and links stay within
// the report.
func checkPage(t *testing.T, page string) {
	t.Helper()
	rest, found := strings.CutPrefix(page, "<!DOCTYPE html>")
	if !found {
		t.Error("no doctype")
	}
	// The page's own style sheet, scripts and data are not markup.
	rest = ownScripts.ReplaceAllString(rest, "")
	for _, end := range []string{"style", "script"} {
		before, after, _ := strings.Cut(rest, "<"+end+">")
		_, after, _ = strings.Cut(after, "</"+end+">")
		rest = before + after
	}
	var open []string
	for _, tag := range tagPattern.FindAllStringSubmatch(rest, -1) {
		closing, name, attrs := tag[1] != "", tag[2], tag[3]
		if !slices.Contains(allowedTags, name) || name == "script" || name == "style" {
			t.Errorf("the tag %.80q", tag[0])
			continue
		}
		if !attrPattern.MatchString(attrs) {
			t.Errorf("the attributes of %.200q", tag[0])
		}
		for _, attr := range attrName.FindAllStringSubmatch(attrs, -1) {
			if !slices.Contains(allowedAttrs, attr[1]) {
				t.Errorf("the attribute %s of %.200q", attr[1], tag[0])
			}
		}
		switch {
		case closing:
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("%s closes %v", tag[0], open)
			}
			open = open[:len(open)-1]
		case !slices.Contains(voidTags, name) && !strings.HasSuffix(attrs, "/"):
			open = append(open, name)
		}
	}
	if len(open) != 0 {
		t.Errorf("left open: %v", open)
	}
	for _, href := range hrefPattern.FindAllStringSubmatch(rest, -1) {
		if !ownHref.MatchString(href[1]) {
			t.Errorf("the link %q", href[1])
		}
	}
	for _, c := range page {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("the page has %U", c)
			break
		}
	}
}

func TestPagesOfHostilePeers(t *testing.T) {
	r := reporttest.HostileReport()
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		r.Role = role
		for name, page := range pages(t, r) {
			t.Run(role.String()+"/"+name, func(t *testing.T) {
				checkPage(t, page)
				for _, bad := range []string{"<script>alert", "<img", "onerror=alert(2)>"} {
					if strings.Contains(page, bad) {
						t.Errorf("the page has %s", bad)
					}
				}
				if name != "index.html" {
					for _, c := range drawn(t, page) {
						if c != '\n' && !unicode.IsPrint(c) && c > 0xff { // below, octets
							t.Errorf("the data has %U", c)
							break
						}
					}
				}
				if !strings.Contains(page, "&lt;script&gt;alert(1)") {
					t.Error("the text is not there at all")
				}
			})
		}
	}
}

func TestPagesOfOrdinaryPeers(t *testing.T) {
	for name, page := range pages(t, reporttest.Fabricate(t, 24, 2)) {
		checkPage(t, page)
		if t.Failed() {
			t.Fatalf("in %s", name)
		}
	}
}

// drawn returns the data of a case's page as text.
func drawn(t *testing.T, page string) string {
	t.Helper()
	_, data, _ := strings.Cut(page, `<script type="text/plain" id="data">`)
	data, _, _ = strings.Cut(data, "</script>")
	packed, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(flate.NewReaderDict(bytes.NewReader(packed), []byte(dictionary)))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPagePolicy holds the policy of each page to what belongs to it: the index
// names the hashes of its style sheet and script, the page of a case allows files
// that lie beside it.
func TestPagePolicy(t *testing.T) {
	for name, page := range pages(t, reporttest.Fabricate(t, 1, 1)) {
		_, policy, _ := strings.Cut(page, `http-equiv="Content-Security-Policy" content="`)
		policy, _, _ = strings.Cut(policy, `"`)
		if !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: the policy is %q", name, policy)
		}
		for _, part := range []string{"style", "script"} {
			want := part + "-src 'self'"
			if name == "index.html" {
				_, text, _ := strings.Cut(page, "<"+part+">")
				text, _, _ = strings.Cut(text, "</"+part+">")
				sum := sha256.Sum256([]byte(text))
				want = part + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			}
			if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: the policy %q lacks %s", name, policy, want)
			}
		}
		page = strings.ReplaceAll(page, "http://www.w3.org/2000/svg", "") // a name, not a place
		if strings.Contains(page, "http://") || strings.Contains(page, "https://") || strings.Contains(page, "url(") || strings.Contains(page, "@import") {
			t.Errorf("%s names an outside resource", name)
		}
	}
	for name, text := range caseAssets.files {
		if strings.Contains(text, "innerHTML") || strings.Contains(text, "url(") || strings.Contains(text, "@import") {
			t.Errorf("%s makes markup of text, or names an outside resource", name)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	k := reporttest.NewTalk()
	huge := strings.Repeat(reporttest.Hostile, 20_000)
	for range 2000 {
		k.Receive(wsproto.NewFrame(wsproto.OpText, true, []byte(reporttest.Hostile)))
	}
	k.Rx(wsproto.NewFrame(wsproto.OpText, true, []byte(huge)).AppendTo(nil))
	k.Rec.Result, k.Rec.HTTPResponse = huge, []byte(huge)
	result := k.Result(&catalogue.Case{ID: "autobahn/1.1.1", Number: 1, Autobahn: &autobahn.Expectation{}})
	for range 1000 {
		result.RFC.Findings = append(result.RFC.Findings, oracle.Finding{Want: huge, Got: huge})
	}
	r := &report.Report{Agents: []*report.Agent{{Name: huge, URL: huge, Results: []*report.Result{result}}}}
	for name, page := range pages(t, r) {
		if len(page) > 600<<10 {
			t.Errorf("%.40s has %d octets", name, len(page))
		}
	}
}

// The pages have every part that the pages of Autobahn's reports have.
func TestCasePageHasEveryPart(t *testing.T) {
	r := &report.Report{Agents: []*report.Agent{{Name: "gorilla", URL: "ws://127.0.0.1:9001/", Results: []*report.Result{reporttest.FailFast()}}}}
	page := pages(t, r)["gorilla_case_6_4_1.html"]
	page += drawn(t, page)
	for _, part := range []string{
		"Case 6.4.1", "gorilla", "2026-03-01T10:20:30.692Z", "✓ Pass", "1007",
		"A text message in three frames", "The connection fails at the second frame.",
		"Actual events match at least one expected.", `{"name":"OK"`, `{"name":"NON-STRICT"`, "observed",
		"connection still open after wait A", "Connection was properly closed", `"behavior":"OK"`,
		"Sec-WebSocket-Key: w5r9PDIxdHKjIeYnNBqN1Q==", "HTTP/1.1 101 Switching Protocols",
		"isServer", "closedByMe", "failedByMe", "droppedByMe", "wasClean", "wasNotCleanReason",
		"wasServerConnectionDropTimeout", "wasOpenHandshakeTimeout", "wasCloseHandshakeTimeout",
		"localCloseCode", "localCloseReason", "remoteCloseCode", "remoteCloseReason",
		"Octets received by chop size", "Octets sent by chop size", "Frames received by opcode", "Frames sent by opcode",
		"1000.194", `CONT \u003cf4908080\u003e [4 octets, masked, continued]`, "TCP was dropped by the peer",
		"wait A of 1 s, which ended; wait B of 1 s", `"kind":"arrow"`, "wscheck client --cases autobahn/6.4.1 --agent gorilla ws://127.0.0.1:9001/",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is missing", part)
		}
	}
}

// cellsOf returns the cells of an agent, one for each case that has a row: nil for
// one that did not run.
func cellsOf(d *indexData, a *dataAgent) (cells []*indexCell) {
	for _, n := range a.Cells {
		if n < 0 {
			cells = append(cells, make([]*indexCell, -n)...)
		} else {
			cells = append(cells, &d.Cells[n])
		}
	}
	return cells
}

func TestIndexRows(t *testing.T) {
	const cases = 100
	r := reporttest.Fabricate(t, cases, 4)
	d := newIndexPage(r, report.NewLayout(r), report.AllCases(r)).Drawn
	var ids, sections []string
	for _, s := range d.Sections {
		sections = append(sections, s.Name)
		for _, sub := range s.Subs {
			for _, c := range sub.Cases {
				ids = append(ids, c[0])
			}
		}
	}
	if len(ids) != cases+len(reporttest.OwnCases()) || ids[0] != "1.1.1" || ids[cases] != "rfc6455/4.2.1/key-17-octets" {
		t.Errorf("%d rows: %q", len(ids), ids)
	}
	if sections[0] != "1 Framing" || !slices.Contains(sections, "RFC 6455, section 5") || sections[len(sections)-1] != "Wscheck" {
		t.Errorf("the sections are %q", sections)
	}
	for i := range d.Agents {
		cells, failed := cellsOf(&d, &d.Agents[i]), 0
		for _, c := range cells {
			if c.Failed != (c.Main.Tone == report.ToneFail) {
				t.Errorf("%s: a cell that fails or not is led by %+v", d.Agents[i].Name, c.Main)
			}
			if c.Failed {
				failed++
			}
		}
		if want := r.Count(r.Agents[i]).Failed; len(cells) != len(ids) || failed != want {
			t.Errorf("%s: %d cells, %d fail, want %d", d.Agents[i].Name, len(cells), failed, want)
		}
		if len(d.Agents[i].Files) != 0 {
			t.Errorf("%s has file names that are not the plain ones: %v", d.Agents[i].Name, d.Agents[i].Files)
		}
	}
}

// TestIndexCell leads with what decides, by each judge.
func TestIndexCell(t *testing.T) {
	result := reporttest.FailFast()
	result.Case.Autobahn.ReportTime, result.Case.Autobahn.ReportRatios = true, true
	result.Record.Traffic = &autobahn.Traffic{In: autobahn.Flow{OctetsApp: 1000, OctetsWebSocket: 123}}
	result.RFC.Outcome = oracle.Allowed
	if got, want := measured(result), "1000 ms [0.123/-]"; got != want {
		t.Errorf("measured %q, want %q", got, want)
	}
	for _, test := range []struct {
		judge  report.Judge
		change func(*report.Result)
		want   string
	}{
		{report.JudgeAutobahn, func(*report.Result) {}, "{Pass ok} {1007 ok} {Allowed note} failed=false apart=true"},
		{report.JudgeRFC, func(*report.Result) {}, "{Allowed note} {1007 ok} {Pass ok} failed=false apart=true"},
		{report.JudgeRFC, func(r *report.Result) { r.RFC.Outcome = oracle.Violation }, "{Violation fail} {1007 ok} {Pass ok} failed=true apart=true"},
		{report.JudgeAutobahn, func(r *report.Result) { r.Record.BehaviorClose = autobahn.Unclean }, "{Fail on close fail} {Unclean fail} {Allowed note} failed=true apart=true"},
		{report.JudgeRFC, func(r *report.Result) { r.Died = "exit status 2" }, "{Peer died fail} {1007 ok} {Pass ok} failed=true apart=true"},
	} {
		r := *result
		rec := *result.Record
		r.Record = &rec
		test.change(&r)
		c := newIndexCell(&report.Report{Judge: test.judge}, &r)
		if got := fmt.Sprintf("%v %v %v failed=%v apart=%v", c.Main, c.Close, c.Other, c.Failed, c.Apart); got != test.want {
			t.Errorf("by %s: got %s, want %s", test.judge, got, test.want)
		}
	}
}

// TestIndexGroups has a group for each clause, with a case of each agent and the
// words by which the table finds the rest.
func TestIndexGroups(t *testing.T) {
	r := reporttest.Fabricate(t, 100, 4)
	l := report.NewLayout(r)
	p := newIndexPage(r, l, report.AllCases(r))
	total := 0
	for _, g := range p.Failing {
		total += g.count
		at := slices.Index(p.Drawn.Labels, g.Label)
		if at < 0 || g.Verdict.Tone != report.ToneFail || g.Sentence == "" {
			t.Fatalf("%+v", g)
		}
		found := 0
		for i := range p.Drawn.Agents {
			for _, c := range cellsOf(&p.Drawn, &p.Drawn.Agents[i]) {
				if c.Failed && slices.Contains(c.Labels, at) {
					found++
				}
			}
		}
		if found != g.count {
			t.Errorf("%s: %d results, and the table finds %d", g.Label, g.count, found)
		}
	}
	want := 0
	for _, a := range r.Agents {
		want += r.Count(a).Failed
	}
	if total != want || len(p.Noted) == 0 {
		t.Errorf("the groups have %d results that fail, want %d, and %d groups of others", total, want, len(p.Noted))
	}
	listed := 0
	for _, c := range p.List {
		listed += len(c.Agents)
	}
	if listed != want {
		t.Errorf("%d results are listed for browsers without scripts, want %d", listed, want)
	}
}

// TestPlots draws what sections 9 and 12 measured.
func TestPlots(t *testing.T) {
	r := &report.Report{Judge: report.JudgeRFC}
	a := &report.Agent{Name: "<b>"}
	for _, c := range catalogue.Autobahn() {
		category, _ := c.Sections()
		if category.ID != "9" && category.ID != "12" {
			continue
		}
		rec := &autobahn.Record{Behavior: autobahn.OK, BehaviorClose: autobahn.OK}
		if category.ID == "12" {
			rec.Traffic = &autobahn.Traffic{In: autobahn.Flow{OctetsApp: 1000, OctetsWebSocket: 250}}
		}
		a.Results = append(a.Results, &report.Result{Case: c, Duration: 500 * time.Millisecond, Record: rec})
	}
	r.Agents = []*report.Agent{a, {Name: "none"}}
	p := newIndexPage(r, report.NewLayout(r), report.AllCases(r))
	if len(p.Plots) != 8+5 {
		t.Fatalf("%d plots", len(p.Plots))
	}
	for _, test := range []struct {
		plot   int
		at     string
		points int
		value  float64
	}{{0, "64K", 6, 0.125}, {2, "64", 9, 8}, {6, "0", 6, 2000}, {8, "16", 10, 0.25}} {
		plot := p.Plots[test.plot]
		if plot.X[0] != test.at || len(plot.X) != test.points || plot.Lines[0].Values[0] != test.value || !math.IsNaN(plot.Lines[1].Values[0]) {
			t.Errorf("%s is %+v", plot.Title, plot)
		}
		if svg := string(plot.SVG()); !strings.Contains(svg, "&lt;b&gt;: ") || strings.Count(svg, "<circle") != test.points || strings.Contains(svg, "NaN") {
			t.Errorf("%s is drawn as %s", plot.Title, svg)
		}
	}
	if p := newIndexPage(&report.Report{}, report.EmptyLayout(), nil); len(p.Plots) != 0 {
		t.Errorf("%d plots of nothing", len(p.Plots))
	}
}

func TestMarkupEscapes(t *testing.T) {
	m := &markup{}
	m.raw("<b>").text("a<b>&\"'\x00é").num(-5).raw("</b>")
	if got, want := string(m.html()), "<b>a&lt;b&gt;&amp;&#34;&#39;\uFFFDé-5</b>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCountsOfUnsupported has the page count what a peer does not support apart, as the
// summary does.
func TestCountsOfUnsupported(t *testing.T) {
	r := reporttest.Mixed()
	c := r.Count(r.Agents[0])
	if c.Unsupported != 1 || c.Noted != c.Remarked()+1 {
		t.Errorf("%+v", c)
	}
	if want := `<dt>not supported</dt><dd>1</dd>`; !strings.Contains(pages(t, r)["index.html"], want) {
		t.Errorf("%q is missing from the page", want)
	}
	sum := 0
	for _, part := range bar(c) {
		sum += part.Width
	}
	if sum != c.Cases-c.Known {
		t.Errorf("the bar has %d cases of %d", sum, c.Cases)
	}
}
