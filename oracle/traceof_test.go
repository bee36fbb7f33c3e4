package oracle

import (
	"slices"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// A traceBuilder is a trace in the making. Tests write conversations as lists of parts:
//
//	traceOf(wsproto.Client, open(), tx(ping("a")), rx(pong("a")), quiet())
//
// The first argument is our role; the peer has the other one.
//
// Parts of the opening handshake:
//   - open is the whole plain handshake; deflated(offer, answer) is one with these
//     Sec-WebSocket-Extensions;
//   - asked and answered are its halves, with edits: with(name, value) adds a field,
//     lacking(name) removes one, value(name, v) and status(code) change one;
//   - refused is a response with status 400.
//
// Parts after it:
//   - tx sends pieces in one write, rx receives pieces in one read;
//   - quiet is proof that the peer does nothing more; timer lets time pass;
//   - eof and reset are the peer's end of the connection, txEOF and closed are ours;
//   - farewell is a closing handshake that we begin;
//   - all joins parts to one.
//
// Pieces are frames, or raw octets. text, binary, cont, ping, pong and closeFrame make
// a whole frame with a payload, bye a close frame with a code and a reason, and frame
// one with any opcode. Methods change it: more clears FIN, rsv sets reserved bits,
// wrongMask masks the other way round, keyed takes a masking key, form a length form,
// and declared states another length than the payload has.
//
// A test of a clause is newCase(clause, name, role, options, breaks, keeps), in
// judge_test.go: a conversation in which the peer breaks the clause, and one like it in
// which it keeps it and could have broken it. after puts the same parts before both.
// TestClauseCases runs them, and wants one for each clause that is judged.
type traceBuilder struct {
	role    wsproto.Role
	trace   Trace
	at      time.Duration
	request *wsproto.Request
	key     uint32 // of the next masked frame
}

type part func(*traceBuilder)

func traceOf(role wsproto.Role, parts ...part) *Trace {
	t := &traceBuilder{role: role, key: 0x01020304}
	t.trace.Role = role
	for _, p := range parts {
		p(t)
	}
	return &t.trace
}

func (t *traceBuilder) add(ev Event) {
	ev.At, ev.Step, ev.N = t.at, -1, max(ev.N, len(ev.Data))
	t.trace.Events = append(t.trace.Events, ev)
}

// all joins parts to one.
func all(parts ...part) part {
	return func(t *traceBuilder) {
		for _, p := range parts {
			p(t)
		}
	}
}

// piece is octets of one side: a frame or anything else.
type piece interface {
	octets(t *traceBuilder, from wsproto.Role) []byte
}

type raw string

func (r raw) octets(*traceBuilder, wsproto.Role) []byte { return []byte(r) }

// fr is a frame that is masked as its sender has to, unless an option says otherwise.
type fr struct {
	wsproto.Frame
	unlike bool // masked the other way round
	key    *[4]byte
}

func (f fr) octets(t *traceBuilder, from wsproto.Role) []byte {
	if f.Masked = (from == wsproto.Client) != f.unlike; f.Masked {
		t.key += 0x9e3779b9
		f.Mask = [4]byte{byte(t.key >> 24), byte(t.key >> 16), byte(t.key >> 8), byte(t.key)}
		if f.key != nil {
			f.Mask = *f.key
		}
	}
	return f.AppendTo(nil)
}

func frame(op wsproto.Opcode, payload string) fr {
	return fr{Frame: wsproto.NewFrame(op, true, []byte(payload))}
}

func text(s string) fr   { return frame(wsproto.OpText, s) }
func binary(s string) fr { return frame(wsproto.OpBinary, s) }
func cont(s string) fr   { return frame(wsproto.OpContinuation, s) }
func ping(s string) fr   { return frame(wsproto.OpPing, s) }
func pong(s string) fr   { return frame(wsproto.OpPong, s) }
func closeFrame(s string) fr {
	return frame(wsproto.OpClose, s)
}

func bye(code wsproto.CloseCode, reason string) fr {
	return closeFrame(string(wsproto.AppendClose(nil, code, reason)))
}

func (f fr) more() fr                        { f.Fin = false; return f }
func (f fr) rsv(bits uint8) fr               { f.Rsv = bits; return f }
func (f fr) wrongMask() fr                   { f.unlike = true; return f }
func (f fr) form(form wsproto.LengthForm) fr { f.Form = form; return f }
func (f fr) declared(n uint64) fr            { f.Length = n; return f }
func (f fr) keyed(k [4]byte) fr              { f.key = &k; return f }

func (t *traceBuilder) join(from wsproto.Role, pieces []piece) []byte {
	var b []byte
	for _, p := range pieces {
		b = append(b, p.octets(t, from)...)
	}
	return b
}

// tx sends pieces in one write.
func tx(pieces ...piece) part {
	return func(t *traceBuilder) { t.add(Event{Kind: EventSent, Data: t.join(t.role, pieces)}) }
}

// rx receives pieces in one read.
func rx(pieces ...piece) part {
	return func(t *traceBuilder) { t.add(Event{Kind: EventReceived, Data: t.join(t.role.Peer(), pieces)}) }
}

func happens(kind EventKind, tag string) part {
	return func(t *traceBuilder) { t.add(Event{Kind: kind, Tag: tag}) }
}

func quiet() part  { return happens(EventQuiet, "") }
func eof() part    { return happens(EventReceivedEOF, "") }
func reset() part  { return happens(EventReceivedReset, "") }
func txEOF() part  { return happens(EventSentEOF, "") }
func closed() part { return happens(EventClosed, "") }

func timer(after time.Duration) part {
	return func(t *traceBuilder) {
		t.at += after
		t.add(Event{Kind: EventTimer, Tag: "wait"})
	}
}

const (
	testKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	testAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// edit changes a request or response before it is sent.
type edit func(req *wsproto.Request, resp *wsproto.Response)

// asked and answered are the two halves of the opening handshake.
func asked(edits ...edit) part {
	return func(t *traceBuilder) {
		t.request = wsproto.NewRequest("example.com", "/", testKey)
		for _, e := range edits {
			e(t.request, nil)
		}
		kind := EventSent
		if t.role == wsproto.Server {
			kind = EventReceived
		}
		t.add(Event{Kind: kind, Data: t.request.AppendTo(nil)})
	}
}

func answered(edits ...edit) part {
	return func(t *traceBuilder) {
		response := wsproto.NewResponse(testKey)
		for _, e := range edits {
			e(nil, response)
		}
		kind := EventReceived
		if t.role == wsproto.Server {
			kind = EventSent
		}
		t.add(Event{Kind: kind, Data: response.AppendTo(nil)})
	}
}

func open() part { return all(asked(), answered()) }

// deflated opens a connection with these extension fields.
func deflated(offer, answer string) part {
	return all(asked(with(extensionsField, offer)), answered(with(extensionsField, answer)))
}

func fields(req *wsproto.Request, resp *wsproto.Response) *wsproto.Fields {
	if req != nil {
		return &req.Fields
	}
	return &resp.Fields
}

// with adds a field, lacking removes one, value changes one.
func with(name, value string) edit {
	return func(req *wsproto.Request, resp *wsproto.Response) {
		f := fields(req, resp)
		*f = append(*f, wsproto.Field{Name: name, Value: value})
	}
}

func lacking(name string) edit {
	return func(req *wsproto.Request, resp *wsproto.Response) {
		f := fields(req, resp)
		*f = slices.DeleteFunc(*f, func(f wsproto.Field) bool { return f.Name == name })
	}
}

func value(name, v string) edit {
	return func(req *wsproto.Request, resp *wsproto.Response) {
		f := *fields(req, resp)
		for i := range f {
			if f[i].Name == name {
				f[i].Value = v
			}
		}
	}
}

func status(code int) edit {
	return func(_ *wsproto.Request, resp *wsproto.Response) { resp.Status = code }
}

func refused() part { return answered(status(400), lacking("Sec-WebSocket-Accept")) }

// farewell is a normal end that we begin; the peer is a server.
func farewell() part {
	return all(tx(bye(1000, "")), rx(bye(1000, "")), eof())
}
