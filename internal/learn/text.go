package learn

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// Extension ends the name of a file that holds a machine.
const Extension = ".wsmachine"

// The first line of the text form.
const header = "wscheck machine 1"

// IsMachine reports whether a text is one that [Machine.Format] may have returned.
func IsMachine(text []byte) bool { return bytes.HasPrefix(text, []byte(header+"\n")) }

// MaxText is the longest text that [Parse] takes, in octets.
const MaxText = 4 << 20

// maxStates bounds the states of a machine that is read.
const maxStates = 10_000

// Columns of the text form.
const (
	inputColumn  = 16
	outputColumn = 28
)

// Format returns the text form, which is the same for the same machine:
//
//	wscheck machine 1
//	peer: server
//
//	state 0
//	  text              echo
//	  first             nothing                       -> 1
//	  close-1000        close 1000, end               -> end
//
//	state 1, after first
//	  text              close 1002, end               -> end
//
// A line is an input, what the peer answers, and where it is then: in another
// state, at the end of the connection, or, as "unknown", where nothing was
// learned of what comes then. Without a word, it stays where it is.
func (m *Machine) Format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\npeer: %v\n", header, m.Peer)
	if m.Deflate {
		fmt.Fprintf(&b, "extension: %s\n", deflate.Name)
	}
	if m.Greeting != "" {
		fmt.Fprintf(&b, "greeting: %s\n", m.Greeting)
	}
	for i, s := range m.States {
		fmt.Fprintf(&b, "\nstate %d", i)
		if i > 0 {
			fmt.Fprintf(&b, ", after %s", m.Word(s.Access))
		}
		b.WriteByte('\n')
		for in, e := range s.Edges {
			line := fmt.Sprintf("  %-*s  %-*s", inputColumn, m.Inputs[in], outputColumn, e.Output)
			if to := e.where(i); to != "" {
				line += "  -> " + to
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.Bytes()
}

// where is where an edge leads, "" for the state that it begins in.
func (e Edge) where(from int) string {
	switch e.To {
	case from:
		return ""
	case End:
		return "end"
	case Unknown:
		return "unknown"
	}
	return strconv.Itoa(e.To)
}

// ParseError says what is wrong in the text of a machine, and where.
type ParseError struct {
	Line    int
	Problem string
}

// Error returns "line: problem".
func (e *ParseError) Error() string { return fmt.Sprintf("%d: %s", e.Line, e.Problem) }

// Parse reads what Format writes. Lines that begin with # are skipped. The text is
// at most 4 MiB long. An error is a [*ParseError].
func Parse(text []byte) (*Machine, error) {
	p := &parser{m: new(Machine)}
	if len(text) > MaxText {
		return nil, &ParseError{1, "the text is longer than 4 MiB"}
	}
	for line := range strings.Lines(string(text)) {
		p.line++
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.take(line); err != nil {
			return nil, &ParseError{p.line, err.Error()}
		}
	}
	if err := p.finish(); err != nil {
		return nil, &ParseError{p.line, err.Error()}
	}
	return p.m, nil
}

type parser struct {
	m    *Machine
	line int
	any  bool // the header was read
	peer bool
}

func (p *parser) take(line string) error {
	m := p.m
	switch {
	case !p.any:
		if p.any = line == header; !p.any {
			return fmt.Errorf("this is not a machine: the first line has to be %q", header)
		}
		return nil
	case line[0] == ' ':
		return p.edge(line)
	case strings.HasPrefix(line, "state "):
		number, _, _ := strings.Cut(strings.TrimPrefix(line, "state "), ",")
		if n, err := strconv.Atoi(number); err != nil || n != len(m.States) {
			return fmt.Errorf("this has to be state %d", len(m.States))
		}
		if err := p.whole(); err != nil {
			return err
		}
		if len(m.States) == maxStates {
			return fmt.Errorf("there are more than %d states", maxStates)
		}
		m.States = append(m.States, State{})
		return nil
	}
	key, value, _ := strings.Cut(line, ": ")
	switch {
	case len(m.States) > 0:
		return errors.New("want an input, two blanks and what is answered, or a state")
	case key == "peer" && value == wsproto.Server.String():
		m.Peer, p.peer = wsproto.Server, true
	case key == "peer" && value == wsproto.Client.String():
		m.Peer, p.peer = wsproto.Client, true
	case key == "peer":
		return errors.New("peer: want client or server")
	case key == "extension" && value == deflate.Name:
		m.Deflate = true
	case key == "greeting" && value != "":
		m.Greeting = value
	default:
		return fmt.Errorf("there is no %q: want peer, extension: %s, greeting, or a state", line, deflate.Name)
	}
	return nil
}

// edge reads a line of a state.
func (p *parser) edge(line string) error {
	m := p.m
	if len(m.States) == 0 {
		return errors.New("a state has to begin first")
	}
	s := &m.States[len(m.States)-1]
	from := len(m.States) - 1
	line, where, leads := strings.Cut(line, "  -> ")
	name, output, ok := strings.Cut(strings.TrimSpace(line), "  ")
	output = strings.TrimSpace(output)
	if !ok || output == "" {
		return errors.New("want an input, two blanks and what is answered")
	}
	e := Edge{Output: output, To: from}
	switch n, err := strconv.Atoi(where); {
	case !leads:
	case where == "end":
		e.To = End
	case where == "unknown":
		e.To = Unknown
	case err != nil || n < 0:
		return fmt.Errorf("-> %s: want the number of a state, end or unknown", where)
	default:
		e.To = n
	}
	at := len(s.Edges)
	switch {
	case from == 0 && Named(name) == nil:
		return fmt.Errorf("there is no input %q", name)
	case from == 0 && slices.Contains(m.Inputs, name):
		return fmt.Errorf("%s is there twice", name)
	case from == 0:
		m.Inputs = append(m.Inputs, name)
	case at == len(m.Inputs) || m.Inputs[at] != name:
		return fmt.Errorf("%s: want the inputs of state 0 in their order", name)
	}
	s.Edges = append(s.Edges, e)
	return nil
}

// whole reports a state that does not have all inputs.
func (p *parser) whole() error {
	if n := len(p.m.States); n > 0 && (len(p.m.Inputs) == 0 || len(p.m.States[n-1].Edges) < len(p.m.Inputs)) {
		return fmt.Errorf("state %d does not have all inputs", n-1)
	}
	return nil
}

func (p *parser) finish() error {
	switch {
	case !p.any:
		return fmt.Errorf("this is not a machine: the first line has to be %q", header)
	case !p.peer:
		return errors.New("there is no line \"peer: server\" or \"peer: client\"")
	case len(p.m.States) == 0:
		return errors.New("there is no state")
	}
	if err := p.whole(); err != nil {
		return err
	}
	for i, s := range p.m.States {
		for in, e := range s.Edges {
			if e.To >= len(p.m.States) {
				return fmt.Errorf("state %d, %s: there is no state %d", i, p.m.Inputs[in], e.To)
			}
		}
	}
	n := len(p.m.States)
	if p.m.canonical(); len(p.m.States) < n {
		return errors.New("there is a state that nothing leads to")
	}
	return nil
}
