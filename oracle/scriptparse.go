package oracle

import (
	"strings"

	"github.com/wscheck/wscheck/wsproto"
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
	sc, err := scanFrom(text, maxText)
	if err != nil {
		return nil, err
	}
	s, _, err := sc.script()
	if err != nil {
		return nil, err
	}
	if sc.token.kind != tokenEnd {
		return nil, sc.errorHere("%s: the script has ended: want nothing behind the line that begins with \"end:\"", sc.found())
	}
	return s, nil
}

// script reads a script. whole is false where there is nothing but its role.
func (s *scanner) script() (out *Script, whole bool, err error) {
	out = new(Script)
	if out.Role, err = s.role(); err != nil {
		return nil, false, err
	}
	return s.scriptBody(out)
}

// scriptBody reads what follows the role.
func (s *scanner) scriptBody(out *Script) (_ *Script, whole bool, err error) {
	seen := map[string]bool{}
	for s.is("handshake") {
		if err := s.handshake(&out.Handshake, seen); err != nil {
			return nil, false, err
		}
		whole = true
	}
	if s.is(deliveryWord) {
		if err := s.delivery(&out.Delivery); err != nil {
			return nil, false, err
		}
		whole = true
	}
	for s.token.kind == tokenWord && !s.is("end:") && !s.is(eventsWord) {
		if len(out.Steps) == maxSteps {
			return nil, false, s.errorHere("more than %d steps: make them several scripts", maxSteps)
		}
		out.Steps = append(out.Steps, Step{})
		if err := s.step(&out.Steps[len(out.Steps)-1]); err != nil {
			return nil, false, err
		}
		whole = true
	}
	if !s.is("end:") {
		return out, whole, nil
	}
	if err := s.advance(); err != nil {
		return nil, false, err
	}
	if out.End, err = s.end(); err != nil {
		return nil, false, err
	}
	return out, true, s.endLine()
}

// role reads the line that tells our role.
func (s *scanner) role() (wsproto.Role, error) {
	if err := s.expect("as"); err != nil {
		return 0, err
	}
	role, err := wsproto.ParseRole(s.token.text)
	if s.token.kind != tokenWord || err != nil {
		return 0, s.errorHere("%s: want the role that our side plays, client or server", s.found())
	}
	if err := s.advance(); err != nil {
		return 0, err
	}
	return role, s.endLine()
}

// end reads how the conversation ends: all of the words, or the last that tells.
func (s *scanner) end() (End, error) {
	short := [...]string{EndClose: "close", EndAwait: "await", EndNone: "drop"}
	at := s.at
	var words []string
	for (s.token.kind == tokenWord || s.is(",")) && len(words) < 10 {
		words = append(words, s.token.text)
		if err := s.advance(); err != nil {
			return 0, err
		}
	}
	text := strings.ReplaceAll(strings.Join(words, " "), " ,", ",")
	for i, name := range endNames {
		if text == name || text == short[i] {
			return End(i), nil
		}
	}
	return 0, s.errorIn(at, "%q is no end: want one of close, await and drop", clipWord(text))
}
