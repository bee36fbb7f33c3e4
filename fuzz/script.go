package fuzz

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// checkScriptText reads a text by [oracle.ParseScript]. What is a script is
// written as a text that is the same script, and is written the same again.
func checkScriptText(input []byte) error {
	s, err := oracle.ParseScript(string(input))
	if err != nil {
		return checkSyntaxError(err, s != nil)
	}
	return sameText(s)
}

// sameText holds that the text of a script is the script.
func sameText(s *oracle.Script) error {
	text := s.String()
	again, err := oracle.ParseScript(text)
	if err != nil {
		return fmt.Errorf("its own text is refused: %w\n%s", err, text)
	}
	if second := again.String(); second != text {
		return fmt.Errorf("written as\n%s\nand then as\n%s", text, second)
	}
	if !reflect.DeepEqual(again, s) {
		return fmt.Errorf("its own text is another script:\n%+v\nwas\n%+v\n%s", again, s, text)
	}
	return nil
}

// checkSyntaxError holds that an error says where it is.
func checkSyntaxError(err error, got bool) error {
	var syntax *oracle.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Problem == "" || got {
		return fmt.Errorf("an error that does not say where it is, or a result beside it: %#v", err)
	}
	return nil
}

// checkTraceText is checkScriptText for [oracle.ParseTrace].
func checkTraceText(input []byte) error {
	t, s, err := oracle.ParseTrace(string(input))
	if err != nil {
		return checkSyntaxError(err, t != nil || s != nil)
	}
	text := oracle.FormatTrace(t, s)
	t2, s2, err := oracle.ParseTrace(text)
	if err != nil {
		return fmt.Errorf("its own text is refused: %w\n%s", err, text)
	}
	if second := oracle.FormatTrace(t2, s2); second != text {
		return fmt.Errorf("written as\n%s\nand then as\n%s", text, second)
	}
	if !reflect.DeepEqual(t2, t) || !reflect.DeepEqual(s2, s) {
		return fmt.Errorf("its own text is another trace:\n%s", text)
	}
	oracle.JudgeTrace(t, oracle.Options{Echo: true, Stay: true})
	return nil
}

// checkCorpusEntry is checkScriptText for [corpus.Parse]: an entry, its id and the
// name of its file survive being written and read.
func checkCorpusEntry(input []byte) error {
	const name = "entry"
	e, err := corpus.Parse(name, input)
	if err != nil {
		var bad *corpus.Error
		if !errors.As(err, &bad) || bad.File != name || bad.Line < 1 || bad.Column < 1 || bad.Problem == "" || e != nil {
			return fmt.Errorf("an error that does not say where it is, or an entry beside it: %#v", err)
		}
		return nil
	}
	text := e.Format()
	again, err := corpus.Parse(name, text)
	if err != nil {
		return fmt.Errorf("its own text is refused: %w\n%s", err, text)
	}
	if !reflect.DeepEqual(again, e) || string(again.Format()) != string(text) {
		return fmt.Errorf("its own text is another entry:\n%s\nand then\n%s", text, again.Format())
	}
	if again.ID() != e.ID() || again.FileName() != e.FileName() {
		return fmt.Errorf("%s %s becomes %s %s", e.ID(), e.FileName(), again.ID(), again.FileName())
	}
	return nil
}

// Bounds of the script that a program stands for.
const (
	maxProgramSteps  = 64
	maxProgramOctets = 8 << 20
)

// checkProgram holds that any octets are a program, of bounded size, whose
// script survives being encoded, being written as text, and being shrunk.
func checkProgram(input []byte) error {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		s := gen.Decode(role, input)
		steps, octets := gen.Cost(s)
		if s.Role != role || steps > maxProgramSteps || octets > maxProgramOctets {
			return fmt.Errorf("as %s: %d steps with %d octets", s.Role, steps, octets)
		}
		if err := sameText(s); err != nil {
			return err
		}
		if again := gen.Decode(role, gen.Encode(s)); !reflect.DeepEqual(again, s) {
			return fmt.Errorf("encoded and decoded, it is\n%s\nand was\n%s", again, s)
		}
		keepsHalf := func(try *oracle.Script) bool {
			n, _ := gen.Cost(try)
			return n >= steps/2
		}
		if n, _ := gen.Cost(gen.Shrink(s, keepsHalf, 50)); n < steps/2 || n > steps {
			return fmt.Errorf("%d steps are shrunk to %d, where half of them had to stay", steps, n)
		}
	}
	return nil
}
