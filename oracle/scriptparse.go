package oracle

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/internal/notation"
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
	out := new(Script)
	err := notation.Read(text, maxText, func(sc *notation.Scanner) {
		s := reader{sc}
		out.Role = s.Role()
		s.script(out)
		if s.Token.Kind != notation.End {
			panic(s.ErrorHere("%s: the script has ended: want nothing after the line that begins with \"end:\"", s.Found()))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
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

// reader reads the text forms of scripts and traces. What is wrong in a text ends it, see
// [notation.Read].
type reader struct{ *notation.Scanner }

// script reads what follows the role, and reports whether there is anything.
func (s reader) script(out *Script) (whole bool) {
	seen := map[string]bool{}
	for s.Is("handshake") {
		s.handshake(&out.Handshake, seen)
		whole = true
	}
	if s.Is(deliveryWord) {
		s.delivery(&out.Delivery)
		whole = true
	}
	for s.Token.Kind == notation.Word && !s.Is("end:") && !s.Is(eventsWord) {
		if len(out.Steps) == maxSteps {
			panic(s.ErrorHere("more than %d steps: make them several scripts", maxSteps))
		}
		out.Steps = append(out.Steps, Step{})
		s.step(&out.Steps[len(out.Steps)-1])
		whole = true
	}
	if !s.Is("end:") {
		return whole
	}
	s.Advance()
	out.End = s.end()
	s.EndLine()
	return true
}

// end reads how the conversation ends: all of the words, or the word that decides.
func (s reader) end() End {
	short := [...]string{EndClose: "close", EndAwait: "await", EndNone: "drop"}
	at := s.At
	var words []string
	for (s.Token.Kind == notation.Word || s.Is(",")) && len(words) < 10 {
		words = append(words, s.Token.Text)
		s.Advance()
	}
	text := strings.ReplaceAll(strings.Join(words, " "), " ,", ",")
	for i, name := range endNames {
		if text == name || text == short[i] {
			return End(i)
		}
	}
	panic(s.ErrorIn(at, "%q is not an end: want one of close, await and drop", notation.Clip(text)))
}

// step reads one step.
func (s reader) step(step *Step) {
	kind := slices.Index(stepNames[:], s.Token.Text)
	if kind < 0 {
		panic(s.ErrorHere("%s: want a step (%s) or \"end:\"", s.Found(), stepWords()))
	}
	step.Kind = StepKind(kind)
	step.Frame.Fin = step.Kind == StepFrame
	s.Advance()
	s.operands(step)
	s.Options(step.setOption, step.Kind.String(), step.optionWords)
	s.EndLine()
}

// stepWords lists the words that begin a step.
func stepWords() string {
	return strings.Join(stepNames[:], ", ")
}

// operands reads what stands between the step's word and its options.
func (s reader) operands(step *Step) {
	switch step.Kind {
	case StepEcho:
		step.Count = s.Count("how many messages")
		s.Expect(notation.Times)
		fallthrough
	case StepFrame, StepMessage:
		step.Frame.Opcode = s.Opcode()
		s.payload(&step.Payload, max(1, step.Count))
	case StepFrameData, StepRaw:
		s.payload(&step.Payload, 1)
	case StepClose:
		s.close(step)
	case StepWait:
		step.Timeout = s.Duration(maxTime)
		step.Tag = string(s.Literals())
	case StepFailAfter, StepCloseAfter:
		step.Timeout = s.Duration(maxTime)
	case StepAwait:
		s.await(step)
	case StepStopReading:
		s.Expect(strings.Fields(stopReading)...)
	case StepGoOnReading:
		s.Expect(strings.Fields(goOnReading)...)
	case StepPongs:
		s.pongs(step)
	}
}

// payload reads a payload that is sent so many times; there may be none.
func (s reader) payload(p *Payload, sent int) {
	at := s.At
	if s.Token.Kind == notation.Word && !s.Is(notation.Times) {
		s.window(at, p, s.OctetCount(), sent)
		return
	}
	data := s.Literals()
	if data == nil {
		return
	}
	if len(data) > 0 {
		p.Data = data
	}
	s.repetition(p)
	s.Send(at, p.Size(), sent)
}

// repetition reads how far the data of a payload are repeated, if they are:
// "× 3" or "to 10 octets".
func (s reader) repetition(p *Payload) {
	at := s.At
	switch {
	case s.Accept(notation.Times):
		n := s.Count("how often the payload is repeated")
		if n == 0 || len(p.Data) == 0 {
			panic(s.ErrorIn(at, "this makes an empty payload: leave it out"))
		}
		length, ok := notation.Product(len(p.Data), n, notation.MaxNumber)
		if !ok {
			panic(s.ErrorIn(at, "a payload of more than %d octets: repeat it less often", notation.MaxNumber))
		}
		p.Len = length
	case s.Accept("to"):
		if p.Len = s.OctetCount(); p.Len == 0 {
			panic(s.ErrorIn(at, "this makes an empty payload: leave it out"))
		}
	}
}

// window reads the rest of "5 octets of json from 7".
func (s reader) window(at notation.Place, p *Payload, n, sent int) {
	s.Expect("of")
	switch s.Token.Kind {
	case notation.Word:
		p.Source = s.Token.Text
	case notation.Literal:
		p.Source = string(s.Token.Octets)
	}
	if p.Source == "" {
		panic(s.ErrorHere("%s: want the name of a test data set", s.Found()))
	}
	s.Advance()
	p.Len = n
	if s.Accept("from") {
		p.Offset = s.Count("where in the data set the payload begins")
	}
	s.Send(at, n, sent)
}

// close reads a code and a reason, or exactly a payload, or neither.
func (s reader) close(step *Step) {
	if s.Token.Kind != notation.Word {
		s.payload(&step.Payload, 1)
		return
	}
	at := s.At
	n := s.Number("a close code", notation.MaxNumber)
	if s.Is("octet") || s.Is("octets") {
		s.Advance()
		s.window(at, &step.Payload, int(n), 1)
		return
	}
	if n > 0xffff {
		panic(s.ErrorIn(at, "close code %d: a code has two octets, so it is at most 65535", n))
	}
	step.Code = wsproto.CloseCode(n)
	step.Reason = string(s.Literals())
}

// pongs reads how many pongs answer a ping.
func (s reader) pongs(step *Step) {
	s.Expect(notation.Times)
	at := s.At
	step.Count = s.Count("how many pongs")
	if step.Count == 0 || step.Count > bounds.Pongs {
		panic(s.ErrorIn(at, "%d pongs to each ping: want 1 to %d", step.Count, bounds.Pongs))
	}
}

// await reads what is awaited.
func (s reader) await(step *Step) {
	until := slices.Index(awaitNames[:], s.Token.Text)
	if s.Token.Kind != notation.Word || until < 0 {
		panic(s.ErrorHere("%s: want what is awaited: %s", s.Found(), strings.Join(awaitNames[:], ", ")))
	}
	step.Until = Await(until)
	s.Advance()
	if s.Accept(notation.Times) {
		step.Count = s.Count("how many")
	}
	if s.Accept("within") {
		step.Timeout = s.Duration(maxTime)
	}
}

// setOption sets what an option says. It returns what the option is about, of
// which there can be one; ok is false where a step of the kind has none such.
func (step *Step) setOption(words string) (about string, ok bool) {
	may := optionsOf(step.Kind)
	cut := func(prefix string) (rest string, ok bool) { return strings.CutPrefix(words, prefix) }
	switch words {
	case optContinued:
		step.Frame.Fin = false
		return optContinued, may.frame
	case optNever:
		step.Masking = MaskNever
		return optMasked, may.header
	case optAlways:
		step.Masking = MaskAlways
		return optMasked, may.header
	case optPlain:
		step.Plain = true
		return optPlain, may.message
	case optAlone:
		step.Sync = true
		return optAlone, may.written
	case optBeneath:
		step.Beneath = true
		return optBeneath, may.beneath
	}
	if rest, is := cut(optRsv); is {
		n, err := strconv.ParseUint(rest, 10, 8)
		step.Frame.Rsv = uint8(n)
		return optRsv, may.header && err == nil
	}
	if rest, is := strings.CutSuffix(words, optLength); is {
		for _, form := range []wsproto.LengthForm{wsproto.FormMinimal, wsproto.Form7, wsproto.Form16, wsproto.Form64} {
			if rest == form.String() {
				step.Frame.Form = form
				return optLength, may.frame
			}
		}
		return "", false
	}
	if rest, is := cut(optDeclared); is {
		n, ok := notation.ParseNumber(rest)
		step.Declared, step.HasDeclared = n, true
		return optDeclared, may.frame && ok
	}
	if rest, is := cut(optMasked); is {
		key, err := hex.DecodeString(rest)
		step.Masking = MaskKey
		copy(step.Frame.Mask[:], key)
		return optMasked, may.header && err == nil && len(key) == len(step.Frame.Mask)
	}
	if rest, is := cut(optFrames); is {
		step.Fragment, ok = notation.ParseOctets(rest)
		return optFrames, may.message && ok
	}
	if rest, is := cut(inPiecesOf); is {
		step.Chop, ok = notation.ParseOctets(rest)
		return inPiecesOf, may.written && ok
	}
	if rest, is := cut(optWithin); is {
		d, err := time.ParseDuration(rest)
		step.Timeout = d
		return optWithin, may.limit && err == nil && d >= 0 && d <= maxTime
	}
	return "", false
}

// optionWords lists the options that the step can have.
func (step *Step) optionWords() string {
	var words []string
	may := optionsOf(step.Kind)
	for _, option := range []struct {
		may  bool
		text string
	}{
		{may.frame, optContinued}, {may.header, optRsv + "4"},
		{may.frame, "7-bit" + optLength}, {may.frame, "16-bit" + optLength}, {may.frame, "64-bit" + optLength},
		{may.frame, optDeclared + "5"},
		{may.header, optNever}, {may.header, optAlways}, {may.header, optMasked + "01020304"},
		{may.message, optFrames + "5 octets"}, {may.message, optPlain},
		{may.written, inPiecesOf + "5 octets"}, {may.written, optAlone}, {may.beneath, optBeneath},
		{may.limit, optWithin + "5s"},
	} {
		if option.may {
			words = append(words, option.text)
		}
	}
	if len(words) == 0 {
		return "it has none"
	}
	return strings.Join(words, ", ")
}
