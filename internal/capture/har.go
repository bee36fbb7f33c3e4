package capture

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// maxEntry bounds the octets of an entry of a HAR, bodies of responses included.
const maxEntry = 128 << 20

// harEntry is what an entry of a HAR holds of a WebSocket connection, as Chrome,
// Firefox and mitmproxy write it.
type harEntry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		URL     string  `json:"url"`
		Headers harList `json:"headers"`
	} `json:"request"`
	Response struct {
		Status     int     `json:"status"`
		StatusText string  `json:"statusText"`
		Headers    harList `json:"headers"`
	} `json:"response"`
	Messages harList `json:"_webSocketMessages"`
}

// harList is a list that is decoded an item at a time: most items take more room than
// their text.
type harList struct{ json.RawMessage }

func (l harList) there() bool { return bytes.HasPrefix(l.RawMessage, []byte("[")) }

// each decodes the items into the same value, until one is the last or yield returns
// false.
func (l harList) each(value any, yield func() bool) error {
	d := json.NewDecoder(bytes.NewReader(l.RawMessage))
	if !l.there() {
		return nil
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		if err := d.Decode(value); err != nil || !yield() {
			return err
		}
	}
	return nil
}

type harField struct{ Name, Value string }

type harMessage struct {
	Type   string  // "send", "receive", or "error"
	Time   float64 // in seconds since the epoch
	Opcode int
	Data   string // text, or base64
}

