package corpus_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/oracle"
)

var fenced = regexp.MustCompile("(?s)\n```\n(.*?)```\n")

// TestREADME reads the examples of the page that defines the formats.
func TestREADME(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, m := range fenced.FindAllStringSubmatch(string(page), -1) {
		text := strings.ReplaceAll(m[1], "  …\n", "")
		kind, _, _ := strings.Cut(text, " ")
		kinds[kind]++
		switch kind {
		case "version:":
			_, err = corpus.Parse("README.md", []byte(text))
		case "as":
			_, err = oracle.ParseScript(text)
		case "wscheck":
			if !strings.HasPrefix(text, "wscheck dialect") {
				_, _, err = oracle.ParseTrace(text)
				break
			}
			var d *oracle.Dialect
			if d, err = oracle.ParseDialect(text); err == nil && d.String()+"\n" != text {
				t.Errorf("written as\n%s\nand again\n%s", text, d)
			}
			kinds["dialect"]++
		default:
			t.Errorf("what is this?\n%s", text)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if len(kinds) != 4 {
		t.Errorf("examples: %v", kinds)
	}
	for _, key := range []string{"version", "rule", "role", "expect", "feature", "origin", "advisory", "affected", "fixed", "comment"} {
		if !strings.Contains(string(page), "| `"+key+"` |") {
			t.Errorf("the key %s is not defined", key)
		}
	}
}
