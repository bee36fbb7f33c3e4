package jsonvec

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/probe"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Version is that of the file format. A reader must refuse one that it does not
// know.
const Version = 1

// File is a file of vectors.
type File struct {
	Version int       `json:"version"`
	License string    `json:"license"`
	Vectors []*Vector `json:"vectors"`
}

// Result is what a library may do with the octets of a vector.
type Result string

// The results.
const (
	Keep   Result = "keep"   // it takes them all
	Fail   Result = "fail"   // it fails the connection
	Either Result = "either" // a SHOULD, or what the RFCs leave open: it may do either
)

// Vector is a conversation as one library sees it.
type Vector struct {
	Name    string       `json:"name"` // unique in the file, and stable
	Comment string       `json:"comment,omitempty"`
	Role    wsproto.Role `json:"role"` // of the library; it receives what the other role sends

	// Extensions is the value of Sec-WebSocket-Extensions in the response: what
	// is agreed on. "" stands for none.
	Extensions string `json:"extensions"`

	// Octets are those after the opening handshake, in the pieces in which they
	// arrive.
	Octets []wsproto.Octets `json:"octets"`

	Result Result   `json:"result"`
	Events []Event  `json:"events"` // in order
	Fail   *Failure `json:"fail,omitempty"`
}

// Event is what a library reports to its user. A library that fails has reported all
// events whose At is at most Failure.First, and may have reported the others. If it
// may do either and does not fail, it reports all, and perhaps more: wrong octets
// need not have one meaning.
type Event struct {
	Type string         `json:"type"` // "text", "binary", "ping", "pong" or "close"
	At   int            `json:"at"`   // it is complete with so many octets
	Data wsproto.Octets `json:"data"` // the message, inflated; the payload; the reason of a close frame
	Code int            `json:"code,omitempty"`
}

// Failure is how a library fails the connection.
type Failure struct {
	// First is the number of octets with which it may fail at the earliest, and
	// Last the one with which it has to. A header that has come in part
	// may be taken for a wrong one.
	First int `json:"first"`
	Last  int `json:"last"`

	Clause oracle.ClauseID `json:"clause"`

	// Codes are those that fit, beside 3000 to 4999, in no order that means
	// anything. A library that sends no close frame has none.
	Codes []wsproto.CloseCode `json:"codes"`
}

// MaxOctets bounds the octets of a vector.
const MaxOctets = 70_000

// maxPieces bounds its pieces.
const maxPieces = 4096

// ErrTooLong says that a script sends too much for a vector.
var ErrTooLong = fmt.Errorf("more than %d octets, or %d pieces", MaxOctets, maxPieces)

// FromScript returns the vector of a script: what the peer that our side plays
// sends after the opening handshake. It fails for scripts that are about the
// handshake, that send or inflate to too much, or that send test data.
func FromScript(name, comment string, s *oracle.Script) (*Vector, error) {
	exchange, err := probe.New(s)
	if err != nil {
		return nil, err
	}
	if len(exchange.Octets) > MaxOctets || len(exchange.Pieces) > maxPieces {
		return nil, ErrTooLong
	}
	v := &Vector{Name: name, Comment: comment, Role: s.Role.Peer(), Octets: []wsproto.Octets{}, Result: Keep, Events: []Event{}}
	if exchange.Agreed {
		v.Extensions = exchange.Params.String()
	}
	for _, p := range exchange.Pieces {
		v.Octets = append(v.Octets, p)
	}
	events, err := exchange.Events()
	if err != nil {
		return nil, err
	}
	v.judge(probe.NewProber(exchange, probe.Replies(events)))
	for i := range events {
		if v.Fail == nil || events[i].At < v.Fail.Last || v.Result == Either && events[i].Opcode != wsproto.OpClose {
			v.Events = append(v.Events, event(&events[i]))
		}
	}
	return v, nil
}

func event(e *probe.Event) Event {
	names := map[wsproto.Opcode]string{
		wsproto.OpText: "text", wsproto.OpBinary: "binary", wsproto.OpPing: "ping", wsproto.OpPong: "pong", wsproto.OpClose: "close",
	}
	out := Event{Type: names[e.Opcode], At: e.At, Data: append(wsproto.Octets{}, e.Data...)}
	if e.Coded {
		out.Code = int(e.Code)
	}
	return out
}

// maxFile bounds the octets of a file, and maxVectors its vectors.
const (
	maxFile    = 64 << 20
	maxVectors = 1 << 16
)

// Format writes a file, the vectors in the order of their names. The same vectors
// give the same octets.
func Format(vectors []*Vector) ([]byte, error) {
	sorted := slices.SortedFunc(slices.Values(vectors), func(a, b *Vector) int { return strings.Compare(a.Name, b.Name) })
	// A vector a line, so that files can be compared, and looked at with grep.
	out := fmt.Appendf(nil, "{\n\"version\": %d,\n\"license\": \"CC0-1.0\",\n\"vectors\": [", Version)
	for i, v := range sorted {
		line, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), line...)
	}
	return append(out, "\n]\n}\n"...), nil
}
