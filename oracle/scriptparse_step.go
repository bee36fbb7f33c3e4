package oracle

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// step reads one step.
func (s reader) step(step *Step) error {
	kind := slices.Index(stepNames[:], s.Token.Text)
	if kind < 0 {
		return s.ErrorHere("%s: want a step (%s) or \"end:\"", s.Found(), stepWords())
	}
	step.Kind = StepKind(kind)
	step.Frame.Fin = step.Kind == StepFrame
	if err := s.Advance(); err != nil {
		return err
	}
	if err := s.operands(step); err != nil {
		return err
	}
	if err := s.Options(step.setOption, step.Kind.String(), step.optionWords); err != nil {
		return err
	}
	return s.EndLine()
}

// stepWords lists the words that begin a step.
func stepWords() string {
	return strings.Join(stepNames[:], ", ")
}

// operands reads what stands between the step's word and its options.
func (s reader) operands(step *Step) (err error) {
	switch step.Kind {
	case StepEcho:
		if step.Count, err = s.Count("how many messages"); err != nil {
			return err
		}
		if err = s.Expect(notation.Times); err != nil {
			return err
		}
		fallthrough
	case StepFrame, StepMessage:
		if step.Frame.Opcode, err = s.Opcode(); err != nil {
			return err
		}
		return s.payload(&step.Payload, max(1, step.Count))
	case StepFrameData, StepRaw:
		return s.payload(&step.Payload, 1)
	case StepClose:
		return s.close(step)
	case StepWait:
		if step.Timeout, err = s.Duration(maxTime); err != nil {
			return err
		}
		tag, err := s.Literals()
		step.Tag = string(tag)
		return err
	case StepFailAfter, StepCloseAfter:
		step.Timeout, err = s.Duration(maxTime)
	case StepAwait:
		return s.await(step)
	case StepStopReading:
		return s.Expect(strings.Fields(stopReading)...)
	case StepGoOnReading:
		return s.Expect(strings.Fields(goOnReading)...)
	case StepPongs:
		return s.pongs(step)
	}
	return err
}

// payload reads a payload that is sent so many times; there may be none.
func (s reader) payload(p *Payload, sent int) error {
	at := s.At
	if s.Token.Kind == notation.Word && !s.Is(notation.Times) {
		n, err := s.OctetCount()
		if err != nil {
			return err
		}
		return s.window(at, p, n, sent)
	}
	data, err := s.Literals()
	if err != nil || data == nil {
		return err
	}
	if len(data) > 0 {
		p.Data = data
	}
	if err := s.repetition(p); err != nil {
		return err
	}
	return s.Send(at, p.Size(), sent)
}

// repetition reads how far the data of a payload are repeated, if they are:
// "× 3" or "to 10 octets".
func (s reader) repetition(p *Payload) error {
	at := s.At
	repeated, err := s.Accept(notation.Times)
	if err != nil {
		return err
	}
	if repeated {
		n, err := s.Count("how often the payload is repeated")
		if err != nil {
			return err
		}
		if n == 0 || len(p.Data) == 0 {
			return s.ErrorIn(at, "this makes an empty payload: leave it out")
		}
		length, ok := notation.Product(len(p.Data), n, notation.MaxNumber)
		if !ok {
			return s.ErrorIn(at, "a payload of more than %d octets: repeat it less often", notation.MaxNumber)
		}
		p.Len = length
		return nil
	}
	to, err := s.Accept("to")
	if err != nil || !to {
		return err
	}
	if p.Len, err = s.OctetCount(); err != nil {
		return err
	}
	if p.Len == 0 {
		return s.ErrorIn(at, "this makes an empty payload: leave it out")
	}
	return nil
}

// window reads the rest of "5 octets of json from 7".
func (s reader) window(at notation.Place, p *Payload, n, sent int) error {
	if err := s.Expect("of"); err != nil {
		return err
	}
	switch s.Token.Kind {
	case notation.Word:
		p.Source = s.Token.Text
	case notation.Literal:
		p.Source = string(s.Token.Octets)
	}
	if p.Source == "" {
		return s.ErrorHere("%s: want the name of a test data set", s.Found())
	}
	if err := s.Advance(); err != nil {
		return err
	}
	p.Len = n
	from, err := s.Accept("from")
	if err != nil {
		return err
	}
	if from {
		if p.Offset, err = s.Count("where in the data set the payload begins"); err != nil {
			return err
		}
	}
	return s.Send(at, n, sent)
}

// close reads a code and a reason, or exactly a payload, or neither.
func (s reader) close(step *Step) error {
	if s.Token.Kind != notation.Word {
		return s.payload(&step.Payload, 1)
	}
	at := s.At
	n, err := s.Number("a close code", notation.MaxNumber)
	if err != nil {
		return err
	}
	if s.Is("octet") || s.Is("octets") {
		if err := s.Advance(); err != nil {
			return err
		}
		return s.window(at, &step.Payload, int(n), 1)
	}
	if n > 0xffff {
		return s.ErrorIn(at, "close code %d: a code has two octets, so it is at most 65535", n)
	}
	step.Code = wsproto.CloseCode(n)
	reason, err := s.Literals()
	step.Reason = string(reason)
	return err
}

// pongs reads how many pongs answer a ping.
func (s reader) pongs(step *Step) (err error) {
	if err = s.Expect(notation.Times); err != nil {
		return err
	}
	at := s.At
	if step.Count, err = s.Count("how many pongs"); err != nil {
		return err
	}
	if step.Count == 0 || step.Count > MaxPongs {
		return s.ErrorIn(at, "%d pongs to each ping: want 1 to %d", step.Count, MaxPongs)
	}
	return nil
}

// await reads what is awaited.
func (s reader) await(step *Step) error {
	until := slices.Index(awaitNames[:], s.Token.Text)
	if s.Token.Kind != notation.Word || until < 0 {
		return s.ErrorHere("%s: want what is awaited: %s", s.Found(), strings.Join(awaitNames[:], ", "))
	}
	step.Until = Await(until)
	if err := s.Advance(); err != nil {
		return err
	}
	repeated, err := s.Accept(notation.Times)
	if err != nil {
		return err
	}
	if repeated {
		if step.Count, err = s.Count("how many"); err != nil {
			return err
		}
	}
	within, err := s.Accept("within")
	if err != nil || !within {
		return err
	}
	step.Timeout, err = s.Duration(maxTime)
	return err
}
