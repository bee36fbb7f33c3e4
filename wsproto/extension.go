package wsproto

import (
	"fmt"
	"strings"
)

// Extension is an element of a Sec-WebSocket-Extensions list (RFC 6455 9.1).
type Extension struct {
	Name   string
	Params []Param
}

// Param is a parameter of an [Extension].
type Param struct {
	Name string
	// Value is empty unless HasValue; without the quotes and backslashes that it
	// may have had.
	Value    string
	HasValue bool
	// Quoted says that the value is, or is to be, a quoted string.
	Quoted bool
}

// String returns the extension as in the header field. [ParseExtensions] reads
// it back, provided that all names and values are tokens.
func (e Extension) String() string {
	var s strings.Builder
	s.WriteString(e.Name)
	for _, p := range e.Params {
		s.WriteString("; ")
		s.WriteString(p.String())
	}
	return s.String()
}

// String returns the parameter as in the header field.
func (p Param) String() string {
	switch {
	case !p.HasValue:
		return p.Name
	case !p.Quoted:
		return p.Name + "=" + p.Value
	}
	return p.Name + `="` + quotedPairs.Replace(p.Value) + `"`
}

var quotedPairs = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// ParseExtensions reads the values of all Sec-WebSocket-Extensions fields of a
// handshake, as [Fields.Values] gives them. The grammar is that of RFC 6455 9.1,
// with white space allowed around every separator and empty list elements
// ignored, as RFC 2616 2.1 has it. Without any element it returns nil.
//
// An error names the value, the octet in it (from 0) and what was wanted there;
// the extensions before that place are returned with it.
func ParseExtensions(values []string) ([]Extension, error) {
	var extensions []Extension
	for _, value := range values {
		s := extensionScanner{text: value}
		for {
			s.skipSpace()
			if s.take(',') {
				continue
			}
			if s.atEnd() {
				break
			}
			e, err := s.extension()
			if err != nil {
				return extensions, err
			}
			extensions = append(extensions, e)
			if !s.atEnd() && !s.take(',') {
				return extensions, s.errorf("want a comma, a semicolon or the end")
			}
		}
	}
	return extensions, nil
}

// extensionScanner reads one Sec-WebSocket-Extensions value.
type extensionScanner struct {
	text string
	pos  int
}

func (s *extensionScanner) extension() (Extension, error) {
	name, err := s.token("an extension name")
	if err != nil {
		return Extension{}, err
	}
	e := Extension{Name: name}
	for s.take(';') {
		p, err := s.param()
		if err != nil {
			return Extension{}, err
		}
		e.Params = append(e.Params, p)
	}
	return e, nil
}

func (s *extensionScanner) param() (Param, error) {
	s.skipSpace()
	name, err := s.token("a parameter name")
	if err != nil {
		return Param{}, err
	}
	p := Param{Name: name}
	if !s.take('=') {
		return p, nil
	}
	p.HasValue = true
	s.skipSpace()
	if p.Quoted = s.take('"'); p.Quoted {
		p.Value, err = s.quoted()
	} else {
		p.Value, err = s.token("a parameter value")
	}
	return p, err
}

// token reads a token and the white space after it.
func (s *extensionScanner) token(what string) (string, error) {
	start := s.pos
	for s.pos < len(s.text) && isTokenChar(s.text[s.pos]) {
		s.pos++
	}
	if s.pos == start {
		return "", s.errorf("want %s", what)
	}
	token := s.text[start:s.pos]
	s.skipSpace()
	return token, nil
}

// quoted reads the rest of a quoted string, whose opening quote is taken, and
// the white space after it. Unescaped, it has to be a token (RFC 6455 9.1).
func (s *extensionScanner) quoted() (string, error) {
	var value []byte
	start := s.pos
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		s.pos++
		switch c {
		case '"':
			if !IsToken(string(value)) {
				s.pos = start
				return "", s.errorf("want a token within the quotes")
			}
			s.skipSpace()
			return string(value), nil
		case '\\':
			if s.pos == len(s.text) {
				return "", s.errorf("want a character after the backslash")
			}
			c = s.text[s.pos]
			s.pos++
		}
		value = append(value, c)
	}
	return "", s.errorf("want a closing quote")
}

func (s *extensionScanner) skipSpace() {
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) {
		s.pos++
	}
}

func (s *extensionScanner) take(c byte) bool {
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *extensionScanner) atEnd() bool { return s.pos == len(s.text) }

func (s *extensionScanner) errorf(format string, args ...any) error {
	return fmt.Errorf("%s in Sec-WebSocket-Extensions %s, at octet %d",
		fmt.Sprintf(format, args...), showText([]byte(s.text), false), s.pos)
}
