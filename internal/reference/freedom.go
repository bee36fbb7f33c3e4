package reference

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Freedom is what an endpoint does that RFC 6455 and RFC 7692 allow and few
// endpoints do. No value makes the endpoint break a rule. The zero value is a
// plain and prompt endpoint.
type Freedom struct {
	// Seed makes repeatable what is drawn on the way, but for masking keys and
	// the Sec-WebSocket-Key, which are random for any seed. 0 means another each time.
	Seed uint64

	// ReadSize is the most octets that are read at once; 0 means no limit.
	ReadSize int
	// UTF8 is when text is checked (RFC 6455 8.1 leaves it open).
	UTF8 UTF8Check

	// Chop is the number of octets in a write, for the first few thousand of a
	// connection; 0 means no limit.
	Chop int
	// Apart writes every frame by itself, not together with others.
	Apart bool

	// Fragment is the most octets of a message that go into one frame (RFC
	// 6455 5.4); 0 means all. A message of more than 1,024 such fragments goes
	// into 1,024.
	Fragment int
	// EmptyFirst, EmptyBetween and EmptyLast add fragments without payload.
	EmptyFirst, EmptyBetween, EmptyLast bool
	// Writer has a goroutine of its own write, so that the endpoint reads on while
	// a write of its waits.
	Writer bool
	// WritePause is how long the endpoint waits before each of its first writes.
	WritePause time.Duration
	// PingEvery is how often the endpoint pings while nothing comes; 0 means never.
	PingEvery time.Duration
	// Noise is the unsolicited control frames around and within messages, and LongNoise
	// makes them as long as they may be (RFC 6455 5.5).
	Noise     Noise
	LongNoise bool

	// Pongs is when pings are answered.
	Pongs PongTiming
	// EchoPongs sends each pong back. It is one that nobody asked for (RFC 6455 5.5.3).
	EchoPongs bool

	// CloseAfter is the number of messages after whose echo the endpoint
	// starts the closing handshake, with CloseCode, unless that is 0, and
	// CloseReason. 0 means never.
	CloseAfter  int
	CloseCode   wsproto.CloseCode
	CloseReason string
	// CloseReply is how a close frame is answered.
	CloseReply CloseReply
	// Lazy is how long the endpoint waits before it answers a close frame, and again
	// before it ends the connection.
	Lazy time.Duration
	// FailSilently fails connections without a close frame (RFC 6455 7.1.7).
	FailSilently bool
	// HalfClose has a client end its direction of the stream after the closing
	// handshake, before the server does.
	HalfClose bool
	// CloseAtOnce has a server close the socket in both directions, without
	// reading on to the end of the stream. Over TCP that may reset the
	// connection, and the close frame may be lost.
	CloseAtOnce bool

	// Opening is about the opening handshake.
	Opening OpeningFreedom
	// Compression is which messages are compressed, where they may be.
	Compression Compression
	// LooseDeflate inflates what refers to more than was agreed to be kept, as far
	// as that is still known, and what does not end as it must (RFC 7692 7.2.1
	// binds the sender alone).
	LooseDeflate bool
}

// UTF8Check is when an endpoint checks text.
type UTF8Check uint8

// When text is checked.
const (
	UTF8AtOctet   UTF8Check = iota // at every octet, as it arrives
	UTF8AtFrame                    // at the end of each frame
	UTF8AtMessage                  // at the end of the message
)

// PongTiming is when an endpoint answers pings.
type PongTiming uint8

// When pings are answered.
const (
	PongAtOnce PongTiming = iota
	PongLate              // when there is nothing else to do
	PongLatest            // like PongLate, and only the latest (RFC 6455 5.5.3)
)

// CloseReply is how an endpoint answers a close frame.
type CloseReply uint8

// How a close frame is answered.
const (
	ReplyCode   CloseReply = iota // with the same code
	ReplyWhole                    // with the same code and reason
	ReplyNormal                   // with 1000
	ReplyEmpty                    // with no code
)

// Compression is which messages an endpoint compresses where
// permessage-deflate is agreed upon (RFC 7692 6).
type Compression uint8

// Which messages are compressed.
const (
	CompressAll Compression = iota
	CompressSome
	CompressNone
)

// Noise is a set of places for unsolicited control frames (RFC 6455 5.4, 5.5).
type Noise uint8

// The places, each for a ping or an unsolicited pong.
const (
	PingBefore Noise = 1 << iota
	PongBefore
	PingBetween
	PongBetween
	PingAfter
	PongAfter
)

// OpeningFreedom is what an endpoint does in the opening handshake that RFC 6455
// 4 and the HTTP/1 message syntax allow and few endpoints do.
type OpeningFreedom struct {
	Case        FieldCase // of field names
	TokenCase   FieldCase // of the tokens in Upgrade and Connection
	Shuffle     bool      // the fields in any order
	Space       Space     // around field values
	Tokens      bool      // more tokens in Connection, and in a request's Upgrade
	Extra       int       // number of fields that mean nothing
	OtherReason bool      // a reason phrase of the server's own
	NoReason    bool      // an empty reason phrase
	WithFrame   bool      // the server's response in one write with its first frames
	Greeting    bool      // an unsolicited pong before anything else
	Ping        bool      // a ping before anything else
	Body        bool      // a body of the request
	Page        Page      // how a server answers requests that do not open a connection
}