// readHAR reads an HTTP archive, entry by entry.
func (t *table) readHAR(r io.Reader) error {
	in := &counted{r: r, left: maxEntry}
	d := json.NewDecoder(in)
	if err := enter(d, "log"); err != nil {
		return harError(d, err)
	}
	if err := enter(d, "entries"); err != nil {
		return harError(d, err)
	}
	for d.More() {
		in.left = maxEntry
		var e harEntry
		if err := d.Decode(&e); err != nil {
			return harError(d, err)
		}
		t.summary.Entries++
		if err := t.fromHAR(&e); err != nil {
			return harError(d, err)
		}
		if t.budget.spent() {
			return t.tooMuch()
		}
	}
	// What comes after the entries matters as little as what stands before them,
	// but a file that is cut short is damaged.
	in.left = maxEntry
	for depth := 3; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return harError(d, err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// errNoHAR says that JSON is not that of an HTTP archive.
var errNoHAR = errors.New("JSON, but no HAR: \"log\" with \"entries\" is not there")

// enter reads up to the beginning of the value that a key has.
func enter(d *json.Decoder, key string) error {
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return cmp.Or(err, errNoHAR)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name == key {
			if key != "entries" {
				return nil
			}
			token, err := d.Token()
			if err == nil && token != json.Delim('[') {
				err = errNoHAR
			}
			return err
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return err
		}
	}
	return errNoHAR
}

// harError says what is wrong with a HAR, and where.
func harError(d *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	fault := &FormatError{Offset: d.InputOffset()}
	switch {
	case errors.Is(err, errNoHAR):
		fault.Offset, fault.Problem = 0, err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		fault.Problem = "the file is cut short"
	case errors.As(err, &syntax):
		fault.Offset, fault.Problem = syntax.Offset, "no JSON: "+syntax.Error()
	case errors.As(err, &kind):
		fault.Problem = fmt.Sprintf("%s is a %s", cmp.Or(kind.Field, "an item"), kind.Value)
	case errors.Is(err, errLongEntry):
		fault.Problem = err.Error()
	default:
		return err
	}
	return fault
}

var errLongEntry = fmt.Errorf("an entry of more than %d octets", maxEntry)

// counted gives up after so many octets.
type counted struct {
	r    io.Reader
	left int
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errLongEntry
	}
	n, err := c.r.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// sampleKey stands for a key that a HAR does not hold.
const sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

// fromHAR makes a conversation of an entry, and returns nil where the entry holds
// none. A HAR holds fields and messages as a program understood them. What it holds
// is believed; what it leaves out (a browser's own fields, all of the opening handshake over HTTP/2, the
// frames) is filled in, so that no peer is called wrong for it.
func (t *table) fromHAR(e *harEntry) error {
	u, err := url.Parse(e.Request.URL)
	if err != nil || !e.Messages.there() && u.Scheme != "ws" && u.Scheme != "wss" || e.Response.Status <= 0 {
		return nil
	}
	request, response, err := e.handshake(u)
	if err != nil {
		return err
	}
	c := &Conversation{Name: e.Request.URL, Messages: true, Trace: &oracle.Trace{Role: wsproto.Client}}
	c.Start, _ = time.Parse(time.RFC3339Nano, e.Started)
	keep := func(kind oracle.EventKind, at time.Duration, octets []byte) {
		if t.budget.spend(len(octets)); !t.budget.spent() {
			c.Trace.Events = append(c.Trace.Events, oracle.Event{Kind: kind, At: at, Data: octets, N: len(octets), Step: -1})
		}
	}
	keep(oracle.EventSent, 0, request)
	keep(oracle.EventReceived, 0, response)
	t.all = append(t.all, c)
	var m harMessage
	var began float64
	var at time.Duration
	return e.Messages.each(&m, func() bool {
		began = cmp.Or(began, m.Time)
		if after := m.Time - began; after > at.Seconds() && after < 1e8 {
			at = time.Duration(after * 1e9)
		}
		kind, masked := oracle.EventReceived, false
		switch {
		case m.Type == "error" && len(c.Reported) < maxReported:
			c.Reported = append(c.Reported, m.Data[:min(len(m.Data), maxReport)])
		case m.Type == "send":
			kind, masked = oracle.EventSent, true
			fallthrough
		case m.Type == "receive":
			// Control frames are left out: no two programs write them alike, and most not at all.
			if op := wsproto.Opcode(m.Opcode); op == wsproto.OpText || op == wsproto.OpBinary {
				f := wsproto.NewFrame(op, true, m.payload())
				f.Masked = masked
				keep(kind, at, f.AppendTo(nil))
			}
		}
		m = harMessage{}
		return !t.budget.spent()
	})
}

// So many reports are kept of a conversation, and so many octets of each.
const (
	maxReported = 20
	maxReport   = 200
)

// payload is what a message carries: binary messages are written in base64, or, by
// some, a character for each octet.
func (m *harMessage) payload() []byte {
	if m.Opcode == int(wsproto.OpText) {
		return []byte(m.Data)
	}
	if octets, err := base64.StdEncoding.DecodeString(m.Data); err == nil {
		return octets
	}
	var octets []byte
	for _, r := range m.Data {
		if r > 0xff {
			return []byte(m.Data)
		}
		octets = append(octets, byte(r))
	}
	return octets
}

// handshake returns the octets of the opening handshake.
func (e *harEntry) handshake(u *url.URL) (request, response []byte, err error) {
	asked, err := e.Request.Headers.fields()
	if err != nil {
		return nil, nil, err
	}
	answered, err := e.Response.Headers.fields()
	if err != nil {
		return nil, nil, err
	}
	status, reason := e.Response.Status, e.Response.StatusText
	key, keys := asked.Get("Sec-WebSocket-Key")
	if keys == 0 {
		key, asked = sampleKey, nil
		answered = head.Without(answered, "Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol")
		if status/100 == 2 { // HTTP/2 has its own way to open a connection (RFC 8441)
			status, reason = 101, "Switching Protocols"
		}
	}
	if status != 101 {
		answered = head.Without(answered, "Content-Length", "Transfer-Encoding") // its body is not kept
	}
	req := wsproto.NewRequest(u.Host, u.RequestURI(), key)
	req.Fields = filled(req.Fields, asked)
	resp := &wsproto.Response{Proto: "HTTP/1.1", Status: status, Reason: reason, Fields: answered}
	if status == 101 {
		resp.Fields = filled(wsproto.NewResponse(key).Fields, answered)
	}
	return req.AppendTo(nil), resp.AppendTo(nil), nil
}

// maxFields bounds the header fields of a message.
const maxFields = 1000

// fields returns header fields as on the wire: a HAR has those of one name in one
// value, each in a line, and the pseudo fields of HTTP/2.
func (l harList) fields() (fields wsproto.Fields, err error) {
	var f harField
	err = l.each(&f, func() bool {
		for value := range strings.SplitSeq(f.Value, "\n") {
			if !strings.HasPrefix(f.Name, ":") && len(fields) < maxFields {
				fields = append(fields, wsproto.Field{Name: f.Name, Value: value})
			}
		}
		f = harField{}
		return len(fields) < maxFields
	})
	return fields, err
}

// filled returns fields, and before them those of needed that they do not have.
func filled(needed, fields wsproto.Fields) (all wsproto.Fields) {
	for _, f := range needed {
		if _, n := fields.Get(f.Name); n == 0 {
			all = append(all, f)
		}
	}
	return append(all, fields...)
}

// isHAR reports whether a file begins as JSON does.
func isHAR(begin []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(begin, utf8Mark), " \t\r\n"), []byte("{"))
}

// utf8Mark is what some programs write before JSON.
var utf8Mark = []byte("\xef\xbb\xbf")
