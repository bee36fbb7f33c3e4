//go:build unix

package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/browser"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// axeEnv names axe-core's axe.min.js.
const axeEnv = "WSCHECK_AXE"

var policyPattern = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// drive opens a page of a report in a browser and returns what a script made of
// it: the body of an async function. The page is served without its policy, which
// would not let the script in.
func drive(t testing.TB, dir, page, script string, result any, flags ...string) {
	t.Helper()
	binary := browser.Binary(t)
	answer := make(chan []byte, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /result", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		select {
		case answer <- b:
		default:
		}
	})
	mux.HandleFunc("GET /axe.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, os.Getenv(axeEnv)) })
	mux.HandleFunc("GET /report/{name}", func(w http.ResponseWriter, r *http.Request) {
		b, err := os.ReadFile(filepath.Join(dir, path.Base(r.PathValue("name"))))
		if err != nil {
			if path.Base(r.URL.Path) == page {
				t.Error(err)
				answer <- []byte("null")
			}
			http.NotFound(w, r)
			return
		}
		text := string(b)
		switch path.Ext(r.URL.Path) {
		case ".css":
			w.Header().Set("Content-Type", "text/css")
		case ".js":
			w.Header().Set("Content-Type", "text/javascript")
		case ".html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			text = policyPattern.ReplaceAllString(text, `<script>var alerts = 0; alert = () => alerts++;</script>`)
			text = strings.Replace(text, "</body>", `<script src="/axe.js"></script><script>(async () => {
				const $ = (q) => document.querySelector(q), all = (q) => [...document.querySelectorAll(q)];
				const press = (key) => (document.activeElement || document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
				const frame = () => new Promise((done) => setTimeout(done, 100));
				let result;
				try { result = await (async () => {`+script+`})(); } catch (err) { result = { error: String(err.stack) }; }
				await fetch("/result", { method: "POST", body: JSON.stringify(result) });
			})()</script></body>`, 1)
		}
		_, _ = io.WriteString(w, text)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	run := browser.Start(t, binary, server.URL+"/report/"+page, append(flags, "--window-size=1280,900")...)
	defer run.Stop()
	select {
	case b := <-answer:
		var failed struct{ Error string }
		if json.Unmarshal(b, &failed) == nil && failed.Error != "" {
			t.Fatal(failed.Error)
		}
		if err := json.Unmarshal(b, result); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	case err := <-run.Ended:
		t.Fatalf("the browser ended: %v\n%s", err, run.Output())
	case <-time.After(browser.Limit):
		t.Fatalf("no result within %v\n%s", browser.Limit, run.Output())
	}
}

// whole is a report of all cases of servers with so many agents, each of which
// fails some.
func whole(agents int) *report.Report {
	r := &report.Report{Role: wsproto.Client, Judge: report.JudgeRFC, Started: reporttest.FabricatedStart, Took: time.Minute, Cases: catalogue.For(wsproto.Client)}
	for a := range agents {
		agent := &report.Agent{Name: fmt.Sprintf("agent %d, version 1.%d", a, a), URL: "ws://127.0.0.1:9001/"}
		for i, c := range r.Cases {
			result := reporttest.Spoil(reporttest.NewTalk().CloseBy(true, wsproto.CloseNormal, ""), c, a+1, i)
			for k, f := range result.RFC.Findings {
				if len(c.Clauses) > 0 {
					f.Clause = c.Clauses[i%len(c.Clauses)]
					result.RFC.Findings[k] = f
				}
			}
			agent.Results = append(agent.Results, transcript.Slim(result))
		}
		r.Agents = append(r.Agents, agent)
	}
	return r
}

// TestIndexIsSmall bounds the index of a report on five agents.
func TestIndexIsSmall(t *testing.T) {
	var b bytes.Buffer
	r := whole(5)
	if err := page.WriteIndex(&b, r, report.NewLayout(r)); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Errorf("%d cases of 5 agents take %d octets", len(r.Cases), b.Len())
	}
}

// BenchmarkIndexInBrowser opens the index of a report on five agents and sets a
// filter. It reports milliseconds since the navigation began: when the page's script
// began, when it was ready, and when the first filter was applied and laid out.
func BenchmarkIndexInBrowser(b *testing.B) {
	browser.Binary(b)
	r := whole(5)
	dir := b.TempDir()
	var index bytes.Buffer
	if err := page.WriteIndex(&index, r, report.NewLayout(r)); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), index.Bytes(), 0o666); err != nil {
		b.Fatal(err)
	}
	var sum struct{ Begun, Ready, Filtered float64 }
	for b.Loop() {
		var got struct{ Begun, Ready, Filtered float64 }
		drive(b, dir, "index.html", `
			$("#search").value = "utf8-fail";
			$("#search").dispatchEvent(new Event("input"));
			const height = document.body.offsetHeight; // lays it out
			const at = (name) => performance.getEntriesByName("wscheck-" + name)[0].startTime;
			return { Begun: at("begun"), Ready: at("ready"), Filtered: performance.now() };`, &got)
		sum.Begun, sum.Ready, sum.Filtered = sum.Begun+got.Begun, sum.Ready+got.Ready, sum.Filtered+got.Filtered
	}
	b.ReportMetric(0, "ns/op") // that of the browser's start, which says nothing
	b.ReportMetric(sum.Begun/float64(b.N), "ms-begun")
	b.ReportMetric(sum.Ready/float64(b.N), "ms-ready")
	b.ReportMetric(sum.Filtered/float64(b.N), "ms-filtered")
	b.ReportMetric(float64(index.Len())/1024, "KiB")
}