// Page is how a server answers a request that does not open a connection, and whether it keeps the
// connection for another one.
type Page uint8

// The ways to answer; the connection is kept by the first three.
const (
	PageCounted Page = iota // with Content-Length
	PageInterim             // the same, after an interim response
	PageChunked             // with Transfer-Encoding
	PageClose               // with Connection: close
	PageUnsaid              // with Content-Length, and the end of the connection comes unannounced
	PageEndless             // the end of the connection ends the body
	PageOld                 // in HTTP/1.0
	PageNone                // not at all: the connection ends
)

// FieldCase is a way to write field names and tokens, whose case means nothing.
type FieldCase uint8

// The ways to write a name.
const (
	CaseUsual FieldCase = iota
	CaseLower
	CaseUpper
	CaseMixed
)

// apply returns s written in that case.
func (c FieldCase) apply(s string) string {
	switch c {
	case CaseLower:
		return strings.ToLower(s)
	case CaseUpper:
		return strings.ToUpper(s)
	case CaseMixed:
		b := []byte(strings.ToLower(s))
		for i := 1; i < len(b); i += 2 {
			b[i] = strings.ToUpper(string(b[i]))[0]
		}
		return string(b)
	}
	return s
}

// Space is the white space between the colon and the value of a field, and
// after the value.
type Space uint8

// The ways to space a field.
const (
	SpaceUsual Space = iota // one blank before, none after
	SpaceNone
	SpaceWide // several blanks and tabs on both sides
)

// around returns what goes before and after a value.
func (s Space) around() (before, after string) {
	switch s {
	case SpaceNone:
		return "", ""
	case SpaceWide:
		return " \t  ", "  \t"
	}
	return " ", ""
}

// applyToRequest rewrites a request without changing what it means.
func (o OpeningFreedom) applyToRequest(r *wsproto.Request, rand *source) {
	if o.Tokens {
		o.addToken(r.Fields, "Connection", "keep-alive, Upgrade")
	}
	if o.Body {
		const body = "spam!"
		r.Fields = append(slices.Clip(r.Fields), wsproto.Field{Name: "Content-Length", Value: strconv.Itoa(len(body))})
		r.RawEnd = "\r\n" + body
	}
	r.Fields = o.apply(r.Fields, rand)
}

// applyToResponse rewrites a response without changing what it means.
func (o OpeningFreedom) applyToResponse(r *wsproto.Response, rand *source) {
	switch {
	case o.NoReason:
		r.Reason = ""
	case o.OtherReason:
		r.Reason = "Web Socket Protocol Handshake"
	}
	if o.Tokens {
		o.addToken(r.Fields, "Connection", "keep-alive, Upgrade")
	}
	r.Fields = o.apply(r.Fields, rand)
}

// applyToRefusal rewrites a response that refuses a request, and returns its body as it is sent.
func (o OpeningFreedom) applyToRefusal(r *wsproto.Response, body string, keeps bool) string {
	if keeps || o.Page == PageUnsaid {
		options := slices.DeleteFunc(list(values(r.Fields, "Connection")), func(s string) bool { return s == "close" })
		r.Fields = withoutField(r.Fields, "Connection")
		if len(options) > 0 {
			r.Fields = append(r.Fields, wsproto.Field{Name: "Connection", Value: strings.Join(options, ", ")})
		}
	}
	switch o.Page {
	case PageInterim:
		r.RawLine = fmt.Sprintf("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n%s %d %s\r\n", r.Proto, r.Status, r.Reason)
	case PageChunked:
		r.Fields = append(withoutField(r.Fields, "Content-Length"), wsproto.Field{Name: "Transfer-Encoding", Value: "chunked"})
		if body != "" {
			body = fmt.Sprintf("%x;x\r\n%s\r\n0\r\nX-End: 1\r\n\r\n", len(body), body)
		}
	case PageEndless:
		r.Fields = withoutField(r.Fields, "Content-Length")
	case PageOld:
		r.Proto = "HTTP/1.0"
	}
	return body
}

// addToken replaces the value of a field.
func (o OpeningFreedom) addToken(fields wsproto.Fields, name, value string) {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
		}
	}
}

