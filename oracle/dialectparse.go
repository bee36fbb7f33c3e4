package oracle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a dialect.
const (
	maxDialect      = 1 << 16 // octets of its text
	maxDialectItems = 64      // lines of one kind, and parts of a message
	maxPlus         = 1 << 16
)

// ParseDialect reads the text form of a dialect, as [Dialect.String] writes it. As
// in scripts, blanks, empty lines and comments count for nothing, and a line that
// begins with a literal goes on with the one before. An error is a
// [*SyntaxError].
//
//	wscheck dialect 1
//	dialect "nats"
//	as client
//	stream
//	hear "INFO " any "\r\n"
//	say BINARY "CONNECT {\"verbose\":false}\r\n"
//	ask BINARY "PING\r\n"
//	answer "PONG\r\n"
//	filler BINARY "PUB wscheck " size "\r\n" octets "\r\n"
//	wrong "-ERR " any
//	close 1008
func ParseDialect(text string) (*Dialect, error) {
	s, err := scanFrom(text, maxDialect)
	if err != nil {
		return nil, err
	}
	if err := s.expect(strings.Fields(dialectHead)...); err != nil {
		return nil, err
	}
	if err := s.endLine(); err != nil {
		return nil, err
	}
	d := new(Dialect)
	if err := s.dialectName(d); err != nil {
		return nil, err
	}
	for s.is(wordAs) {
		at := s.at
		role, err := s.role()
		if err != nil {
			return nil, err
		}
		if d.Of(role) != nil {
			return nil, s.errorIn(at, "there are lines for the role %s already: leave one out", role)
		}
		speech, err := s.speech(at)
		if err != nil {
			return nil, err
		}
		if role == wsproto.Client {
			d.Client = speech
		} else {
			d.Server = speech
		}
	}
	switch {
	case s.token.kind != tokenEnd:
		return nil, s.errorHere("%s: want \"as client\" or \"as server\"", s.found())
	case d.Client == nil && d.Server == nil:
		return nil, s.errorHere("the dialect says nothing: want \"as client\", and how to speak with a server")
	}
	return d, nil
}

func (s *scanner) dialectName(d *Dialect) error {
	if err := s.expect(wordDialect); err != nil {
		return err
	}
	at := s.at
	name, err := s.wantText("the name of the dialect")
	if err != nil {
		return err
	}
	d.Name = string(name)
	if !wsproto.IsToken(d.Name) || len(d.Name) > 64 {
		return s.errorIn(at, "%q is no name: want up to 64 letters, digits, dots and hyphens", clipWord(d.Name))
	}
	if d.Name == DialectEcho.Name || d.Name == DialectNone.Name {
		return s.errorIn(at, "%q is a dialect that needs no text: give this one another name", d.Name)
	}
	if err := s.endLine(); err != nil {
		return err
	}
	if about, err := s.accept("about"); err != nil || !about {
		return err
	}
	at = s.at
	text, err := s.wantText("a line about the dialect")
	if err != nil {
		return err
	}
	if d.About = string(text); d.About == "" {
		return s.errorIn(at, "an empty text: leave the line out")
	}
	return s.endLine()
}

// speech reads the lines of one role, which began at a place.
func (s *scanner) speech(began place) (*Speech, error) {
	out := new(Speech)
	for s.token.kind == tokenWord && !s.is(wordAs) {
		if err := s.speechLine(out); err != nil {
			return nil, err
		}
		if err := s.endLine(); err != nil {
			return nil, err
		}
	}
	if len(out.Exchanges) == 0 {
		return nil, s.errorIn(began, "there is no exchange: want a line \"ask\", and one \"answer\" after it")
	}
	return out, nil
}

func (s *scanner) speechLine(out *Speech) error {
	at, word := s.at, s.token.text
	if err := s.advance(); err != nil {
		return err
	}
	room := func(n int) error {
		if n >= maxDialectItems {
			return s.errorIn(at, "more than %d lines of this kind: leave some out", maxDialectItems)
		}
		return nil
	}
	switch word {
	case wordRequest:
		return s.speechHandshake(out)
	case wordStream:
		if out.Stream {
			return s.errorIn(at, "stream stands there twice: leave one out")
		}
		out.Stream = true
		return nil
	case wordClose:
		if err := room(len(out.Closes)); err != nil {
			return err
		}
		return s.speechClose(out)
	case wordSay, wordHear:
		m, err := s.message(word == wordSay)
		out.Ready = append(out.Ready, Remark{Heard: word == wordHear, Message: m})
		return cmpErr(err, room(len(out.Ready)-1))
	case wordFiller:
		m, err := s.message(true)
		if err == nil && m.filling() < 0 {
			return s.errorIn(at, "a filler has one of octets, text, letters and blanks: add it")
		}
		out.Fillers = append(out.Fillers, m)
		return cmpErr(err, room(len(out.Fillers)-1))
	case wordWrong:
		m, err := s.message(false)
		out.Wrong = append(out.Wrong, m)
		return cmpErr(err, room(len(out.Wrong)-1))
	case wordAsk:
		return cmpErr(s.exchange(out), room(len(out.Exchanges)-1))
	case wordAnswer:
		return s.errorIn(at, "an answer to nothing: it stands after the line \"ask\"")
	}
	return s.errorIn(at, "%q: want handshake, stream, say, hear, ask, answer, filler, wrong, close or as", clipWord(word))
}

