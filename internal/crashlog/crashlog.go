// Package crashlog finds, in what a program prints, the line that says why it
// ended: the message of a panic, an uncaught exception, a failed assertion or a
// sanitizer, in the forms of many languages.
package crashlog

import (
	"bytes"
	"cmp"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is kept and shown.
const (
	lineSize  = 1 << 10  // octets of one line
	tailSize  = 16 << 10 // octets of the output's end
	shownSize = 300      // octets of what Words returns
	freshSize = 64 << 10 // octets after which a line that may be ordinary no longer counts
)

// Log is the output of a program. It keeps its end, and the last line that
// looks like the reason for a crash, however much has been printed since. Its
// methods may be called side by side.
type Log struct {
	mu      sync.Mutex
	tail    []byte
	size    int    // octets written
	line    []byte // the line that is being written
	frames  bool   // in a traceback of Python's, before its message
	pointed bool   // the last line was a caret
	joins   *joint // the next line may complete the found one
	found   string
	foundAt int  // where it ended
	certain bool // no program prints such a line while all is well
	panics  bool // a panic of Go's was seen
}

// A mark is a form that the reason for a crash has.
type mark struct {
	words   string // a line of the form has one of these, which is quicker to see
	form    *regexp.Regexp
	certain bool // see Log
	joins   *joint
}

// A joint says how the next line begins where it belongs to the reason.
type joint struct{ prefix string }

var marks = []mark{
	{words: "panic|atal|FATAL", form: regexp.MustCompile(`^((PHP )?[Ff]atal [Ee]rror|FATAL ERROR|fatal|panic): `), certain: true},
	{words: "panicked", form: regexp.MustCompile(`^thread '.*panicked at .*:$`), certain: true, joins: &joint{}},
	{words: "panic", form: regexp.MustCompile(`^thread .* (panicked at|panic:) `), certain: true},
	{words: "ssertion", form: regexp.MustCompile("Assertion [`'].*' failed|Assertion failed[:!]|^\\S+: .*: [Aa]ssertion .* failed"), certain: true},
	{words: "Sanitizer", form: regexp.MustCompile(`(ERROR|WARNING): \w+Sanitizer`), certain: true},
	{words: "runtime error", form: regexp.MustCompile(`^\S+:\d+:\d+: runtime error: `), certain: true},
	{words: "terminate", form: regexp.MustCompile(`^terminate called (after|without|recursively)`), certain: true, joins: &joint{"what():"}},
	{words: "libc++abi", form: regexp.MustCompile(`^libc\+\+abi: `), certain: true},
	{words: "***|double free|corrupted|malloc|free()|realloc|munmap_chunk", form: regexp.MustCompile(`^(\*\*\* .* \*\*\*|double free|corrupted|malloc\(\)|free\(\)|realloc\(\)|munmap_chunk\(\))`), certain: true},
	{words: "# ", form: regexp.MustCompile(`^# +(SIG[A-Z]+ \(|Internal Error|Fatal error in|There is insufficient memory)`), certain: true}, // the JVM, V8
	{words: "Unhandled exception", form: regexp.MustCompile(`^Unhandled exception`), certain: true},
	{words: "Exception in thread", form: regexp.MustCompile(`^Exception in thread `)},
	{words: "Error|Exception|Rejection", form: regexp.MustCompile(`^\[?(Uncaught )?[\w.$:/]*(Error|Exception|Rejection)\b`)},
	{words: ":in ", form: regexp.MustCompile(`^\S+:\d+:in .*\(\w[\w:]*\)$`)},                    // Ruby
	{words: "** (", form: regexp.MustCompile(`^\*\* \(\w[\w.]*\) `)},                            // Elixir
	{words: " line ", form: regexp.MustCompile(` at \S+ line \d+\.$`)},                          // Perl
	{words: "lua", form: regexp.MustCompile(`^lua[\w.]*: \S+:\d+: `)},                           // Lua
	{words: "error while loading", form: regexp.MustCompile(`^\S+: error while loading `)},      // ld.so
	{words: "not found", form: regexp.MustCompile(`^(/bin/)?(ba|da)?sh: .*\d+: .*: not found`)}, // the shell
}

// fits reports whether a line has the form.
func (m *mark) fits(line string) bool {
	for word := range strings.SplitSeq(m.words, "|") {
		if strings.Contains(line, word) {
			return m.form.MatchString(line)
		}
	}
	return false
}

// caret marks the place in a line of source, and the message comes after it.
var caret = regexp.MustCompile(`^[ \t~]*\^[\^~]*$`)

// trailer is what programs print after the reason.
var trailer = regexp.MustCompile(`^(Node\.js v\d|\(Use .node |note: |exit status \d|error Command failed|npm (ERR!|error)|goroutine \d+ \[|created by |stack traceback:|Stack trace:|#\d+ |at |\^+$|[{}\]\[();,]+$)`)

// Write takes the next piece of output. It never fails.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(b)
	l.tail = append(l.tail, b[max(0, n-tailSize):]...)
	if over := len(l.tail) - tailSize; over > tailSize {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
	for len(b) > 0 {
		piece, rest, ended := bytes.Cut(b, []byte("\n"))
		kept := min(len(piece), lineSize-len(l.line))
		l.line = append(l.line, piece[:kept]...)
		l.size += len(b) - len(rest)
		if ended {
			l.read(string(l.line))
			l.line = l.line[:0]
		}
		b = rest
	}
	return n, nil
}

// read looks at a whole line. l.mu is held.
func (l *Log) read(raw string) {
	line := Printable(raw)
	text := strings.TrimSpace(line)
	if text == "" {
		return
	}
	if joins := l.joins; joins != nil {
		l.joins = nil
		if strings.HasPrefix(text, joins.prefix) {
			l.found, l.foundAt = l.found+" "+text, l.size
			return
		}
	}
	switch {
	case strings.HasPrefix(text, "Traceback (most recent call last)"):
		l.frames = true
		return
	case l.frames && (line[0] == ' ' || line[0] == '\t'):
		return
	case l.frames:
		l.frames = false
		l.keep(text, mark{})
		return
	}
	for i := range marks {
		if m := &marks[i]; m.fits(line) {
			l.keep(text, *m)
			return
		}
	}
	if pointed := l.pointed; !caret.MatchString(line) {
		l.pointed = false
		if pointed && line[0] != ' ' && line[0] != '\t' {
			l.keep(text, mark{})
		}
	} else {
		l.pointed = true
	}
}

func (l *Log) keep(text string, m mark) {
	l.found, l.foundAt, l.certain, l.joins, l.pointed = text, l.size, m.certain, m.joins, false
	if strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ") {
		l.panics = true
	}
}