// apply rewrites fields without changing what they mean.
func (o OpeningFreedom) apply(fields wsproto.Fields, rand *source) wsproto.Fields {
	if o == (OpeningFreedom{}) {
		return fields
	}
	fields = slices.Clone(fields)
	for i := range o.Extra {
		name := "X-Extra-" + string(rune('A'+i%26))
		fields = append(fields, wsproto.Field{Name: name, Value: strings.Repeat("spam, ", i) + "eggs"})
	}
	before, after := o.Space.around()
	for i := range fields {
		f := &fields[i]
		if f.Name == "Upgrade" || f.Name == "Connection" {
			f.Value = o.TokenCase.apply(f.Value)
		}
		f.Raw = o.Case.apply(f.Name) + ":" + before + f.Value + after + "\r\n"
	}
	if o.Shuffle {
		// Fields of one name keep their order, which means something.
		keys := make(map[string]uint32)
		for _, f := range fields {
			if _, ok := keys[f.Name]; !ok {
				keys[f.Name] = rand.uint32()
			}
		}
		slices.SortStableFunc(fields, func(a, b wsproto.Field) int {
			return int(int64(keys[a.Name]) - int64(keys[b.Name]))
		})
	}
	return fields
}

// freedomStream separates the generator of Freedoms from others of the same seed.
const freedomStream = 0x6672656564

// Freedoms draws an endpoint's freedom at random. The same seed, other than 0,
// gives the same one, and with it an endpoint whose octets repeat; 0 gives the
// zero value but for what it draws. About one liberty in four is taken, so that
// each shows both alone and with others.
//
// All of it is legal by the RFCs. Only CloseAfter is against what the suite asks of a
// peer, which is to leave the closing to the other side: clear it if that is judged too.
func Freedoms(seed uint64) Freedom {
	d := draw{rand.New(rand.NewPCG(seed, freedomStream))}
	f := Freedom{
		Seed:         seed,
		ReadSize:     d.from(1, 2, 3, 5, 7, 64, 1000),
		UTF8:         UTF8Check(d.from(int(UTF8AtFrame), int(UTF8AtMessage))),
		Chop:         d.from(1, 2, 3, 5, 13, 125, 1000),
		Apart:        d.seldom(),
		Fragment:     d.from(1, 2, 3, 7, 64, 125, 126, 127, 1000, 65535, 65536),
		EmptyFirst:   d.seldom(),
		EmptyBetween: d.seldom(),
		EmptyLast:    d.seldom(),
		Pongs:        PongTiming(d.from(int(PongLate), int(PongLatest))),
		CloseReply:   CloseReply(d.from(int(ReplyWhole), int(ReplyNormal), int(ReplyEmpty))),
		FailSilently: d.seldom(),
		HalfClose:    d.seldom(),
		CloseAtOnce:  d.seldom(),
		Compression:  Compression(d.from(int(CompressSome), int(CompressNone))),
		LooseDeflate: d.seldom(),
		Opening: OpeningFreedom{
			Case:        FieldCase(d.from(int(CaseLower), int(CaseUpper), int(CaseMixed))),
			TokenCase:   FieldCase(d.from(int(CaseLower), int(CaseUpper), int(CaseMixed))),
			Shuffle:     d.seldom(),
			Space:       Space(d.from(int(SpaceNone), int(SpaceWide))),
			Tokens:      d.seldom(),
			Extra:       d.from(1, 2, 5, 20),
			OtherReason: d.seldom(),
			NoReason:    d.seldom(),
			WithFrame:   d.seldom(),
			Greeting:    d.seldom(),
		},
	}
	for _, place := range []Noise{PingBefore, PongBefore, PingBetween, PongBetween, PingAfter, PongAfter} {
		if d.seldom() {
			f.Noise |= place
		}
	}
	if f.CloseAfter = d.from(1, 2, 3, 10); f.CloseAfter > 0 {
		f.CloseCode = closeCodes[d.IntN(len(closeCodes))]
		if f.CloseCode != 0 && d.seldom() {
			f.CloseReason = "adieu, \u00e0 bient\u00f4t"
		}
	}
	f.Opening.Ping = d.seldom()
	f.Writer = d.seldom()
	f.WritePause = time.Duration(d.from(1, 7, 50)) * time.Millisecond
	f.PingEvery = time.Duration(d.from(1, 3, 20)) * time.Second
	f.Lazy = time.Duration(d.from(1, 20, 300)) * time.Millisecond
	f.EchoPongs = d.seldom()
	f.LongNoise = d.seldom()
	f.Opening.Page = Page(d.from(int(PageInterim), int(PageChunked), int(PageClose), int(PageUnsaid), int(PageEndless), int(PageOld), int(PageNone)))
	return f
}

// closeCodes are those with which an endpoint of either role may close for
// reasons of its own; 0 stands for none.
var closeCodes = []wsproto.CloseCode{
	0, wsproto.CloseNormal, wsproto.CloseGoingAway, wsproto.CloseUnsupported, wsproto.ClosePolicy,
	wsproto.CloseInternal, wsproto.CloseServiceRestart, wsproto.CloseTryAgainLater, 3000, 3999, 4000, 4999,
}

// draw takes liberties.
type draw struct{ *rand.Rand }

// seldom returns true once in four times.
func (d draw) seldom() bool { return d.IntN(4) == 0 }

// from returns one of the values once in four times, and otherwise 0.
func (d draw) from(values ...int) int {
	if !d.seldom() {
		return 0
	}
	return values[d.IntN(len(values))]
}