// TestIndexInBrowser searches, filters and moves by keys, in a report of all cases
// of five agents.
func TestIndexInBrowser(t *testing.T) {
	browser.Binary(t)
	r := whole(5)
	dir := t.TempDir()
	var b bytes.Buffer
	if err := page.WriteIndex(&b, r, report.NewLayout(r)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	const clause = "rfc6455/8.1/utf8-fail"
	breaking, failing := 0, 0
	for i := range r.Cases {
		breaks, fails := false, false
		for _, a := range r.Agents {
			fails = fails || a.Results[i].Failed(r.Judge)
			for _, f := range a.Results[i].RFC.Findings {
				breaks = breaks || f.Clause == clause
			}
		}
		if breaks {
			breaking++
		}
		if fails {
			failing++
		}
	}
	var got struct {
		Elements, Rows, Tiles, Sections                int
		Shown, Clause, Failed, None, Again, Everything string
		ClauseHash, FailedHash, Cleared                string
		NoneHidden, FrameHidden                        bool
		First, Next, Back, Right, Searching            string
		Last                                           []string
		LastRows                                       int
		Section                                        string
		Marked                                         int
	}
	drive(t, dir, "index.html", `
		const r = { Elements: all("*").length, Rows: all("#frame tr.row").length, Shown: $("#shown").textContent };
		r.Tiles = all("#map a.tiles").length;
		r.Sections = all("#map tbody tr").length;
		const type = (text) => { $("#search").value = text; $("#search").dispatchEvent(new Event("input")); };
		const shown = () => $("#shown").textContent;
		type("`+clause+`");
		r.Clause = shown();
		r.ClauseHash = location.hash;
		type("there is no such case");
		r.None = $("#none").textContent;
		r.NoneHidden = $("#none").hidden;
		r.FrameHidden = $("#frame").hidden;
		type("");
		$("input[value=failed]").click();
		r.Failed = shown();
		r.FailedHash = location.hash;
		location.hash = "#c=`+clause+`";
		await frame();
		r.Again = shown() + " " + $("#clause").value + " " + $("input[value='']").checked;
		location.hash = "#s=rfc6455/5";
		await frame();
		r.Section = all("#frame tr.row b")[0].textContent;
		$("#clear").click();
		r.Everything = shown();
		r.Cleared = location.hash;
		document.activeElement.blur();
		scrollTo(0, 0);
		await frame();
		const at = () => document.activeElement.getAttribute("href") || document.activeElement.id;
		press("n"); r.First = at();
		press("n"); r.Next = at();
		press("p"); r.Back = at();
		press("l"); r.Right = at();
		press("/"); r.Searching = at();
		scrollTo(0, document.documentElement.scrollHeight);
		await frame();
		r.LastRows = all("#frame tr.row").length;
		r.Last = all("#frame tr.row b").slice(-1).map((e) => e.textContent);
		location.hash = "#6_4_1";
		await frame();
		r.Marked = all("tr.marked").length;
		return r;`, &got)

	if got.Elements > 6000 || got.Rows > 100 || got.LastRows == 0 || got.LastRows > 100 {
		t.Errorf("%d elements, %d rows at first and %d at the end", got.Elements, got.Rows, got.LastRows)
	}
	t.Logf("%d octets, %d elements", b.Len(), got.Elements)
	if got.Tiles != 5*got.Sections || got.Sections < 20 {
		t.Errorf("%d drawings of %d sections", got.Tiles, got.Sections)
	}
	of := func(n int) string { return fmt.Sprintf("%d cases of 2,%03d", n, len(r.Cases)-2000) }
	for _, test := range []struct{ what, got, want string }{
		{"the count of a clause", got.Clause, of(breaking)},
		{"its address", got.ClauseHash, "#q=rfc6455%2F8.1%2Futf8-fail"},
		{"the count of what fails", got.Failed, of(failing)},
		{"its address", got.FailedHash, "#show=failed"},
		{"a clause from the address", got.Again, of(breaking) + " " + clause + " true"},
		{"no case", got.None, "No case matches. “Show all” takes the filter away."},
		{"all cases", got.Everything, fmt.Sprintf("2,%03d cases", len(r.Cases)-2000)},
		{"their address", got.Cleared, ""},
		{"back from the next that fails", got.Back, got.First},
		{"the search", got.Searching, "search"},
		{"the last case", strings.Join(got.Last, ""), r.Cases[len(r.Cases)-1].ID},
	} {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, test.got, test.want)
		}
	}
	if got.NoneHidden || !got.FrameHidden {
		t.Error("an empty result is not said")
	}
	if !strings.HasSuffix(got.First, ".html") || got.Next == got.First || got.Right == got.Back || !strings.HasPrefix(got.Section, "rfc6455/5") || got.Marked != 1 {
		t.Errorf("by keys: %+v", got)
	}
}

