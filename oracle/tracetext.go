package oracle

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
)

// The words of the text form of traces.
const (
	traceHead  = "wscheck trace 1"
	eventsWord = "events:"
	tagWord    = "tag"
	optStep    = "step "
	optInAll   = " octets in all"
)

// FormatTrace returns the canonical text of a trace, which [ParseTrace] reads:
// a line that names the format, our role, then the script that was played, if s
// is not nil, and then a line for each event. A trace of HTTP/2 has
// the line "over http2" after the one of our role.
//
//	wscheck trace 1
//	as client
//	frame TEXT "Hello"
//	end: ping, await the pong, close
//	events:
//	0s sent "GET / HTTP/1.1\r\n"
//	  "Host: 127.0.0.1\r\n"
//	120µs received "HTTP/1.1 101 Switching Protocols\r\n\r\n"
//	130µs step [step 0]
//	140µs sent <818501020304497e67686e> [step 0]
//	1.01s timer tag "pong"
//
// An event is written as the time since the connection was made, the kind, the
// octets, the tag and, in brackets, the step that was under way, the number of
// octets where not all of them are there, and whether they were written by
// themselves.
func FormatTrace(t *Trace, s *Script) string {
	var w notation.Writer
	w.WriteString(traceHead)
	w.EndLine()
	fmt.Fprintf(&w, "as %s", t.Role)
	w.EndLine()
	if t.Carrier != HTTP1 {
		fmt.Fprintf(&w, "%s %s", carrierWord, t.Carrier)
		w.EndLine()
	}
	if s != nil {
		s.writeBody(&w)
		w.EndLine()
	}
	w.WriteString(eventsWord)
	w.EndLine()
	for i := range t.Events {
		t.Events[i].write(&w)
		w.EndLine()
	}
	return w.Builder.String()
}

func (e *Event) write(w *notation.Writer) {
	fmt.Fprintf(w, "%v %v", max(0, e.At), e.Kind)
	if len(e.Data) > 0 {
		w.Literal(e.Data)
	}
	if e.Tag != "" {
		w.WriteString(" " + tagWord)
		w.Literal([]byte(e.Tag))
	}
	var options []string
	if e.Step >= 0 {
		options = append(options, optStep+strconv.Itoa(e.Step))
	}
	if e.Elided() {
		options = append(options, strconv.Itoa(e.N)+optInAll)
	}
	if e.Sync {
		options = append(options, optAlone)
	}
	if options != nil {
		w.WriteString(" [" + strings.Join(options, ", ") + "]")
	}
}

// ParseTrace reads the text form of a trace, as [FormatTrace] writes it, with
// the freedom that [ParseScript] gives. The script is nil if the text has none;
// an event without a number of octets had those that it has. An error
// is a [*SyntaxError]. The text is at most 64 MiB long, and there are at most
// 1048576 events.
func ParseTrace(text string) (*Trace, *Script, error) {
	t := new(Trace)
	var script *Script
	err := notation.Read(text, maxTrace, func(sc *notation.Scanner) {
		s := reader{sc}
		s.Expect(strings.Fields(traceHead)...)
		s.EndLine()
		t.Role = s.Role()
		t.Carrier = s.carrier()
		if played := (&Script{Role: t.Role}); s.script(played) {
			script = played
		}
		s.Expect(eventsWord)
		s.EndLine()
		for s.Token.Kind != notation.End {
			if len(t.Events) == maxEvents {
				panic(s.ErrorHere("more than %d events: make them several traces", maxEvents))
			}
			t.Events = append(t.Events, Event{})
			s.event(&t.Events[len(t.Events)-1])
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return t, script, nil
}

// event reads a line for an event.
func (s reader) event(e *Event) {
	e.At = s.Duration(math.MaxInt64)
	kind := slices.Index(eventNames[:], s.Token.Text)
	if s.Token.Kind != notation.Word || kind < 0 {
		panic(s.ErrorHere("%s: want the kind of an event: %s", s.Found(), strings.Join(eventNames[:], ", ")))
	}
	e.Kind, e.Step = EventKind(kind), -1
	s.Advance()
	if e.Data = s.Literals(); len(e.Data) == 0 {
		e.Data = nil
	}
	e.N = len(e.Data)
	if s.Accept(tagWord) {
		e.Tag = string(s.Text("the tag"))
	}
	s.Options(e.setOption, "an event", eventOptions)
	s.EndLine()
}

// eventOptions lists the options of an event.
func eventOptions() string {
	return strings.Join([]string{optStep + "0", "5" + optInAll, optAlone}, ", ")
}

// setOption sets what an option says, as that of a step does.
func (e *Event) setOption(words string) (about string, ok bool) {
	if words == optAlone {
		e.Sync = true
		return optAlone, true
	}
	if digits, is := strings.CutPrefix(words, optStep); is {
		n, ok := notation.ParseNumber(digits)
		e.Step = int(min(n, notation.MaxNumber))
		return optStep, ok && n <= notation.MaxNumber
	}
	if digits, is := strings.CutSuffix(words, optInAll); is {
		n, ok := notation.ParseNumber(digits)
		e.N = max(e.N, int(min(n, notation.MaxNumber)))
		return optInAll, ok && n <= notation.MaxNumber
	}
	return "", false
}
