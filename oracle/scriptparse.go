package oracle

import (
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/notation"
)

// ParseScript reads the text form of a script, as [Script.String] writes it and
// as people do: blanks, empty lines and comments (from # to the end of the line)
// count for nothing, a literal may be quoted or hexadecimal and in as many parts
// as one likes, x is as good as ×, and without an end line the script ends with
// [EndClose]. An error is a [*SyntaxError].
//
// The script of String's text is the same again, but for what String leaves
// out. The text is at most 16 MiB long, the script has at most 65536 steps, and
// they send at most 256 MiB.
func ParseScript(text string) (*Script, error) {
	sc, err := newReader(text, maxText)
	if err != nil {
		return nil, err
	}
	s, _, err := sc.script()
	if err != nil {
		return nil, err
	}
	if sc.Token.Kind != notation.End {
		return nil, sc.ErrorHere("%s: the script has ended: want nothing behind the line that begins with \"end:\"", sc.Found())
	}
	return s, nil
}

// SyntaxError says what is wrong in the text form of a script, a trace or a dialect:
// the line, the column and what to write instead.
type SyntaxError = notation.Error

// Bounds of what is read. Nothing that String writes of a script that can be
// played is beyond them.
const (
	maxText   = 16 << 20  // octets of a script's text
	maxTrace  = 64 << 20  // octets of a trace's text
	maxSteps  = 1 << 16   // of a script
	maxEvents = 1 << 20   // of a trace
	maxTime   = time.Hour // of a wait
)

// reader reads the text forms of scripts and traces.
type reader struct{ *notation.Scanner }

func newReader(text string, most int) (reader, error) {
	s, err := notation.New(text, most)
	return reader{s}, err
}

// script reads a script. whole is false where there is nothing but its role.
func (s reader) script() (out *Script, whole bool, err error) {
	out = new(Script)
	if out.Role, err = s.Role(); err != nil {
		return nil, false, err
	}
	return s.scriptBody(out)
}

// scriptBody reads what follows the role.
func (s reader) scriptBody(out *Script) (_ *Script, whole bool, err error) {
	seen := map[string]bool{}
	for s.Is("handshake") {
		if err := s.handshake(&out.Handshake, seen); err != nil {
			return nil, false, err
		}
		whole = true
	}
	if s.Is(deliveryWord) {
		if err := s.delivery(&out.Delivery); err != nil {
			return nil, false, err
		}
		whole = true
	}
	for s.Token.Kind == notation.Word && !s.Is("end:") && !s.Is(eventsWord) {
		if len(out.Steps) == maxSteps {
			return nil, false, s.ErrorHere("more than %d steps: make them several scripts", maxSteps)
		}
		out.Steps = append(out.Steps, Step{})
		if err := s.step(&out.Steps[len(out.Steps)-1]); err != nil {
			return nil, false, err
		}
		whole = true
	}
	if !s.Is("end:") {
		return out, whole, nil
	}
	if err := s.Advance(); err != nil {
		return nil, false, err
	}
	if out.End, err = s.end(); err != nil {
		return nil, false, err
	}
	return out, true, s.EndLine()
}

// end reads how the conversation ends: all of the words, or the last that tells.
func (s reader) end() (End, error) {
	short := [...]string{EndClose: "close", EndAwait: "await", EndNone: "drop"}
	at := s.At
	var words []string
	for (s.Token.Kind == notation.Word || s.Is(",")) && len(words) < 10 {
		words = append(words, s.Token.Text)
		if err := s.Advance(); err != nil {
			return 0, err
		}
	}
	text := strings.ReplaceAll(strings.Join(words, " "), " ,", ",")
	for i, name := range endNames {
		if text == name || text == short[i] {
			return End(i), nil
		}
	}
	return 0, s.ErrorIn(at, "%q is no end: want one of close, await and drop", notation.Clip(text))
}
