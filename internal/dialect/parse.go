package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a dialect.
const (
	maxDialect      = 1 << 16 // octets of its text
	maxDialectItems = 64      // lines of one kind, and parts of a message
	maxPlus         = 1 << 16
)

// reader reads the text form of a dialect.
type reader struct{ *notation.Scanner }

// Parse reads the text form of a dialect, as [Dialect.String] writes it. As
// in scripts, blanks, empty lines and comments count for nothing, and a line that
// begins with a literal continues the line before. An error is a
// [*notation.Error].
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
func Parse(text string) (*Dialect, error) {
	scanner, err := notation.New(text, maxDialect)
	if err != nil {
		return nil, err
	}
	s := reader{scanner}
	if err := s.Expect(strings.Fields(dialectHead)...); err != nil {
		return nil, err
	}
	if err := s.EndLine(); err != nil {
		return nil, err
	}
	d := new(Dialect)
	if err := s.dialectName(d); err != nil {
		return nil, err
	}
	for s.Is(wordAs) {
		at := s.At
		role, err := s.Role()
		if err != nil {
			return nil, err
		}
		if d.Of(role) != nil {
			return nil, s.ErrorIn(at, "there are lines for the role %s already: leave one out", role)
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
	case s.Token.Kind != notation.End:
		return nil, s.ErrorHere("%s: want \"as client\" or \"as server\"", s.Found())
	case d.Client == nil && d.Server == nil:
		return nil, s.ErrorHere("the dialect says nothing: want \"as client\", and how to speak with a server")
	}
	return d, nil
}

func (s reader) dialectName(d *Dialect) error {
	if err := s.Expect(wordDialect); err != nil {
		return err
	}
	at := s.At
	name, err := s.Text("the name of the dialect")
	if err != nil {
		return err
	}
	d.Name = string(name)
	if !wsproto.IsToken(d.Name) || len(d.Name) > 64 {
		return s.ErrorIn(at, "%q is not a name: want up to 64 letters, digits, dots and hyphens", notation.Clip(d.Name))
	}
	if d.Name == Echo.Name || d.Name == None.Name {
		return s.ErrorIn(at, "%q is a dialect that needs no text: give this one another name", d.Name)
	}
	if err := s.EndLine(); err != nil {
		return err
	}
	if about, err := s.Accept("about"); err != nil || !about {
		return err
	}
	at = s.At
	text, err := s.Text("a line about the dialect")
	if err != nil {
		return err
	}
	if d.About = string(text); d.About == "" {
		return s.ErrorIn(at, "an empty text: leave the line out")
	}
	return s.EndLine()
}

// speech reads the lines of one role, which began at a place.
func (s reader) speech(began notation.Place) (*Speech, error) {
	out := new(Speech)
	for s.Token.Kind == notation.Word && !s.Is(wordAs) {
		if err := s.speechLine(out); err != nil {
			return nil, err
		}
		if err := s.EndLine(); err != nil {
			return nil, err
		}
	}
	if len(out.Exchanges) == 0 {
		return nil, s.ErrorIn(began, "there is no exchange: want a line \"ask\", and one \"answer\" after it")
	}
	return out, nil
}

func (s reader) speechLine(out *Speech) error {
	at, word := s.At, s.Token.Text
	if err := s.Advance(); err != nil {
		return err
	}
	room := func(n int) error {
		if n >= maxDialectItems {
			return s.ErrorIn(at, "more than %d lines of this kind: leave some out", maxDialectItems)
		}
		return nil
	}
	switch word {
	case wordRequest:
		return s.speechHandshake(out)
	case wordStream:
		if out.Stream {
			return s.ErrorIn(at, "stream stands there twice: leave one out")
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
			return s.ErrorIn(at, "a filler has one of octets, text, letters and blanks: add it")
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
		return s.ErrorIn(at, "an answer to nothing: it stands after the line \"ask\"")
	}
	return s.ErrorIn(at, "%q: want handshake, stream, say, hear, ask, answer, filler, wrong, close or as", notation.Clip(word))
}

// cmpErr returns the first of two errors.
func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// exchange reads what follows "ask", and the line of the answer.
func (s reader) exchange(out *Speech) error {
	var x Exchange
	var err error
	if x.Ask, err = s.message(true); err != nil {
		return err
	}
	if err := s.EndLine(); err != nil {
		return err
	}
	if err := s.Expect(wordAnswer); err != nil {
		return err
	}
	at := s.At
	if x.Answer, err = s.message(false); err != nil {
		return err
	}
	for _, p := range x.Answer.Parts {
		if p.Kind != Literal && p.Kind != Any && !x.Ask.Has(p.Kind) {
			return s.ErrorIn(at, "the answer has %s, and what is asked has none: add it there", partNames[p.Kind])
		}
	}
	out.Exchanges = append(out.Exchanges, x)
	return nil
}

// speechHandshake reads what the opening handshake needs.
func (s reader) speechHandshake(out *Speech) error {
	at, word := s.At, s.Token.Text
	switch word {
	case wordTarget, wordField, wordProtocol:
	default:
		return s.errorHandshake(at)
	}
	if err := s.Advance(); err != nil {
		return err
	}
	octets, err := s.Text("the " + word)
	if err != nil {
		return err
	}
	text := string(octets)
	name, value, _ := strings.Cut(text, fieldColon)
	switch {
	case word == wordTarget && out.Target == "" && strings.HasPrefix(text, "/"):
		out.Target = text
	case word == wordField && wsproto.IsToken(name) && len(name) < len(text) && len(out.Fields) < maxDialectItems:
		out.Fields = append(out.Fields, wsproto.Field{Name: name, Value: value})
	case word == wordProtocol && wsproto.IsToken(text) && len(out.Subprotocols) < maxDialectItems:
		out.Subprotocols = append(out.Subprotocols, text)
	default:
		return s.errorHandshake(at)
	}
	return nil
}

func (s reader) errorHandshake(at notation.Place) error {
	return s.ErrorIn(at, "the handshake of a dialect has a target that begins with /, fields such as \"Name: value\", and subprotocols: want one of them here")
}

// speechClose reads a code, or a range of them.
func (s reader) speechClose(out *Speech) error {
	code := func() (wsproto.CloseCode, error) {
		n, err := s.Number("a close code", 4999)
		return wsproto.CloseCode(n), err
	}
	at := s.At
	first, err := code()
	if err != nil {
		return err
	}
	last := first
	if to, err := s.Accept(wordTo); err != nil {
		return err
	} else if to {
		if last, err = code(); err != nil {
			return err
		}
	}
	if first > last || first < 1000 {
		return s.ErrorIn(at, "%d to %d: want codes from 1000 to 4999, the lower one first", first, last)
	}
	out.Closes = append(out.Closes, [2]wsproto.CloseCode{first, last})
	return nil
}

// message reads a type and parts. One of ours has a type.
func (s reader) message(ours bool) (m Message, err error) {
	at := s.At
	if s.Is(wsproto.OpText.String()) || s.Is(wsproto.OpBinary.String()) {
		if m.Opcode, err = s.Opcode(); err != nil {
			return m, err
		}
	} else if ours {
		return m, s.ErrorHere("%s: want the type of the message, TEXT or BINARY", s.Found())
	}
	for s.Token.Kind == notation.Word || s.Token.Kind == notation.Literal || s.Is("(") {
		if len(m.Parts) == maxDialectItems {
			return m, s.ErrorHere("more than %d parts: leave some out", maxDialectItems)
		}
		p, err := s.part()
		if err != nil {
			return m, err
		}
		m.Parts = append(m.Parts, p)
	}
	return m, s.checkParts(&m, at, ours)
}

func (s reader) checkParts(m *Message, at notation.Place, ours bool) error {
	fillings, sized := 0, false
	for i, p := range m.Parts {
		switch {
		case ours && p.Kind == Any:
			return s.ErrorIn(at, "a message of ours cannot have any octets: write octets, text, letters or blanks")
		case !ours && i > 0 && p.Kind == Any && m.Parts[i-1].Kind == Any:
			return s.ErrorIn(at, "any stands there twice in a row: leave one out")
		case p.Kind.fills():
			fillings++
		case p.Kind.sizes() && fillings > 0 && ours:
			return s.ErrorIn(at, "%s stands before what it is the size of", partNames[p.Kind])
		}
		sized = sized || p.Kind.sizes()
	}
	switch {
	case len(m.Parts) == 0:
		return s.ErrorIn(at, "no message: want text between quotes, or a word such as counter or any")
	case fillings > 1 && ours:
		return s.ErrorIn(at, "two fillings: how long each is cannot be known: leave one out")
	case sized && fillings == 0 && ours:
		return s.ErrorIn(at, "a size of nothing: add octets, text, letters or blanks")
	}
	return nil
}

// part reads one part of a message.
func (s reader) part() (Part, error) {
	if s.Token.Kind != notation.Word {
		octets, err := s.Literals()
		if err == nil && len(octets) == 0 {
			return Part{}, s.ErrorHere("an empty text is not a part of a message: leave it out")
		}
		return Part{Text: string(octets)}, err
	}
	name, plus, has := strings.Cut(s.Token.Text, "+")
	kind := Kind(max(0, slices.Index(partNames[:], name)))
	n, err := strconv.Atoi(plus)
	if kind == Literal || has && (err != nil || !kind.sizes() || n < 1 || n > maxPlus || strconv.Itoa(n) != plus) {
		return Part{}, s.ErrorHere("%s: want text between quotes, or one of counter, nonce, any, octets, text, letters, blanks, size and varint, the last two with a number to add, as in size+2", s.Found())
	}
	return Part{Kind: kind, Plus: n}, s.Advance()
}
