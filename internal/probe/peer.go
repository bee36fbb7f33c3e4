package probe

import (
	"encoding/binary"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Reply is what a conforming peer answers once it has read so many octets after
// the handshake: a pong, or its close frame.
type Reply struct {
	At    int
	Frame wsproto.Frame
}

// Prober asks about one exchange. Its judge is used again and again.
type Prober struct {
	Exchange *Exchange
	Replies  []Reply // in order
	judge    oracle.Judge
	key      uint32 // the last one that the peer masked with
	greets   bool   // the peer shows at once that it takes the connection for open
}

// NewProber returns a prober of an exchange.
func NewProber(t *Exchange, replies []Reply) *Prober { return &Prober{Exchange: t, Replies: replies} }

// begin has the judge see the first n octets, and a peer that answers what is
// complete with so many.
func (p *Prober) begin(n, answered int) (closed bool) {
	j := &p.judge
	j.Reset(p.Exchange.Role, oracle.Options{Stay: true})
	p.key = 0
	p.Exchange.feed(j)
	if p.greets {
		p.send(wsproto.NewFrame(wsproto.OpPong, true, nil))
	}
	at := 0
	for _, r := range p.Replies {
		if r.At > answered {
			break
		}
		feed(j, oracle.EventSent, p.Exchange.Octets[at:r.At])
		at = r.At
		p.send(r.Frame)
		closed = closed || r.Frame.Opcode == wsproto.OpClose
	}
	feed(j, oracle.EventSent, p.Exchange.Octets[at:n])
	return closed
}

// send has the judge receive a frame.
func (p *Prober) send(f wsproto.Frame) {
	if f.Masked = p.Exchange.Role == wsproto.Server; f.Masked { // the peer is the client
		p.key += 0x9e3779b9 // never the same twice, and not to be seen to count
		binary.BigEndian.PutUint32(f.Mask[:], (p.key^p.key>>16)*0x85ebca6b)
	}
	feed(&p.judge, oracle.EventReceived, f.AppendTo(nil))
}

// Taken returns what the oracle says of a peer that reads the first n octets,
// answers pings and close frames, and takes everything else: the findings, those
// that are violations first.
func (p *Prober) Taken(n int) []oracle.Finding {
	if p.begin(n, n) {
		p.end()
	} else {
		p.stay()
	}
	return sorted(p.judge.Verdict().Findings)
}

// Ignored is Taken for a peer that does not answer what is complete with the
// last of the octets.
func (p *Prober) Ignored(n int) []oracle.Finding {
	p.begin(n, n-1)
	p.stay()
	return sorted(p.judge.Verdict().Findings)
}

// Failing returns what it says of one that reads the first n octets and then
// fails the connection with a code, instead of the answer.
func (p *Prober) Failing(n int, code wsproto.CloseCode) []oracle.Finding {
	if !p.begin(n, n-1) {
		p.send(wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, code, "")))
	}
	p.end()
	return sorted(p.judge.Verdict().Findings)
}

// stay has the peer leave it at that.
func (p *Prober) stay() {
	p.judge.Feed(&oracle.Event{Kind: oracle.EventQuiet, Step: -1})
	// From here on a client owes the end of its own direction too.
	p.judge.Feed(&oracle.Event{Kind: oracle.EventSentEOF, Step: -1})
	p.judge.Feed(&oracle.Event{Kind: oracle.EventQuiet, Step: -1})
}

// end has TCP end as it should after a close frame: it is for the server to
// begin.
func (p *Prober) end() {
	if p.Exchange.Role == wsproto.Server {
		p.judge.Feed(&oracle.Event{Kind: oracle.EventSentEOF, Step: -1})
	}
	p.judge.Feed(&oracle.Event{Kind: oracle.EventReceivedEOF, Step: -1})
}

// sorted puts violations first.
func sorted(findings []oracle.Finding) []oracle.Finding {
	slices.SortStableFunc(findings, func(a, b oracle.Finding) int { return int(b.Outcome) - int(a.Outcome) })
	return findings
}
