package capture

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"

	"github.com/wscheck/wscheck/internal/plural"
)

// Limits bound what a capture may cost. The zero value means the defaults.
type Limits struct {
	Octets      int64 // kept of conversations, all together; 0 means 256 MiB
	Connections int   // TCP connections at a time; 0 means 65,536
	Inflated    int64 // of a compressed file; 0 means 1 GiB
}

// ErrTooMuch says, wrapped, that a capture holds more than [Limits] allow.
var ErrTooMuch = errors.New("the capture holds too much")

// Summary is what a capture held apart from the conversations.
type Summary struct {
	Packets     int // in all
	Segments    int // that were TCP
	Connections int // that carried anything
	TLS         int // of the connections, those that began as TLS does
	HTTP2       int // of the connections, those that began as HTTP/2 does
	Entries     int // of a HAR

	format string // "HAR", "tshark", or "" for packets
}

// String says what there was where no conversation is.
func (s Summary) String() string {
	over := ""
	if s.HTTP2 > 0 {
		over = fmt.Sprintf(" (%d of HTTP/2, without an extended CONNECT for one that is read here)", s.HTTP2)
	}
	switch s.format {
	case formatHAR:
		return "no entry in it is of a WebSocket: " + plural.Of(s.Entries, "entry", "entries")
	case formatFollow:
		return "no connection in it asks for an upgrade to WebSocket: " + plural.Of(s.Connections, "connection") + over +
			" (where tshark prints no octets, the key log is not that of the capture)"
	}
	text := fmt.Sprintf("no connection in it asks for an upgrade to WebSocket: %s, %d of TCP, %s",
		plural.Of(s.Packets, "packet"), s.Segments, plural.Of(s.Connections, "connection"))
	if s.TLS > 0 {
		text += fmt.Sprintf(" (%d of TLS, which tshark decrypts: see docs/corpus.md)", s.TLS)
	}
	return text + over
}

// What a file is, beside packets.
const (
	formatHAR    = "HAR"
	formatFollow = "tshark"
)

// Read reads a file to its end and returns the conversations in the order in which
// they began: pcap, pcapng, an HTTP archive (HAR), or what tshark prints for
// -z follow,tls,raw; compressed by gzip or not. heads makes what reads the header lists of
// one side of a connection of HTTP/2; nil leaves such connections out.
//
// The error is a [*FormatError] where the file is damaged or none of these, or where the
// frames of a WebSocket over HTTP/2 cannot be read, wraps [ErrTooMuch] where it exceeds the
// limits, and is else the reader's own. There are no conversations with an error:
// a part of a capture would be judged wrongly.
func Read(r io.Reader, limits Limits, heads func() Heads) ([]*Conversation, Summary, error) {
	t := table{
		heads: heads, octets: cmp.Or(limits.Octets, 256<<20), most: cmp.Or(limits.Connections, 65536), flows: map[endpoints]*flow{},
	}
	t.budget.octets = t.octets
	if err := t.read(bufio.NewReaderSize(r, bufferSize), cmp.Or(limits.Inflated, 1<<30)); err != nil {
		return nil, Summary{}, err
	}
	return t.all, t.summary, nil
}

// bufferSize is of what is read at a time, in octets.
const bufferSize = 64 << 10

func (t *table) read(in *bufio.Reader, most int64) error {
	if IsCompressed(peek(in)) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return gzipError(err)
		}
		in = bufio.NewReaderSize(&inflated{z: z, most: most, left: most}, bufferSize)
	}
	switch head := peek(in); {
	case isHAR(head):
		if bytes.HasPrefix(head, utf8Mark) {
			in.Discard(len(utf8Mark))
		}
		t.summary.format = formatHAR
		return t.readHAR(in)
	case isFollow(head):
		t.summary.format = formatFollow
		return t.readFollow(in)
	}
	return t.readPackets(in)
}

// peek returns the first octets, fewer where the file has no more. Errors come again
// with the next read.
func peek(in *bufio.Reader) []byte {
	head, _ := in.Peek(HeadSize)
	return head
}

