package corpus

import (
	"bytes"
	"fmt"
	"strings"
)

// Format returns the canonical text of the entry: what [Parse] makes of it is
// the entry again, but for its Name, and for white space in its texts that is
// more than one blank.
func (e *Entry) Format() []byte {
	var b bytes.Buffer
	line := func(key string, value any) { fmt.Fprintf(&b, "%s: %s\n", key, oneLine(fmt.Sprint(value))) }
	lines := func(key string, values []string) {
		for _, v := range values {
			line(key, v)
		}
	}
	line(keyVersion, Version)
	for _, r := range e.Rules {
		line(keyRule, r)
	}
	line(keyRole, e.Role)
	line(keyExpect, e.Expect)
	lines(keyFeature, e.Features)
	if e.Origin != "" {
		line(keyOrigin, e.Origin)
	}
	lines(keyAdvisory, e.Advisory)
	lines(keyAffected, e.Affected)
	lines(keyFixed, e.Fixed)
	if lines := commentLines(e.Comment); lines != nil {
		fmt.Fprintf(&b, "%s: %s\n", keyComment, strings.Join(lines, "\n  "))
	}
	b.WriteByte('\n')
	b.WriteString(e.Script.String())
	b.WriteByte('\n')
	return b.Bytes()
}

// oneLine returns s with one blank for all white space between words.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// commentLines returns the lines of a comment that have anything on them.
func commentLines(s string) (lines []string) {
	for line := range strings.SplitSeq(s, "\n") {
		if line = oneLine(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
