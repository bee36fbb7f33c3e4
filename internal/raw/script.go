package raw

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/wire"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// MaxOctets is the length of the longest stream that [Script] and [Frames] are
// meant for, and that [ReadFolder] takes.
const MaxOctets = 16 << 20

// maxFrames bounds the frames that a script shows as such: the octets after them
// are one step.
const maxFrames = 1024

// Script returns the script whose octets are exactly these: all that our side, in
// that role, sends on a connection. Where they begin with an opening handshake
// that upgrades the connection, that is the script's [oracle.Handshake.Raw], and
// frames follow, each as a step; other octets go out as they are. Anything else is
// Raw in one piece, and our side then ends the stream.
//
// The peer is not expected to accept the handshake.
func Script(role wsproto.Role, octets []byte) *oracle.Script {
	s := &oracle.Script{Role: role}
	s.Handshake.MayRefuse = true
	head := opening(role, octets)
	upgrade := head > 0
	if !upgrade {
		head = len(octets)
		s.End = oracle.EndAwait
	}
	if at := placeholders.FindIndex(octets[:head]); at != nil {
		head, upgrade = at[0]+1, false // so that it is not filled
		s.Handshake.WithFrames = true
	}
	s.Handshake.Raw = append([]byte{}, octets[:head]...) // not nil, which would be a correct one
	switch {
	case upgrade:
		s.Steps = frames(role, octets[head:])
		return s
	case head < len(octets):
		s.Steps = []oracle.Step{rawStep(octets[head:])}
	}
	s.Steps = append(s.Steps, oracle.Step{Kind: oracle.StepShutdown})
	return s
}

// Frames returns the script that makes a correct opening handshake and sends
// these octets after it.
func Frames(role wsproto.Role, octets []byte) *oracle.Script {
	return &oracle.Script{Role: role, Steps: frames(role, octets)}
}

// Carried is Script for what our side sends on a WebSocket over HTTP/2, with the head of
// the opening handshake in the text form of [wsproto.ConnectProto]. The handshake of the
// script asks for the same, and is one that HTTP/1.1 has too; only a header list that has
// no text form is kept as it is.
func Carried(role wsproto.Role, octets []byte) *oracle.Script {
	s := &oracle.Script{Role: role}
	s.Handshake.MayRefuse = true
	var list wsproto.Fields
	size := 0
	if role == wsproto.Client {
		r, n, err := wsproto.ParseRequest(octets)
		if err != nil || n == 0 {
			return Script(role, octets)
		}
		if bytes.HasPrefix(octets, []byte(wsproto.VerbatimHead)) {
			s.Handshake.Raw = bytes.Clone(octets[:n])
		} else {
			s.Handshake.Target, list = r.Target, r.Fields
		}
		size = n
	} else {
		r := &wsproto.Response{Status: 100}
		for r.Status < 200 {
			next, n, err := wsproto.ParseResponse(octets[size:])
			if err != nil || n == 0 {
				return Script(role, octets)
			}
			r, size = next, size+n
		}
		if list = r.Fields; r.Status > 299 {
			s.Handshake.Status = r.Status
		}
	}
	for _, f := range list {
		switch {
		case strings.HasPrefix(f.Name, ":"), f.Name == "sec-websocket-version" && f.Value == "13":
		case f.Name == "sec-websocket-version":
			s.Handshake.Version = f.Value
		case f.Name == "sec-websocket-extensions":
			s.Handshake.Offers = append(s.Handshake.Offers, f.Value)
		case f.Name == "sec-websocket-protocol":
			for name := range strings.SplitSeq(f.Value, ",") {
				s.Handshake.Subprotocols = append(s.Handshake.Subprotocols, strings.TrimSpace(name))
			}
		default:
			s.Handshake.Fields = append(s.Handshake.Fields, f)
		}
	}
	s.Steps = frames(role, octets[size:])
	return s
}

