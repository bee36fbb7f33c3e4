package jsonvec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Error says what is wrong in a file.
type Error struct {
	Vector  string // its name, "" where the file as such is wrong
	Problem string
}

// Error names the vector and the problem.
func (e *Error) Error() string {
	if e.Vector == "" {
		return e.Problem
	}
	return fmt.Sprintf("vector %q: %s", e.Vector, e.Problem)
}

func wrong(name, format string, args ...any) error {
	return &Error{Vector: name, Problem: fmt.Sprintf(format, args...)}
}

// Parse reads a file that Format wrote, or another that schema.json describes.
// Keys that it does not know are an error, as the expectations of a vector may
// hang on them. The error is an [*Error].
func Parse(file []byte) ([]*Vector, error) {
	if len(file) > maxFile {
		return nil, wrong("", "longer than %d octets", maxFile)
	}
	var f File
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, wrong("", "%s", describe(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong("", "something follows the object")
	}
	switch {
	case f.Version != Version:
		return nil, wrong("", "version %d: only %d is known", f.Version, Version)
	case len(f.Vectors) > maxVectors:
		return nil, wrong("", "%d vectors: %d are the most", len(f.Vectors), maxVectors)
	}
	names := make(map[string]bool, len(f.Vectors))
	for _, v := range f.Vectors {
		switch {
		case v == nil || v.Name == "":
			return nil, wrong("", "a vector without a name")
		case names[v.Name]:
			return nil, wrong(v.Name, "the name is there twice")
		}
		names[v.Name] = true
		if err := v.check(); err != nil {
			return nil, err
		}
	}
	return f.Vectors, nil
}

// describe says where JSON is broken.
func describe(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("octet %d: %v", syntax.Offset, err)
	case errors.As(err, &kind):
		return fmt.Sprintf("octet %d: %v", kind.Offset, err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the file is cut short"
	}
	return err.Error()
}

// eventTypes are the values of Event.Type.
var eventTypes = map[string]bool{"text": true, "binary": true, "ping": true, "pong": true, "close": true}

// check reports what in a vector contradicts itself.
func (v *Vector) check() error {
	total := 0
	for _, piece := range v.Octets {
		total += len(piece)
	}
	if total > MaxOctets || len(v.Octets) > maxPieces {
		return wrong(v.Name, "%v", ErrTooLong)
	}
	if _, _, err := v.deflate(); err != nil {
		return err
	}
	at := 0
	for i := range v.Events {
		e := &v.Events[i]
		switch {
		case !eventTypes[e.Type]:
			return wrong(v.Name, "event %d is %q", i, e.Type)
		case e.At < at || e.At > total:
			return wrong(v.Name, "event %d is at %d, of %s, after one at %d", i, e.At, plural.Of(total, "octet"), at)
		case e.Code != 0 && e.Type != "close" || e.Code < 0 || e.Code > 65535:
			return wrong(v.Name, "event %d, %s, has code %d", i, e.Type, e.Code)
		}
		at = e.At
	}
	switch v.Result {
	case Keep:
		if v.Fail != nil {
			return wrong(v.Name, "it is kept, and fails")
		}
		return nil
	case Fail, Either:
		if v.Fail == nil {
			return wrong(v.Name, "it fails, and nothing says where")
		}
	default:
		return wrong(v.Name, "result %q: want keep, fail or either", v.Result)
	}
	if f := v.Fail; f.First < 0 || f.Last < f.First || f.Last > total || len(f.Codes) == 0 {
		return wrong(v.Name, "it fails from %d to %d, of %s, with %s", f.First, f.Last, plural.Of(total, "octet"), plural.Of(len(f.Codes), "code"))
	}
	return nil
}

// deflate reads Extensions.
func (v *Vector) deflate() (deflate.Params, bool, error) {
	if v.Extensions == "" {
		return deflate.Params{}, false, nil
	}
	list, err := wsproto.ParseExtensions([]string{v.Extensions})
	if err != nil || len(list) != 1 || list[0].Name != deflate.Name {
		return deflate.Params{}, false, wrong(v.Name, "extensions %q: only %s is known", v.Extensions, deflate.Name)
	}
	params, problems := deflate.ParseAnswer(list[0])
	if len(problems) > 0 {
		return deflate.Params{}, false, wrong(v.Name, "extensions: %v", problems[0])
	}
	return params, true, nil
}

// Script returns the script whose vector this is: a correct opening handshake
// that agrees on the extensions where the peer does, and the octets in their
// pieces.
func (v *Vector) Script() (*oracle.Script, error) {
	params, agreed, err := v.deflate()
	if err != nil {
		return nil, err
	}
	s := &oracle.Script{Role: v.Role.Peer()}
	if agreed {
		s.Handshake.Offers = []string{params.String()}
	}
	for _, piece := range v.Octets {
		s.Steps = append(s.Steps, oracle.Step{
			Kind: oracle.StepRaw, Payload: oracle.Payload{Data: bytes.Clone(piece)}, Sync: len(v.Octets) > 1,
		})
	}
	return s, nil
}
