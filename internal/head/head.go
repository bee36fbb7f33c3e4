// Package head makes our part of the opening handshake of a script.
package head

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Blanks are what an [oracle.Handshake] leaves open for the connection that it is
// played on: they stand in for its zero values and fill its placeholders.
//
// A placeholder can be in any text or octets of an [oracle.Handshake]. What it is filled
// with is not searched for placeholders again.
//
//	${authority}       Authority
//	${authority-upper} the same with its ASCII letters in upper case
//	${target}          Target
//	${key}             Key
//	${accept}          the Sec-WebSocket-Accept that answers Key
//	${accept-lower}    the same with its ASCII letters in lower case
//	${accept-unpadded} the same without the padding of base64
//	${offered-first}   the first of Offered
//	${offered-last}    the last of Offered
//
// A subprotocol that a script chooses by one of the last two is left out where there is
// nothing to choose from.
type Blanks struct {
	Authority string // client role: of the URL under test, as in Host
	Target    string // client role: its path and query
	Scheme    string // client role, over HTTP/2: "http" or "https"
	Key       string // client role: a fresh key; server role: the key of the client's request

	Fields       []wsproto.Field // client role: the user's own, after the standard ones
	Subprotocols []string        // client role: offered before those of the script
	Offered      []string        // server role: the subprotocols of the client's request
}

// Request returns the octets of our request: of the client's role (RFC 6455
// 4.1).
func Request(h *oracle.Handshake, b *Blanks) []byte { return AppendRequest(nil, h, b) }

// AppendRequest appends what Request returns to dst.
func AppendRequest(dst []byte, h *oracle.Handshake, b *Blanks) []byte {
	if h.Raw != nil {
		return b.fill(dst, h.Raw)
	}
	r := wsproto.NewRequest(cmp.Or(h.Host, "${authority}"), cmp.Or(h.Target, "${target}"), cmp.Or(h.Key, "${key}"))
	r.Method = cmp.Or(h.Method, r.Method)
	r.Proto = cmp.Or(h.Proto, r.Proto)
	set(r.Fields, "Sec-WebSocket-Version", h.Version)
	r.Fields = agreed(h, r.Fields, slices.Concat(b.Subprotocols, h.Subprotocols))
	drop := h.Drop
	if h.NoHost {
		drop = append(slices.Clone(drop), "Host")
	}
	r.Fields = slices.Concat(Without(r.Fields, drop...), b.Fields, h.Fields)
	var room [512]byte
	return b.fill(dst, r.AppendTo(room[:0]))
}

// Before returns the octets of a request that comes before ours on the connection.
func Before(request string, b *Blanks) []byte { return b.fill(nil, []byte(request)) }

// Response returns the octets of our response: of the server's role (RFC 6455
// 4.2.2).
func Response(h *oracle.Handshake, b *Blanks) []byte {
	if h.Raw != nil {
		return b.fill(nil, h.Raw)
	}
	r := wsproto.NewResponse("")
	set(r.Fields, "Sec-WebSocket-Accept", cmp.Or(h.Accept, "${accept}"))
	r.Proto = cmp.Or(h.Proto, r.Proto)
	if h.Status != 0 && h.Status != r.Status {
		r.Status, r.Reason = h.Status, ""
	}
	r.Reason = cmp.Or(h.Reason, r.Reason)
	r.Fields = append(Without(agreed(h, r.Fields, b.chosen(h)), h.Drop...), h.Fields...)
	return b.fill(nil, r.AppendTo(nil))
}

// Refusal returns the octets of a response that refuses a request: with a status and its
// phrase, the reason as its body, and these fields besides.
func Refusal(status int, phrase, reason string, more ...wsproto.Field) []byte {
	r := &wsproto.Response{Proto: "HTTP/1.1", Status: status, Reason: phrase}
	r.Fields = append(wsproto.Fields{
		{Name: "Connection", Value: "close"},
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: strconv.Itoa(len(reason) + 1)},
	}, more...)
	return append(r.AppendTo(nil), reason+"\n"...)
}