// TestCaseInBrowser has the page of a case draw what it has, and lead to the cases
// that fail.
func TestCaseInBrowser(t *testing.T) {
	browser.Binary(t)
	r := reporttest.Fabricate(t, 100, 2)
	dir := t.TempDir()
	if err := store.WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, result := range r.Agents[1].Results {
		if result.Failed(r.Judge) {
			failed = append(failed, "coder_v1_8_15_case_"+report.CaseSlug(result.Case)+".html")
		}
	}
	var got struct {
		Prev, Next string
		Arrows     int
		Rows       int
		Open       int
		Dump       string
		Closing    string
	}
	drive(t, dir, failed[1], drawnPage+`
		return {
			Prev: $("a[data-go=prev-failed]").getAttribute("href"), Next: $("a[data-go=next-failed]").getAttribute("href"),
			Arrows: all("svg.seq g.arrow").length, Rows: all(".log tr[id]").length, Open: all("section > details[open]").length,
			Dump: $(".log details pre").textContent.split("\n")[0], Closing: $("table.closing").textContent,
		};`, &got)
	if got.Prev != failed[0] || got.Next != failed[2] {
		t.Errorf("from %s it leads to %s and %s, want those beside it of %q", failed[1], got.Prev, got.Next, failed)
	}
	if got.Arrows < 5 || got.Rows < 5 || got.Open != 0 {
		t.Errorf("%+v", got)
	}
	if want := "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|"; got.Dump != want {
		t.Errorf("got the dump %q, want %q", got.Dump, want)
	}
	for _, key := range []string{"closedByMe", "wasServerConnectionDropTimeout", "remoteCloseReason", "The code of the close frame that the peer sent."} {
		if !strings.Contains(got.Closing, key) {
			t.Errorf("the closing behavior is without %q", key)
		}
	}
}

