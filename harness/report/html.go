package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"
)

//go:embed web
var web embed.FS

// The two pages, and what is the same on each page of a kind.
var (
	indexTemplate = template.Must(template.ParseFS(web, "web/index.html"))
	caseTemplate  = template.Must(template.ParseFS(web, "web/case.html"))
	indexAssets   = newAssets("index")
	caseAssets    = newAssets("case")
)

// assets is a page's style sheet and script, inline.
type assets struct{ head, script template.HTML }

// newAssets reads the style sheet and script of a page. The page's content
// security policy names their hashes and forbids all else: should markup of a
// peer ever get through the escaping, it can load nothing and run nothing.
func newAssets(page string) assets {
	style := minify(asset("base.css") + asset(page+".css"))
	script := asset(page + ".js")
	policy := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src '" + integrity(style) +
		"'; script-src '" + integrity(script) + "'"
	return assets{
		head: template.HTML(`<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="` + policy + `">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<style>` + style + `</style>`),
		script: template.HTML(`<script>` + script + `</script>`),
	}
}

func asset(name string) string {
	b, err := web.ReadFile("web/" + name)
	if err != nil {
		panic(err) // the file is embedded
	}
	return string(b)
}

// integrity is the hash of an inline style or script as a policy names it.
func integrity(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// minify takes the indent and the line ends out of a style sheet: it stands in
// every page.
func minify(css string) string {
	var b strings.Builder
	for line := range strings.Lines(css) {
		line = strings.TrimSpace(line)
		b.WriteString(line)
		if strings.HasSuffix(line, ",") {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// renderCase writes the page of a result into b.
func renderCase(b *bytes.Buffer, job *caseJob) error {
	page := newCasePage(job.report, job.agent, job.name, job.result)
	page.Prev, page.Next = job.prev, job.next
	return caseTemplate.Execute(b, page)
}

// renderIndex writes index.html into b.
func renderIndex(b *bytes.Buffer, r *Report, l *layout) error {
	return indexTemplate.Execute(b, newIndexPage(r, l, allCases(r)))
}