// Words returns the line that says most about why the program ended, fit to be
// shown anywhere: the last one with the form of a crash, or else the last one
// that says anything; "" if there is none.
func (l *Log) Words() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) > 0 { // it ended in the middle of a line
		l.read(string(l.line))
		l.line = l.line[:0]
	}
	if l.found != "" && (l.certain || l.size-l.foundAt <= freshSize) {
		return cut(l.found)
	}
	var last, any string
	for line := range bytes.Lines(l.end()) {
		text := strings.TrimSpace(Printable(string(line)))
		if text == "" {
			continue
		}
		any = text
		if !trailer.MatchString(text) {
			last = text
		}
	}
	last = cmp.Or(last, any)
	return cut(last)
}

// Panicked reports whether there was the beginning of a panic of Go's.
func (l *Log) Panicked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.panics
}

// LastLine returns the last line of the output that says anything.
func (l *Log) LastLine() string {
	text := bytes.TrimSpace(l.Tail())
	return string(bytes.TrimSpace(text[bytes.LastIndexByte(text, '\n')+1:]))
}

// Tail returns a copy of the end of the output.
func (l *Log) Tail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.end())
}

// end is the end of the output. l.mu is held.
func (l *Log) end() []byte {
	return l.tail[max(0, len(l.tail)-tailSize):]
}

// escapes are the sequences that move a terminal's cursor or colour its text.
var escapes = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Printable returns s without what moves a terminal's cursor, changes the
// direction of the text around it or is not UTF-8. Spaces and tabs stay.
func Printable(s string) string {
	s = strings.ToValidUTF8(escapes.ReplaceAllString(s, ""), "\uFFFD")
	return strings.Map(func(r rune) rune {
		if r != '\t' && !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

func cut(s string) string {
	s = strings.ReplaceAll(s, "\t", " ")
	if len(s) <= shownSize {
		return s
	}
	s = s[:shownSize]
	for len(s) > 0 && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
