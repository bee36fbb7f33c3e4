package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// maxSize bounds a spec file in octets.
const maxSize = 1 << 20

// Spec is a spec file. Keys that it does not know are ignored, as the original
// does.
type Spec struct {
	URL              string              `json:"url"`    // fuzzingserver: where to listen
	OutDir           string              `json:"outdir"` // where reports are written
	Servers          []Server            `json:"servers"`
	Cases            []string            `json:"cases"`
	ExcludeCases     []string            `json:"exclude-cases"`
	ExcludeAgentCase map[string][]string `json:"exclude-agent-cases"`
	Options          map[string]any      `json:"options"`
	Protocols        []string            `json:"protocols"`
	Key              string              `json:"key"`  // fuzzingserver: TLS key file
	Cert             string              `json:"cert"` // fuzzingserver: TLS certificate file

	name string
}

// Server is a server under test.
type Server struct {
	URL       string         `json:"url"`
	Agent     string         `json:"agent"`
	Origin    string         `json:"origin"`
	Protocols []string       `json:"protocols"`
	Hostname  string         `json:"hostname"` // for SNI; the certificate is checked against it
	Options   map[string]any `json:"options"`
}

// Load reads a spec file. Errors name the file, the line and the column.
func Load(name string) (*Spec, error) {
	b, err := read(name)
	if err != nil {
		return nil, err
	}
	return Parse(name, b)
}

// Parse reads a spec from the octets of the file of that name.
func Parse(name string, b []byte) (*Spec, error) {
	s := &Spec{name: name}
	if err := decode(name, b, s); err != nil {
		return nil, err
	}
	return s, nil
}

// read returns the octets of a file, or some more than one may have.
func read(name string) ([]byte, error) {
	b, err := wholefile.Head(name, maxSize+1)
	if err != nil {
		return nil, fmt.Errorf("spec file: %w", err)
	}
	return b, nil
}

// decode reads JSON into v. Errors name the file, the line and the column.
func decode(name string, b []byte, v any) error {
	if len(b) > maxSize {
		return fmt.Errorf("%s: larger than %d octets: not a spec file", name, maxSize)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(v); err != nil {
		return at(name, b, d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return at(name, b, d.InputOffset(), errors.New("something follows the JSON object: remove it"))
	}
	return nil
}

// at puts the place of an error into its text.
func at(name string, b []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	text := err.Error()
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
		text = fmt.Sprintf("%s is a JSON %s: want %s", orTop(kind.Field), kind.Value, wanted(kind.Type.String()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset, text = int64(len(b)), "the JSON ends too early"
	}
	before := b[:max(0, min(offset, int64(len(b))))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("%s:%d:%d: %s", name, line, max(1, column-1), text)
}

func orTop(field string) string {
	if field == "" {
		return "the file's top level"
	}
	return fmt.Sprintf("%q", field)
}

// wanted says in JSON's words what a Go type is read from.
func wanted(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map"), strings.HasPrefix(goType, "spec."):
		return "an object"
	case goType == "int":
		return "a whole number"
	case goType == "float64":
		return "a number"
	}
	return "a " + goType
}

// Select returns the cases that the file names.
func (s *Spec) Select(all []*catalogue.Case) ([]*catalogue.Case, error) {
	cases, err := catalogue.SelectSpec(all, s.Cases, s.ExcludeCases)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return cases, nil
}

// Exclude returns what the file excludes by agent.
func (s *Spec) Exclude() (catalogue.ExcludeAgent, error) {
	x, err := catalogue.ParseExcludeAgent(s.ExcludeAgentCase)
	if err != nil {
		return x, fmt.Errorf("%s: %w", s.name, err)
	}
	return x, nil
}