// cmpErr returns the first of two errors.
func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// exchange reads what follows "ask", and the line of the answer.
func (s *scanner) exchange(out *Speech) error {
	var x Exchange
	var err error
	if x.Ask, err = s.message(true); err != nil {
		return err
	}
	if err := s.endLine(); err != nil {
		return err
	}
	if err := s.expect(wordAnswer); err != nil {
		return err
	}
	at := s.at
	if x.Answer, err = s.message(false); err != nil {
		return err
	}
	for _, p := range x.Answer.Parts {
		if p.Kind != PartLiteral && p.Kind != PartAny && !x.Ask.Has(p.Kind) {
			return s.errorIn(at, "the answer has %s, and what is asked has none: add it there", partNames[p.Kind])
		}
	}
	out.Exchanges = append(out.Exchanges, x)
	return nil
}

// speechHandshake reads what the opening handshake needs.
func (s *scanner) speechHandshake(out *Speech) error {
	var h Handshake
	at := s.at
	if err := s.handshakePart(&h, map[string]bool{}); err != nil {
		return err
	}
	switch {
	case h.Target != "" && out.Target == "" && h.Target[0] == '/':
		out.Target = h.Target
	case len(h.Fields) == 1 && wsproto.IsToken(h.Fields[0].Name) && len(out.Fields) < maxDialectItems:
		out.Fields = append(out.Fields, h.Fields[0])
	case len(h.Subprotocols) == 1 && wsproto.IsToken(h.Subprotocols[0]) && len(out.Subprotocols) < maxDialectItems:
		out.Subprotocols = append(out.Subprotocols, h.Subprotocols[0])
	default:
		return s.errorIn(at, "a dialect's handshake has a target that begins with /, fields and subprotocols: want one of them here")
	}
	return nil
}

// speechClose reads a code, or a range of them.
func (s *scanner) speechClose(out *Speech) error {
	code := func() (wsproto.CloseCode, error) {
		n, err := s.number("a close code", 4999)
		return wsproto.CloseCode(n), err
	}
	at := s.at
	first, err := code()
	if err != nil {
		return err
	}
	last := first
	if to, err := s.accept(wordTo); err != nil {
		return err
	} else if to {
		if last, err = code(); err != nil {
			return err
		}
	}
	if first > last || first < 1000 {
		return s.errorIn(at, "%d to %d: want codes from 1000 to 4999, the lower one first", first, last)
	}
	out.Closes = append(out.Closes, [2]wsproto.CloseCode{first, last})
	return nil
}

// message reads a type and parts. One of ours has a type.
func (s *scanner) message(ours bool) (m Message, err error) {
	at := s.at
	if s.is(wsproto.OpText.String()) || s.is(wsproto.OpBinary.String()) {
		if m.Opcode, err = s.opcode(); err != nil {
			return m, err
		}
	} else if ours {
		return m, s.errorHere("%s: want the type of the message, TEXT or BINARY", s.found())
	}
	for s.token.kind == tokenWord || s.token.kind == tokenLiteral || s.is("(") {
		if len(m.Parts) == maxDialectItems {
			return m, s.errorHere("more than %d parts: leave some out", maxDialectItems)
		}
		p, err := s.part()
		if err != nil {
			return m, err
		}
		m.Parts = append(m.Parts, p)
	}
	return m, s.checkParts(&m, at, ours)
}

func (s *scanner) checkParts(m *Message, at place, ours bool) error {
	fillings, sized := 0, false
	for i, p := range m.Parts {
		switch {
		case ours && p.Kind == PartAny:
			return s.errorIn(at, "a message of ours cannot have any octets: write octets, text, letters or blanks")
		case !ours && i > 0 && p.Kind == PartAny && m.Parts[i-1].Kind == PartAny:
			return s.errorIn(at, "any stands there twice in a row: leave one out")
		case p.Kind.fills():
			fillings++
		case p.Kind.sizes() && fillings > 0 && ours:
			return s.errorIn(at, "%s stands before what it is the size of", partNames[p.Kind])
		}
		sized = sized || p.Kind.sizes()
	}
	switch {
	case len(m.Parts) == 0:
		return s.errorIn(at, "no message: want text between quotes, or a word such as counter or any")
	case fillings > 1 && ours:
		return s.errorIn(at, "two fillings: how long each is cannot be known: leave one out")
	case sized && fillings == 0 && ours:
		return s.errorIn(at, "a size of nothing: add octets, text, letters or blanks")
	}
	return nil
}

// part reads one part of a message.
func (s *scanner) part() (Part, error) {
	if s.token.kind != tokenWord {
		octets, err := s.literals()
		if err == nil && len(octets) == 0 {
			return Part{}, s.errorHere("an empty text is no part of a message: leave it out")
		}
		return Part{Text: string(octets)}, err
	}
	name, plus, has := strings.Cut(s.token.text, "+")
	kind := PartKind(max(0, slices.Index(partNames[:], name)))
	n, err := strconv.Atoi(plus)
	if kind == PartLiteral || has && (err != nil || !kind.sizes() || n < 1 || n > maxPlus || strconv.Itoa(n) != plus) {
		return Part{}, s.errorHere("%s: want text between quotes, or one of counter, nonce, any, octets, text, letters, blanks, size and varint, the last two with a number to add, as in size+2", s.found())
	}
	return Part{Kind: kind, Plus: n}, s.advance()
}
