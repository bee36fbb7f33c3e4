package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/oracle/autobahn"
	"github.com/wscheck/wscheck/wsproto"
)

const hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}--></style></title></svg>\x00\x1b[31m\u202e\u2028\xff`"

// hostileReport has hostile text wherever a peer, or a file that was loaded, can
// put some.
func hostileReport() *Report {
	octets := []byte(hostile)
	observed := []autobahn.Observation{
		{Kind: autobahn.Message, Payload: oracle.Payload{Data: octets}},
		{Kind: autobahn.Pong, Payload: oracle.Payload{Data: octets}},
		{Kind: autobahn.StillOpen, Tag: hostile},
	}
	c := &catalogue.Case{
		ID: "autobahn/" + hostile, Number: 1, Description: hostile, Expectation: hostile, RFC: []string{hostile},
		Autobahn: &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: hostile, Observed: observed}}, ReportTime: true},
	}
	k := newTalk()
	k.trace.Events = nil
	k.tx([]byte("GET /" + hostile + " HTTP/1.1\r\n\r\n")).rx([]byte("HTTP/1.1 101 " + hostile + "\r\nServer: " + hostile + "\r\n\r\n"))
	k.receive(wsproto.NewFrame(wsproto.OpText, true, octets)).receive(wsproto.NewFrame(3, true, octets))
	for kind := range oracle.EventOverflow + 1 {
		k.event(oracle.Event{Kind: kind, Tag: hostile, Data: octets})
	}
	k.closeBy(true, wsproto.CloseNormal, hostile)
	k.rec.Behavior, k.rec.BehaviorClose, k.rec.Result, k.rec.ResultClose = hostile, hostile, hostile, hostile
	k.rec.WasNotCleanReason, k.rec.Received = hostile, observed
	k.rec.Remote = &wsproto.ClosePayload{Code: 1000, HasCode: true, Reason: octets}
	k.rec.Traffic = &autobahn.Traffic{}
	result := k.result(c)
	result.RFC = oracle.Verdict{Outcome: oracle.Violation, Reason: hostile, Findings: []oracle.Finding{
		{Clause: hostile, Event: 3, Want: hostile, Got: hostile}, {Event: -5, Offset: -1},
	}}
	refused := newTalk()
	refused.trace.Events = nil
	own := refused.tx([]byte(fabricatedRequest)).rx(octets).result(&catalogue.Case{ID: hostile, Description: hostile})
	return &Report{
		Cases: []*catalogue.Case{c, own.Case}, Stopped: hostile, Judge: hostile,
		Agents: []*Agent{{Name: hostile, URL: hostile, Unreachable: hostile, Results: []*Result{result, own}}, {Name: hostile}},
	}
}

// pages returns every page of the report.
func pages(t *testing.T, r *Report) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	all := contents(t, dir)
	maps.DeleteFunc(all, func(name, _ string) bool { return !strings.HasSuffix(name, ".html") })
	return all
}

var (
	tagPattern  = regexp.MustCompile(`<(/?)([^\s>/]*)([^>]*)>`)
	attrPattern = regexp.MustCompile(`^(?:\s+[a-z-]+="[^"<>]*"|\s+(?:checked|hidden)|\s+[a-zA-Z0-9-]+="[^"<>]*")*\s*/?$`)
	attrName    = regexp.MustCompile(`\s([a-zA-Z0-9-]+)="[^"]*"`)
	hrefPattern = regexp.MustCompile(`href="([^"]*)"`)
	ownHref     = regexp.MustCompile(`^(?:[a-z0-9_]*\.html(?:#[a-z0-9_]+)?|#e\d+|wscheck\.json|index\.json)$`)
	allowedTags = strings.Fields(`a b body br code col colgroup dd desc details div dl dt fieldset footer form g h1 h2 h3
		head header html i input kbd label legend li line main meta nav p path pre rect script section small span style
		summary svg table tbody td text th thead title tr ul`)
	allowedAttrs = strings.Fields(`aria-label aria-labelledby autocomplete charset class colspan content d data-go height href
		http-equiv id lang name placeholder preserveAspectRatio rel role rx scope title type viewBox width x x1 x2 y y1 y2`)
	voidTags = []string{"meta", "input", "col", "br"}
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
	// The page's own style sheet and script are not markup.
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
	r := hostileReport()
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
				if !strings.Contains(page, "&lt;script&gt;alert(1)") {
					t.Error("the text is not there at all")
				}
			})
		}
	}
}

func TestPagesOfOrdinaryPeers(t *testing.T) {
	for name, page := range pages(t, fabricate(t, 24, 2)) {
		checkPage(t, page)
		if t.Failed() {
			t.Fatalf("in %s", name)
		}
	}
}

// The policy of each page names the hashes of its style sheet and script and
// lets nothing else in.
func TestPagePolicy(t *testing.T) {
	for name, page := range pages(t, fabricate(t, 1, 1)) {
		_, policy, _ := strings.Cut(page, `http-equiv="Content-Security-Policy" content="`)
		policy, _, _ = strings.Cut(policy, `"`)
		if !strings.HasPrefix(policy, "default-src 'none'; ") {
			t.Errorf("%s: the policy is %q", name, policy)
		}
		for _, part := range []string{"style", "script"} {
			_, text, _ := strings.Cut(page, "<"+part+">")
			text, _, _ = strings.Cut(text, "</"+part+">")
			sum := sha256.Sum256([]byte(text))
			if want := part + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; text == "" || !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", name, policy, want)
			}
		}
		if n := strings.Count(page, "<script"); n != 1 {
			t.Errorf("%s: %d scripts", name, n)
		}
		if strings.Contains(page, "http://") || strings.Contains(page, "https://") || strings.Contains(page, "url(") || strings.Contains(page, "@import") {
			t.Errorf("%s names an outside resource", name)
		}
	}
}