// drawnPage waits until the page of a case is drawn.
const drawnPage = `while (!$("#drawn") || !$("#drawn").children.length) await frame();`

// TestHostilePagesInBrowser has a browser draw what peers with hostile text did.
func TestHostilePagesInBrowser(t *testing.T) {
	browser.Binary(t)
	dir := t.TempDir()
	if err := store.WriteDir(dir, reporttest.HostileReport()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name, wait := filepath.Base(file), ""
		if name != "index.html" {
			wait = drawnPage
		}
		var got struct {
			Alerts, Images int
			Text           bool
		}
		drive(t, dir, name, wait+`return { Alerts: alerts, Images: all("img, iframe, object").length, Text: document.body.textContent.includes("<script>alert(1)") };`, &got)
		if got.Alerts != 0 || got.Images != 0 || !got.Text {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestPagesFromFiles opens pages as files, with their policies.
func TestPagesFromFiles(t *testing.T) {
	binary := browser.Binary(t)
	dir := t.TempDir()
	if err := store.WriteDir(dir, reporttest.Fabricate(t, 3, 1)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"index.html": `class="tiles"`, "gorilla_v1_5_3_case_1_1_1.html": `<g class="arrow http">`} {
		run := browser.Start(t, binary, "file://"+filepath.Join(dir, name), "--virtual-time-budget=5000", "--dump-dom")
		select {
		case <-run.Ended:
		case <-time.After(browser.Limit):
			t.Fatalf("not drawn within %v\n%s", browser.Limit, run.Output())
		}
		if text := run.Output(); !strings.Contains(text, want) {
			t.Errorf("%s is without %s:\n%.3000s", name, want, text)
		}
	}
}

// TestAxe has axe-core look for what keeps people from using the pages.
func TestAxe(t *testing.T) {
	browser.Binary(t)
	if os.Getenv(axeEnv) == "" {
		t.Skipf("%s is not set: it takes the path of axe.min.js (npm install axe-core)", axeEnv)
	}
	r := reporttest.Fabricate(t, 301, 3)
	r.Agents[1].Results = r.Agents[1].Results[:200]
	failed := ""
	for _, result := range r.Agents[2].Results {
		if result.Failed(r.Judge) {
			failed = "lxzan_gws_v1_8_9_case_" + report.CaseSlug(result.Case) + ".html"
		}
	}
	r.Agents[2].Results[2].RFC = oracle.Verdict{Outcome: oracle.Slow, Reason: "no answer within 1s"}
	dir := t.TempDir()
	if err := store.WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	for theme, flags := range map[string][]string{"light": nil, "dark": {"--blink-settings=preferredColorScheme=0"}} {
		for name, before := range map[string]string{
			"index.html":                       `for (const d of all("details")) d.open = true; $("input[value=failed]").click();`,
			"lxzan_gws_v1_8_9_case_1_1_2.html": drawnPage + `for (const d of all("details")) d.open = true;`,
			failed:                             drawnPage,
		} {
			t.Run(theme+"/"+name, func(t *testing.T) {
				var found []struct {
					ID, Help string
					Nodes    []string
				}
				drive(t, dir, name, before+`
					await frame();
					const { violations } = await axe.run();
					return violations.map((v) => ({ ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 160) + " " + n.failureSummary) }));`, &found, flags...)
				for _, v := range found {
					t.Errorf("%s: %s\n%s", v.ID, v.Help, strings.Join(v.Nodes, "\n"))
				}
			})
		}
	}
}
