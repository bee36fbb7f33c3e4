package page

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html/template"
	"strings"
)

//go:embed web
var web embed.FS

// The two pages, and what is the same on each page of a kind.
var (
	indexTemplate = template.Must(template.ParseFS(web, "web/index.html"))
	caseTemplate  = template.Must(template.ParseFS(web, "web/case.html"))
	indexAssets   = newIndexAssets()
	caseAssets    = newCaseAssets()
)

// assets is a page's style sheet and script.
type assets struct {
	head, script template.HTML
	files        map[string]string // that lie beside the page, by name
}

// newIndexAssets has both inside the page. The page's content security policy
// names their hashes and forbids all else: should markup of a peer ever get
// through the escaping, it can load nothing and run nothing.
func newIndexAssets() assets {
	style, script := minify(asset("base.css")+asset("index.css")), asset("index.js")
	return assets{
		head: template.HTML(pageHead("'"+integrity(style)+"'", "'"+integrity(script)+"'") + `
<style>` + style + `</style>`),
		script: template.HTML(`<script>` + script + `</script>`),
	}
}

// newCaseAssets has both in files that all pages share. Their names hold a hash,
// so that pages of an earlier version keep theirs; the policy lets in files from
// beside the page alone.
func newCaseAssets() assets {
	known, _ := json.Marshal(dictionary) // a string has no errors
	style, script := minify(asset("base.css")+asset("case.css")), "const wscheckDictionary="+string(known)+";\n"+asset("case.js")
	sum := sha256.Sum256([]byte(style + script))
	name := SharedPrefix + hex.EncodeToString(sum[:4])
	return assets{
		head: template.HTML(pageHead("'self'", "'self'") + `
<link rel="stylesheet" href="` + name + `.css">`),
		script: template.HTML(`<script src="` + FailedName + `"></script><script src="` + name + `.js"></script>`),
		files:  map[string]string{name + ".css": style, name + ".js": script},
	}
}

// SharedPrefix is what the names of the files begin with that the pages of cases
// share; failedName is that of them which lists the cases that fail.
const (
	SharedPrefix = "wscheck-"
	FailedName   = SharedPrefix + "failed.js"
)

// pageHead is the head of a page with a policy for its styles and scripts.
func pageHead(style, script string) string {
	return `<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'; style-src ` +
		style + `; script-src ` + script + `">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">`
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

// minify takes the indent and the line ends out of a style sheet.
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

// SharedFiles returns the files that the pages of cases share, by name.
func SharedFiles() map[string]string { return caseAssets.files }

// dictionary is text as it is in most pages: the data of each is compressed as if
// it followed that. The script of the pages has it too.
var dictionary = asset("dictionary.txt")