// set gives the fields of a name a value, unless that is "".
func set(fields wsproto.Fields, name, value string) {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = cmp.Or(value, fields[i].Value)
		}
	}
}

// agreed adds the fields about subprotocols and extensions.
func agreed(h *oracle.Handshake, fields wsproto.Fields, subprotocols []string) wsproto.Fields {
	if len(subprotocols) > 0 {
		fields = append(fields, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: strings.Join(subprotocols, ", ")})
	}
	if len(h.Offers) > 0 {
		fields = append(fields, wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: strings.Join(h.Offers, ", ")})
	}
	return fields
}

// chosen returns the subprotocols of our response.
func (b *Blanks) chosen(h *oracle.Handshake) []string {
	if len(b.Offered) > 0 {
		return h.Subprotocols
	}
	return slices.DeleteFunc(slices.Clone(h.Subprotocols), func(name string) bool { return strings.HasPrefix(name, "${offered-") })
}

// Without returns the fields that have none of the names. It changes fields.
func Without(fields wsproto.Fields, names ...string) wsproto.Fields {
	return slices.DeleteFunc(fields, func(f wsproto.Field) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, f.Name) })
	})
}

// fill appends the octets with their placeholders filled.
func (b *Blanks) fill(dst, octets []byte) []byte {
	for {
		before, rest, found := bytes.Cut(octets, []byte("${"))
		dst = append(dst, before...)
		if !found {
			return dst
		}
		name, after, closed := bytes.Cut(rest, []byte("}"))
		if value, known := b.value(string(name)); closed && known {
			dst, octets = append(dst, value...), after
		} else {
			dst, octets = append(dst, "${"...), rest
		}
	}
}

// value returns what a placeholder stands for.
func (b *Blanks) value(name string) (value string, known bool) {
	switch name {
	case "authority":
		return b.Authority, true
	case "authority-upper":
		return strings.ToUpper(b.Authority), true
	case "target":
		return b.Target, true
	case "key":
		return b.Key, true
	case "accept":
		return wsproto.AcceptKey(b.Key), true
	case "accept-lower":
		return strings.ToLower(wsproto.AcceptKey(b.Key)), true
	case "accept-unpadded":
		return strings.TrimRight(wsproto.AcceptKey(b.Key), "="), true
	case "offered-first":
		return first(b.Offered), true
	case "offered-last":
		return first(b.Offered[max(0, len(b.Offered)-1):]), true
	}
	return "", false
}

// first returns the first of some names, or "".
func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// Connect returns the head of our request over HTTP/2, in the text form of
// [wsproto.ConnectProto]: of the client's role (RFC 8441 5).
func Connect(h *oracle.Handshake, b *Blanks) []byte {
	if h.Raw != nil {
		return b.fill(nil, h.Raw)
	}
	r := wsproto.NewConnect(b.Scheme, "${authority}", "${target}")
	r.Target = cmp.Or(h.Target, r.Target)
	set(r.Fields, "sec-websocket-version", h.Version)
	r.Fields = agreed(h, r.Fields, slices.Concat(b.Subprotocols, h.Subprotocols))
	r.Fields = lowered(slices.Concat(r.Fields, b.Fields, h.Fields))
	return b.fill(nil, r.AppendTo(nil))
}

// Accepted returns the head of our response over HTTP/2, as Connect does: of the
// server's role.
func Accepted(h *oracle.Handshake, b *Blanks) []byte {
	if h.Raw != nil {
		return b.fill(nil, h.Raw)
	}
	r := &wsproto.Response{Proto: wsproto.ConnectProto, Status: 200}
	r.Fields = lowered(append(agreed(h, nil, b.chosen(h)), h.Fields...))
	return b.fill(nil, r.AppendTo(nil))
}

// lowered has the names of fields in lower case, as HTTP/2 wants them.
func lowered(fields wsproto.Fields) wsproto.Fields {
	for i := range fields {
		fields[i].Name = strings.ToLower(fields[i].Name)
	}
	return fields
}