// opening returns the size of the opening handshake that the octets begin with,
// interim responses included, or 0 where it does not upgrade the connection.
func opening(role wsproto.Role, octets []byte) int {
	if role == wsproto.Client {
		r, n, err := wsproto.ParseRequest(octets)
		if err != nil || n == 0 || !slices.ContainsFunc(r.Tokens("Upgrade"), isWebSocket) {
			return 0
		}
		return n
	}
	for at := 0; ; {
		r, n, err := wsproto.ParseResponse(octets[at:])
		at += n
		switch {
		case err != nil || n == 0 || r.Status < 100 || r.Status > 199:
			return 0
		case r.Status == 101:
			return at
		}
	}
}

func isWebSocket(token string) bool { return strings.EqualFold(token, "websocket") }

// placeholders are what a Handshake would fill: see [head.Blanks].
var placeholders = regexp.MustCompile(`\$\{(authority|authority-upper|target|key|accept|accept-lower|accept-unpadded)\}`)

func rawStep(octets []byte) oracle.Step {
	return oracle.Step{Kind: oracle.StepRaw, Payload: payload(octets)}
}

// frames returns the steps that send the octets, frame by frame.
func frames(role wsproto.Role, octets []byte) (steps []oracle.Step) {
	for len(octets) > 0 && len(steps) < maxFrames {
		h, n := wsproto.ParseHeader(octets)
		if n == 0 || h.Length > uint64(len(octets)-n) {
			break
		}
		end := n + int(h.Length)
		content := bytes.Clone(octets[n:end])
		s := oracle.Step{Kind: oracle.StepFrame, Frame: h}
		switch {
		case h.Masked:
			wsproto.Mask(h.Mask, 0, content)
			s.Masking = oracle.MaskKey
		case role == wsproto.Client:
			s.Masking = oracle.MaskNever
		}
		s.Payload = payload(content)
		if h.Minimal() {
			s.Frame.Form = wsproto.FormMinimal
		}
		s.Frame.Length, s.Frame.Masked = 0, false
		steps, octets = append(steps, s), octets[end:]
	}
	if len(octets) > 0 {
		steps = append(steps, rawStep(octets))
	}
	return steps
}

// minRepeats is how often octets have to come again to be written once.
const minRepeats = 4

// payload returns the octets, once where they are the same ones over and over.
func payload(octets []byte) oracle.Payload {
	for period := 1; period <= 16 && period*minRepeats <= len(octets); period++ {
		if bytes.Equal(octets[period:], octets[:len(octets)-period]) {
			return oracle.Payload{Data: bytes.Clone(octets[:period]), Len: len(octets)}
		}
	}
	return oracle.Payload{Data: bytes.Clone(octets)}
}

// Octets returns what our side of a script sends when the peer accepts it and
// says nothing: for a script of [Script] the octets that it was made of. What a
// script leaves to the connection (a key, masks, the authority) has the same
// value each time. An error says that the script sends too much, or octets of
// a test data set.
func Octets(s *oracle.Script) ([]byte, error) {
	r, err := wire.Render(s, wire.Options{})
	if err != nil {
		return nil, err
	}
	return r.Octets(), nil
}

// acceptField is the value of a Sec-WebSocket-Accept field.
var acceptField = regexp.MustCompile(`(?i)\nSec-WebSocket-Accept:[ \t]*([^\r\n]*?)[ \t]*\r?\n`)

// Answer returns the script of a server with the value of its
// Sec-WebSocket-Accept left to the client's key: no client accepts the value
// that was recorded with another. ok is false if there is no such value.
func Answer(s *oracle.Script) (answering *oracle.Script, ok bool) {
	if s.Role != wsproto.Server {
		return nil, false
	}
	at := acceptField.FindSubmatchIndex(s.Handshake.Raw)
	if at == nil {
		return nil, false
	}
	c := *s
	c.Handshake.Raw = slices.Concat(s.Handshake.Raw[:at[2]], []byte("${accept}"), s.Handshake.Raw[at[3]:])
	return &c, true
}
