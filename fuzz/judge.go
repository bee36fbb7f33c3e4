package fuzz

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// The opening handshake of a conversation that begins with a proper one.
const (
	request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	deflateField = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
)

// What the first octet of an input of checkJudge says.
const (
	weServe  = 1 << iota // our role is the server's
	opened               // there is a proper opening handshake
	deflated             // with permessage-deflate
)

// lastEvents are the ways for a conversation to end.
var lastEvents = [...][]oracle.EventKind{
	{oracle.EventReceivedEOF},
	{oracle.EventReceivedReset},
	{oracle.EventQuiet, oracle.EventReceivedEOF},
	{oracle.EventQuiet, oracle.EventClosed},
	{oracle.EventTimer, oracle.EventClosed},
	{oracle.EventSentEOF, oracle.EventQuiet, oracle.EventReceivedEOF},
	{oracle.EventSentReset},
	{oracle.EventSendFailed, oracle.EventReceivedReset},
}

// checkJudge has the oracle judge a conversation of any octets. It must not
// panic, and the verdict must not depend on the chops in which octets were
// written and read: events hold all that went one way until something went the
// other way, or as little as sizes say.
//
// The input says what kind of conversation it is, how it ends, and the sizes.
// Then each piece begins with an octet whose lowest bit says who sent it and
// whose others say how long it is; one of no octets is a moment of quiet.
func checkJudge(input []byte) error {
	if len(input) < 2 {
		return nil
	}
	flags, last := input[0], input[1]
	sizes, octets := cut(input[2:])
	events := conversation(flags, octets)
	for _, kind := range lastEvents[int(last)%len(lastEvents)] {
		events = append(events, oracle.Event{Kind: kind, At: time.Minute, Step: -1})
	}
	role := wsproto.Client
	if flags&weServe != 0 {
		role = wsproto.Server
	}
	whole := verdictText(role, events)
	for _, sizes := range [][]byte{sizes, {1}} {
		if in := verdictText(role, chopped(events, sizes)); in != whole {
			return fmt.Errorf("in pieces of %v:\n%s\nin one:\n%s", sizes, in, whole)
		}
	}
	return nil
}

// conversation returns the events that the octets of an input stand for, with
// those one way put together.
func conversation(flags byte, octets []byte) (events []oracle.Event) {
	at := time.Duration(0)
	add := func(kind oracle.EventKind, data []byte) {
		if n := len(events); n > 0 && events[n-1].Kind == kind && kind != oracle.EventQuiet {
			events[n-1].Data = append(events[n-1].Data, data...)
			events[n-1].N = len(events[n-1].Data)
			return
		}
		at += time.Millisecond
		events = append(events, oracle.Event{Kind: kind, At: at, Data: slices.Clone(data), N: len(data), Step: -1})
	}
	if flags&opened != 0 {
		fields := "\r\n"
		if flags&deflated != 0 {
			fields = deflateField + fields
		}
		asking, answering := oracle.EventSent, oracle.EventReceived
		if flags&weServe != 0 {
			asking, answering = answering, asking
		}
		add(asking, []byte(request+fields))
		add(answering, []byte(response+fields))
	}
	for len(octets) > 0 {
		n := min(int(octets[0]>>1), len(octets)-1)
		kind := oracle.EventSent
		if octets[0]&1 != 0 {
			kind = oracle.EventReceived
		}
		if n == 0 {
			kind = oracle.EventQuiet
			at += 2 * oracle.DefaultPatience
		}
		add(kind, octets[1:1+n])
		octets = octets[1+n:]
	}
	return events
}

// chopped returns the same events with octets in pieces.
func chopped(events []oracle.Event, sizes []byte) (parts []oracle.Event) {
	for i := range events {
		if len(events[i].Data) == 0 {
			parts = append(parts, events[i])
			continue
		}
		for _, piece := range pieces(events[i].Data, sizes) {
			part := events[i]
			part.Data, part.N = piece, len(piece)
			parts = append(parts, part)
		}
	}
	return parts
}

// verdictText is what the oracle says, but for the numbers of events and for what
// it shows of the octets that it had by then.
func verdictText(role wsproto.Role, events []oracle.Event) string {
	v := oracle.JudgeTrace(&oracle.Trace{Role: role, Events: events}, oracle.Options{Echo: true, Stay: true})
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", v.Outcome, v.Reason)
	for _, f := range v.Findings {
		fmt.Fprintf(&b, "%s %s at %d: want %s\n", f.Outcome, f.Clause, f.Offset, f.Want)
	}
	return b.String()
}