func TestPageIsBounded(t *testing.T) {
	k := newTalk()
	huge := strings.Repeat(hostile, 20_000)
	for range 2000 {
		k.receive(wsproto.NewFrame(wsproto.OpText, true, []byte(hostile)))
	}
	k.rx(wsproto.NewFrame(wsproto.OpText, true, []byte(huge)).AppendTo(nil))
	k.rec.Result, k.rec.HTTPResponse = huge, huge
	result := k.result(&catalogue.Case{ID: "autobahn/1.1.1", Number: 1, Autobahn: &autobahn.Expectation{}})
	for range 1000 {
		result.RFC.Findings = append(result.RFC.Findings, oracle.Finding{Want: huge, Got: huge})
	}
	r := &Report{Agents: []*Agent{{Name: huge, URL: huge, Results: []*Result{result}}}}
	for name, page := range pages(t, r) {
		if len(page) > 600<<10 {
			t.Errorf("%.40s has %d octets", name, len(page))
		}
	}
}

// The pages have every part that the pages of Autobahn's reports have.
func TestCasePageHasEveryPart(t *testing.T) {
	r := &Report{Agents: []*Agent{{Name: "gorilla", URL: "ws://127.0.0.1:9001/", Results: []*Result{failFast()}}}}
	page := pages(t, r)["gorilla_case_6_4_1.html"]
	for _, part := range []string{
		"Case 6.4.1", "gorilla", "2026-03-01T10:20:30.692Z", "✓ Pass", "1007",
		"A text message in three frames", "The connection fails at the second frame.",
		"Actual events match at least one expected.", "Expected for OK", "Expected for NON-STRICT", "Observed",
		"connection still open after wait A", "Connection was properly closed", "(OK)",
		"Sec-WebSocket-Key: w5r9PDIxdHKjIeYnNBqN1Q==", "HTTP/1.1 101 Switching Protocols",
		"isServer", "closedByMe", "failedByMe", "droppedByMe", "wasClean", "wasNotCleanReason",
		"wasServerConnectionDropTimeout", "wasOpenHandshakeTimeout", "wasCloseHandshakeTimeout",
		"localCloseCode", "localCloseReason", "remoteCloseCode", "remoteCloseReason",
		"Octets received by chop size", "Octets sent by chop size", "Frames received by opcode", "Frames sent by opcode",
		"Wire log", "1000.194", "CONT &lt;f4908080&gt; [4 octets, masked, continued]", "TCP was dropped by the peer",
		"Timers set: wait A of 1 s, which ended; wait B of 1 s.",
		"<svg", "wscheck client --cases autobahn/6.4.1 --agent gorilla ws://127.0.0.1:9001/",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("%q is missing", part)
		}
	}
}

func TestIndexRows(t *testing.T) {
	const cases = 100
	r := fabricate(t, cases, 4)
	p := newIndexPage(r, newLayout(r), allCases(r))
	if len(p.Parts) != 2 || p.Parts[0].Title == p.Parts[1].Title {
		t.Fatalf("%d parts", len(p.Parts))
	}
	rows := 0
	for _, part := range p.Parts {
		for _, group := range part.Groups {
			for _, row := range group.Rows {
				if row.Sub != "" {
					continue
				}
				rows++
				if len(row.Cells) != 4 {
					t.Errorf("%s has %d cells", row.ID, len(row.Cells))
				}
				loud := slices.ContainsFunc(row.Cells, func(c indexCell) bool { return strings.Contains(c.Class, "loud fail") })
				if failed := slices.Contains(strings.Fields(row.Class), "f"); failed != loud {
					t.Errorf("%s: class %q with loud cells: %v", row.ID, row.Class, loud)
				}
			}
		}
	}
	if rows != cases+len(ownCases()) {
		t.Errorf("%d rows", rows)
	}
	if got := p.Parts[1].Groups[0].Name; got != "RFC 6455" {
		t.Errorf("our own cases begin with the group %q", got)
	}
}

func TestIndexCell(t *testing.T) {
	result := failFast()
	result.Case.Autobahn.ReportTime, result.Case.Autobahn.ReportRatios = true, true
	result.Record.Traffic = &autobahn.Traffic{In: autobahn.Flow{OctetsApp: 1000, OctetsWebSocket: 123}}
	result.RFC.Outcome = oracle.Allowed
	cell := (&Report{Judge: JudgeAutobahn}).indexCell("x.html", result)
	got := fmt.Sprint(cell.Main, *cell.Close, *cell.RFC, " ", cell.Time, " ", cell.Class)
	if want := "{Pass ok} {1007 ok} { note} 1000 ms [0.123/-] c"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	result.Record.BehaviorClose = autobahn.Unclean
	if cell := (&Report{Judge: JudgeAutobahn}).indexCell("x.html", result); cell.Class != "c loud fail" || cell.Close.Text != "Unclean" {
		t.Errorf("unclean: %+v", cell)
	}
}

func TestMarkupEscapes(t *testing.T) {
	m := &markup{}
	m.raw("<b>").text("a<b>&\"'\x00é").num(-5).raw("</b>")
	if got, want := string(m.html()), "<b>a&lt;b&gt;&amp;&#34;&#39;\uFFFDé-5</b>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
