package oracle

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// handshakeFlag is a phrase that sets something.
type handshakeFlag struct {
	words string
	of    func(*Handshake) *bool
}

var handshakeFlags = [...]handshakeFlag{
	{noHost, func(h *Handshake) *bool { return &h.NoHost }},
	{withFrames, func(h *Handshake) *bool { return &h.WithFrames }},
	{toBeRefused, func(h *Handshake) *bool { return &h.Refused }},
	{mayBeRefused, func(h *Handshake) *bool { return &h.MayRefuse }},
}

// handshakeWords lists what can follow the word handshake.
func handshakeWords() string {
	words := []string{"status"}
	for _, part := range handshakeTexts {
		words = append(words, part.word)
	}
	words = append(words, "without", "field", "line", "subprotocol", "extension", "raw", inPiecesOf+"5 octets")
	for _, flag := range handshakeFlags {
		words = append(words, flag.words)
	}
	return strings.Join(words, ", ")
}

// handshake reads a line about the opening handshake.
func (s reader) handshake(h *Handshake, seen map[string]bool) error {
	if err := s.Advance(); err != nil {
		return err
	}
	if err := s.handshakePart(h, seen); err != nil {
		return err
	}
	return s.EndLine()
}

// handshakePart reads what the line says.
func (s reader) handshakePart(h *Handshake, seen map[string]bool) error {
	word := s.Token.Text
	if s.Token.Kind != notation.Word {
		return s.ErrorHere("%s: want what of the opening handshake is out of the ordinary: %s", s.Found(), handshakeWords())
	}
	switch word {
	case "without", "field", "line", "subprotocol", "extension":
	default:
		if seen[word] {
			return s.ErrorHere("handshake %s stands there twice: leave one out", notation.Clip(word))
		}
		seen[word] = true
	}
	if i := slices.IndexFunc(handshakeFlags[:], func(f handshakeFlag) bool { return strings.HasPrefix(f.words+" ", word+" ") }); i >= 0 {
		*handshakeFlags[i].of(h) = true
		return s.Expect(strings.Fields(handshakeFlags[i].words)...)
	}
	for _, part := range handshakeTexts {
		if part.word == word {
			return s.handshakeText(part.of(h))
		}
	}
	if word == "in" {
		if err := s.Expect(strings.Fields(inPiecesOf)...); err != nil {
			return err
		}
		n, err := s.OctetCount()
		h.Chop = n
		return err
	}
	return s.handshakeOther(h, word)
}

// handshakeOther reads what is neither a text nor a phrase.
func (s reader) handshakeOther(h *Handshake, word string) error {
	at := s.At
	if err := s.Advance(); err != nil {
		return err
	}
	switch word {
	case "status":
		n, err := s.Number("a status", 999)
		h.Status = int(n)
		return err
	case "without":
		return s.handshakeWithout(h)
	case "field":
		return s.handshakeField(h)
	case "line":
		return s.handshakeLine(h)
	case "subprotocol":
		return s.handshakeItem(&h.Subprotocols)
	case "extension":
		return s.handshakeItem(&h.Offers)
	case "raw":
		octets, err := s.Text("all octets of the handshake")
		h.Raw = octets
		return err
	}
	return s.ErrorIn(at, "%q is nothing of the opening handshake: want %s", notation.Clip(word), handshakeWords())
}

// handshakeText reads the text of a part, which is not empty.
func (s reader) handshakeText(to *string) error {
	what := "the " + s.Token.Text
	if err := s.Advance(); err != nil {
		return err
	}
	at := s.At
	octets, err := s.Text(what)
	if err == nil && len(octets) == 0 {
		return s.ErrorIn(at, "an empty text stands for what is usual: leave the line out")
	}
	*to = string(octets)
	return err
}

// handshakeItem reads one of a list.
func (s reader) handshakeItem(to *[]string) error {
	octets, err := s.Text("one name")
	*to = append(*to, string(octets))
	return err
}

// handshakeWithout reads the name of a field to leave out.
func (s reader) handshakeWithout(h *Handshake) error {
	if s.Token.Kind == notation.Word {
		h.Drop = append(h.Drop, s.Token.Text)
		return s.Advance()
	}
	return s.handshakeItem(&h.Drop)
}

// handshakeField reads "Name: value" or, for a name with a colon and a blank in
// it, both apart.
func (s reader) handshakeField(h *Handshake) error {
	at := s.At
	octets, err := s.Text("a header field")
	if err != nil {
		return err
	}
	is, err := s.Accept("is")
	if err != nil {
		return err
	}
	if is {
		value, err := s.Text("the value of the field")
		h.Fields = append(h.Fields, wsproto.Field{Name: string(octets), Value: string(value)})
		return err
	}
	name, value, ok := bytes.Cut(octets, []byte(fieldColon))
	if !ok {
		return s.ErrorIn(at, `no header field: write "Name: value", or handshake line "…\r\n" for a line of any kind`)
	}
	h.Fields = append(h.Fields, wsproto.Field{Name: string(name), Value: string(value)})
	return nil
}

// handshakeLine reads a line of any kind in the place of a field.
func (s reader) handshakeLine(h *Handshake) error {
	at := s.At
	octets, err := s.Text("a line with its ending")
	if err == nil && len(octets) == 0 {
		return s.ErrorIn(at, "a line without an octet is not a line: leave it out")
	}
	h.Fields = append(h.Fields, wsproto.Field{Raw: string(octets)})
	return err
}
