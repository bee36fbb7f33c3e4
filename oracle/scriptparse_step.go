package oracle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// step reads one step.
func (s *scanner) step(step *Step) error {
	kind := slices.Index(stepNames[:], s.token.text)
	if kind < 0 {
		return s.errorHere("%s: want a step (%s) or \"end:\"", s.found(), stepWords())
	}
	step.Kind = StepKind(kind)
	step.Frame.Fin = step.Kind == StepFrame
	if err := s.advance(); err != nil {
		return err
	}
	if err := s.operands(step); err != nil {
		return err
	}
	if err := s.options(step.setOption, step.Kind.String(), step.optionWords); err != nil {
		return err
	}
	return s.endLine()
}

// stepWords lists the words that begin a step.
func stepWords() string {
	return strings.Join(stepNames[:], ", ")
}

// operands reads what stands between the step's word and its options.
func (s *scanner) operands(step *Step) (err error) {
	switch step.Kind {
	case StepEcho:
		if step.Count, err = s.count("how many messages"); err != nil {
			return err
		}
		if err = s.expect(times); err != nil {
			return err
		}
		fallthrough
	case StepFrame, StepMessage:
		if step.Frame.Opcode, err = s.opcode(); err != nil {
			return err
		}
		return s.payload(&step.Payload, max(1, step.Count))
	case StepFrameData, StepRaw:
		return s.payload(&step.Payload, 1)
	case StepClose:
		return s.close(step)
	case StepWait:
		if step.Timeout, err = s.duration(maxTime); err != nil {
			return err
		}
		tag, err := s.literals()
		step.Tag = string(tag)
		return err
	case StepFailAfter, StepCloseAfter:
		step.Timeout, err = s.duration(maxTime)
	case StepAwait:
		return s.await(step)
	case StepStopReading:
		return s.expect(strings.Fields(stopReading)...)
	case StepGoOnReading:
		return s.expect(strings.Fields(goOnReading)...)
	case StepPongs:
		return s.pongs(step)
	}
	return err
}

// opcode reads the name of an opcode.
func (s *scanner) opcode() (wsproto.Opcode, error) {
	text := s.token.text
	if s.token.kind == tokenWord {
		for op := wsproto.OpContinuation; op <= wsproto.OpPong; op++ {
			if text == op.String() {
				return op, s.advance()
			}
		}
		if digits, ok := strings.CutPrefix(text, "RSV"); ok {
			if n, err := strconv.ParseUint(digits, 16, 8); err == nil {
				return wsproto.Opcode(n), s.advance()
			}
		}
	}
	return 0, s.errorHere("%s: want an opcode: CONT, TEXT, BINARY, CLOSE, PING, PONG, or RSV and a hexadecimal digit", s.found())
}

// payload reads a payload that is sent so many times; there may be none.
func (s *scanner) payload(p *Payload, sent int) error {
	at := s.at
	if s.token.kind == tokenWord && !s.is(times) {
		n, err := s.octetCount()
		if err != nil {
			return err
		}
		return s.window(at, p, n, sent)
	}
	data, err := s.literals()
	if err != nil || data == nil {
		return err
	}
	if len(data) > 0 {
		p.Data = data
	}
	if err := s.repetition(p); err != nil {
		return err
	}
	return s.send(at, p.Size(), sent)
}

// repetition reads how far the data of a payload are repeated, if they are:
// "× 3" or "to 10 octets".
func (s *scanner) repetition(p *Payload) error {
	at := s.at
	repeated, err := s.accept(times)
	if err != nil {
		return err
	}
	if repeated {
		n, err := s.count("how often the payload is repeated")
		if err != nil {
			return err
		}
		if n == 0 || len(p.Data) == 0 {
			return s.errorIn(at, "this makes an empty payload: leave it out")
		}
		length, ok := product(len(p.Data), n, maxNumber)
		if !ok {
			return s.errorIn(at, "a payload of more than %d octets: repeat it less often", maxNumber)
		}
		p.Len = length
		return nil
	}
	to, err := s.accept("to")
	if err != nil || !to {
		return err
	}
	if p.Len, err = s.octetCount(); err != nil {
		return err
	}
	if p.Len == 0 {
		return s.errorIn(at, "this makes an empty payload: leave it out")
	}
	return nil
}

// window reads the rest of "5 octets of json from 7".
func (s *scanner) window(at place, p *Payload, n, sent int) error {
	if err := s.expect("of"); err != nil {
		return err
	}
	switch s.token.kind {
	case tokenWord:
		p.Source = s.token.text
	case tokenLiteral:
		p.Source = string(s.token.octets)
	}
	if p.Source == "" {
		return s.errorHere("%s: want the name of a test data set", s.found())
	}
	if err := s.advance(); err != nil {
		return err
	}
	p.Len = n
	from, err := s.accept("from")
	if err != nil {
		return err
	}
	if from {
		if p.Offset, err = s.count("where in the data set the payload begins"); err != nil {
			return err
		}
	}
	return s.send(at, n, sent)
}

// close reads a code and a reason, or exactly a payload, or neither.
func (s *scanner) close(step *Step) error {
	if s.token.kind != tokenWord {
		return s.payload(&step.Payload, 1)
	}
	at := s.at
	n, err := s.number("a close code", maxNumber)
	if err != nil {
		return err
	}
	if s.is("octet") || s.is("octets") {
		if err := s.advance(); err != nil {
			return err
		}
		return s.window(at, &step.Payload, int(n), 1)
	}
	if n > 0xffff {
		return s.errorIn(at, "close code %d: a code has two octets, so it is at most 65535", n)
	}
	step.Code = wsproto.CloseCode(n)
	reason, err := s.literals()
	step.Reason = string(reason)
	return err
}

// pongs reads how many pongs answer a ping.
func (s *scanner) pongs(step *Step) (err error) {
	if err = s.expect(times); err != nil {
		return err
	}
	at := s.at
	if step.Count, err = s.count("how many pongs"); err != nil {
		return err
	}
	if step.Count == 0 || step.Count > MaxPongs {
		return s.errorIn(at, "%d pongs to each ping: want 1 to %d", step.Count, MaxPongs)
	}
	return nil
}

// await reads what is awaited.
func (s *scanner) await(step *Step) error {
	until := slices.Index(awaitNames[:], s.token.text)
	if s.token.kind != tokenWord || until < 0 {
		return s.errorHere("%s: want what is awaited: %s", s.found(), strings.Join(awaitNames[:], ", "))
	}
	step.Until = Await(until)
	if err := s.advance(); err != nil {
		return err
	}
	repeated, err := s.accept(times)
	if err != nil {
		return err
	}
	if repeated {
		if step.Count, err = s.count("how many"); err != nil {
			return err
		}
	}
	within, err := s.accept("within")
	if err != nil || !within {
		return err
	}
	step.Timeout, err = s.duration(maxTime)
	return err
}
