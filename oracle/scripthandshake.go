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
	{begunEarly, func(h *Handshake) *bool { return &h.BegunEarly }},
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
	words = append(words, "before", "without", "field", "line", "subprotocol", "extension", "raw", inPiecesOf+"5 octets")
	for _, flag := range handshakeFlags {
		words = append(words, flag.words)
	}
	return strings.Join(words, ", ")
}

// handshake reads a line about the opening handshake.
func (s reader) handshake(h *Handshake, seen map[string]bool) {
	s.Advance()
	s.handshakePart(h, seen)
	s.EndLine()
}

// handshakePart reads what the line says.
func (s reader) handshakePart(h *Handshake, seen map[string]bool) {
	word := s.Token.Text
	if s.Token.Kind != notation.Word {
		panic(s.ErrorHere("%s: want what of the opening handshake is out of the ordinary: %s", s.Found(), handshakeWords()))
	}
	switch word {
	case "before", "without", "field", "line", "subprotocol", "extension":
	default:
		if seen[word] {
			panic(s.ErrorHere("handshake %s stands there twice: leave one out", notation.Clip(word)))
		}
		seen[word] = true
	}
	if i := slices.IndexFunc(handshakeFlags[:], func(f handshakeFlag) bool { return strings.HasPrefix(f.words+" ", word+" ") }); i >= 0 {
		*handshakeFlags[i].of(h) = true
		s.Expect(strings.Fields(handshakeFlags[i].words)...)
		return
	}
	for _, part := range handshakeTexts {
		if part.word == word {
			s.handshakeText(part.of(h))
			return
		}
	}
	if word == "in" {
		s.Expect(strings.Fields(inPiecesOf)...)
		h.Chop = s.OctetCount()
		return
	}
	s.handshakeOther(h, word)
}

// handshakeOther reads what is neither a text nor a phrase.
func (s reader) handshakeOther(h *Handshake, word string) {
	at := s.At
	s.Advance()
	switch word {
	case "before":
		s.handshakeItem(&h.Before)
	case "status":
		h.Status = int(s.Number("a status", 999))
	case "without":
		s.handshakeWithout(h)
	case "field":
		s.handshakeField(h)
	case "line":
		s.handshakeLine(h)
	case "subprotocol":
		s.handshakeItem(&h.Subprotocols)
	case "extension":
		s.handshakeItem(&h.Offers)
	case "raw":
		h.Raw = s.Text("all octets of the handshake")
	default:
		panic(s.ErrorIn(at, "%q is nothing of the opening handshake: want %s", notation.Clip(word), handshakeWords()))
	}
}

// handshakeText reads the text of a part, which is not empty.
func (s reader) handshakeText(to *string) {
	what := "the " + s.Token.Text
	s.Advance()
	at := s.At
	if *to = string(s.Text(what)); *to == "" {
		panic(s.ErrorIn(at, "an empty text stands for what is usual: leave the line out"))
	}
}

// handshakeItem reads one of a list.
func (s reader) handshakeItem(to *[]string) { *to = append(*to, string(s.Text("one name"))) }

// handshakeWithout reads the name of a field to leave out.
func (s reader) handshakeWithout(h *Handshake) {
	if s.Token.Kind == notation.Word {
		h.Drop = append(h.Drop, s.Token.Text)
		s.Advance()
		return
	}
	s.handshakeItem(&h.Drop)
}

// handshakeField reads "Name: value" or, for a name with a colon and a blank in
// it, both apart.
func (s reader) handshakeField(h *Handshake) {
	at := s.At
	octets := s.Text("a header field")
	if s.Accept("is") {
		h.Fields = append(h.Fields, wsproto.Field{Name: string(octets), Value: string(s.Text("the value of the field"))})
		return
	}
	name, value, ok := bytes.Cut(octets, []byte(fieldColon))
	if !ok {
		panic(s.ErrorIn(at, `no header field: write "Name: value", or handshake line "…\r\n" for a line of any kind`))
	}
	h.Fields = append(h.Fields, wsproto.Field{Name: string(name), Value: string(value)})
}

// handshakeLine reads a line of any kind in the place of a field.
func (s reader) handshakeLine(h *Handshake) {
	at := s.At
	octets := s.Text("a line with its ending")
	if len(octets) == 0 {
		panic(s.ErrorIn(at, "a line without an octet is not a line: leave it out"))
	}
	h.Fields = append(h.Fields, wsproto.Field{Raw: string(octets)})
}