// HeadSize is how many octets of a file [Begins] looks at.
const HeadSize = 96

// Begins reports whether a file begins as a pcap, a pcapng, or what tshark prints. Both
// a HAR and a compressed file may be anything else too, so that their names have to show it.
func Begins(head []byte) bool {
	return len(head) >= 4 && binary.BigEndian.Uint32(head) == blockSection || orderOf(head) != nil || isFollow(head)
}

// IsCompressed reports whether a file begins as one that gzip wrote.
func IsCompressed(head []byte) bool { return bytes.HasPrefix(head, []byte{0x1f, 0x8b}) }

func gzipError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{Problem: "the compressed file is cut short"}
	}
	return &FormatError{Problem: err.Error()}
}

// inflated reads so many octets of a compressed file.
type inflated struct {
	z          *gzip.Reader
	most, left int64
}

func (i *inflated) Read(p []byte) (int, error) {
	n, err := i.z.Read(p)
	if i.left -= int64(n); i.left < 0 {
		return 0, fmt.Errorf("%w: more than %d octets when inflated", ErrTooMuch, i.most)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = gzipError(err)
	}
	return n, err
}

// readPackets reads a pcap or pcapng file.
func (t *table) readPackets(in *bufio.Reader) error {
	packets, err := newPacketReader(in)
	if err != nil {
		return err
	}
	for {
		p, err := packets.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		t.summary.Packets++
		if s, ok := tcpOf(p); ok {
			t.summary.Segments++
			if !t.add(&s, p) {
				return fmt.Errorf("%w: more than %d connections at a time", ErrTooMuch, t.most)
			}
		}
		if t.fault != "" {
			return &FormatError{Packet: t.summary.Packets, Problem: t.fault}
		}
		if t.budget.spent() {
			return t.tooMuch()
		}
	}
}

// tooMuch is the error of a budget that is spent.
func (t *table) tooMuch() error {
	return fmt.Errorf("%w: more than %d octets of conversations", ErrTooMuch, t.octets)
}

// endpoints name a connection, whichever of the two sent first.
type endpoints struct{ low, high netip.AddrPort }

// table is the connections of a capture.
type table struct {
	octets  int64 // of the budget, at first
	most    int
	heads   func() Heads // nil: HTTP/2 is not read
	flows   map[endpoints]*flow
	all     []*Conversation // as they began
	fault   string          // what cannot be read
	budget  budget
	summary Summary
}

// add takes a segment, and reports false where there are too many connections.
func (t *table) add(s *segment, p packet) bool {
	key := endpoints{s.from, s.to}
	if key.high.Compare(key.low) < 0 {
		key = endpoints{s.to, s.from}
	}
	f := t.flows[key]
	if opens := s.syn && !s.has; f == nil || opens && (f.over || s.seq != f.syn) {
		if !opens && (s.size == 0 || s.rst) {
			return true // it opens nothing, and brings nothing
		}
		if f == nil && len(t.flows) >= t.most && !t.sweep() {
			return false
		}
		if f != nil {
			f.drop()
		}
		f = newFlow([2]netip.AddrPort{s.from, s.to}, s.seq, t)
		t.flows[key] = f
		t.summary.Connections++
	}
	from := 0
	if s.from != f.ends[0] {
		from = 1
	}
	if !f.begun && s.size > 0 {
		f.begun = true
		if isTLS(s.data) {
			t.summary.TLS++
		}
	}
	f.add(from, s, p.at)
	if f.over {
		f.drop() // it stays in the table, so that what comes late is not taken for a new one
	}
	return true
}

// sweep takes connections that are over out of the table, and reports whether
// there were any.
func (t *table) sweep() bool {
	before := len(t.flows)
	maps.DeleteFunc(t.flows, func(_ endpoints, f *flow) bool { return f.over })
	return len(t.flows) < before
}

// isTLS reports whether octets begin a handshake of TLS.
func isTLS(octets []byte) bool { return bytes.HasPrefix(octets, []byte{0x16, 0x03}) }
