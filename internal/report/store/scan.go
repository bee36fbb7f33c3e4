package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
)

// What is read of a report at most. A file beyond that was not written by this
// program.
const (
	maxDocument = 4 << 30  // octets of the file
	maxValue    = 16 << 20 // octets of one case, one result, or whatever else stands by itself
	maxCases    = 1 << 17
	maxAgents   = 1 << 13
	maxResults  = 1 << 20
)

// eachResult takes the JSON of a result. The agent is the one that it belongs
// to: its number in the document, and what the document has said of it by then.
type eachResult func(agent int, about *report.Agent, result json.RawMessage) error

// counted is each for no more than maxResults.
func counted(each eachResult) eachResult {
	n := 0
	return func(agent int, about *report.Agent, result json.RawMessage) error {
		n++
		if err := checkCount(n, maxResults, "results"); err != nil {
			return err
		}
		return each(agent, about, result)
	}
}

// scanDocument reads the machine-readable form of a report piece by piece, so
// that a large one needs no more memory than the caller keeps of it. The
// document that it returns has no results: they go to each, in the order of the
// file.
func scanDocument(in io.Reader, each eachResult) (*document, error) {
	s := newScanner(in)
	var d document
	err := s.object(func(key string) error {
		switch key {
		case "cases":
			return s.array(func() error {
				c := new(catalogue.Case)
				if err := s.value(c); err != nil {
					return fmt.Errorf("case %d: %w", len(d.Cases), err)
				}
				d.Cases = append(d.Cases, c)
				return checkCount(len(d.Cases), maxCases, "cases")
			})
		case "agents":
			return s.array(func() error { return s.agent(&d, each) })
		}
		return s.member(key, &d)
	})
	if err != nil {
		return nil, err
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return &d, d.check()
}

// agent reads an agent and its results.
func (s *scanner) agent(d *document, each eachResult) error {
	n, a := len(d.Agents), &report.Agent{}
	d.Agents = append(d.Agents, a)
	if err := checkCount(n+1, maxAgents, "agents"); err != nil {
		return err
	}
	named, results := false, false
	err := s.object(func(key string) error {
		if key != "results" || each == nil {
			named = named || key == "name"
			return s.member(key, a)
		}
		results = true
		return s.array(func() error {
			var raw json.RawMessage
			if err := s.value(&raw); err != nil {
				return err
			}
			return each(n, a, raw)
		})
	})
	if err == nil && results && !named {
		return fmt.Errorf("agent %d has no name", n)
	}
	if err != nil && a.Name != "" {
		return fmt.Errorf("agent %q: %w", a.Name, err)
	}
	return err
}

func checkCount(n, limit int, what string) error {
	if n > limit {
		return fmt.Errorf("it has more than %d %s", limit, what)
	}
	return nil
}

// scanner reads JSON value by value.
type scanner struct {
	*json.Decoder
	limit *limiter
}

func newScanner(in io.Reader) *scanner {
	l := &limiter{r: io.LimitedReader{R: in, N: maxDocument}, value: maxValue}
	return &scanner{Decoder: json.NewDecoder(l), limit: l}
}

// limiter ends the reading of a value that takes too much memory, and of a file
// that is too large.
type limiter struct {
	r     io.LimitedReader
	value int // octets that may be read until the next value begins
}

func (l *limiter) Read(p []byte) (int, error) {
	if l.value <= 0 {
		return 0, fmt.Errorf("a value in it is larger than %d octets", maxValue)
	}
	n, err := l.r.Read(p[:min(len(p), l.value)])
	l.value -= n
	if errors.Is(err, io.EOF) && l.r.N <= 0 {
		err = fmt.Errorf("it is larger than %d octets", int64(maxDocument))
	}
	return n, err
}

// value reads the next value whole.
func (s *scanner) value(v any) error {
	s.limit.value = maxValue
	return s.Decode(v)
}

// member reads the value of a key of the object v; one that v does not have is
// skipped.
func (s *scanner) member(key string, v any) error {
	var raw json.RawMessage
	if err := s.value(&raw); err != nil {
		return err
	}
	object, err := json.Marshal(map[string]json.RawMessage{key: raw})
	if err == nil {
		err = json.Unmarshal(object, v)
	}
	return err
}

// delimiter reads a bracket.
func (s *scanner) delimiter(want json.Delim) error {
	s.limit.value = maxValue
	token, err := s.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("at octet %d: %v where %v has to be", s.InputOffset(), token, want)
	}
	return nil
}

// more reports whether another element follows.
func (s *scanner) more() bool {
	s.limit.value = maxValue
	return s.More()
}

// object reads an object; member reads the value of each key.
func (s *scanner) object(member func(key string) error) error {
	if err := s.delimiter('{'); err != nil {
		return err
	}
	for s.more() {
		token, err := s.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("at octet %d: %v where a key has to be", s.InputOffset(), token)
		}
		if err := member(key); err != nil {
			return err
		}
	}
	return s.delimiter('}')
}

// array reads an array; element reads each element.
func (s *scanner) array(element func() error) error {
	if err := s.delimiter('['); err != nil {
		return err
	}
	for s.more() {
		if err := element(); err != nil {
			return err
		}
	}
	return s.delimiter(']')
}

// end reports what follows where nothing may.
func (s *scanner) end() error {
	switch token, err := s.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("at octet %d: %v after its end", s.InputOffset(), token)
	}
}
