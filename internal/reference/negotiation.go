package reference

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Deflate is an endpoint's policy for permessage-deflate (RFC 7692).
type Deflate struct {
	// Offers are the elements of a client's Sec-WebSocket-Extensions, in order
	// of preference. nil means one offer with client_max_window_bits.
	Offers []string

	// What a server answers beyond what the offer demands: that either side
	// gives up its context after each message, and the most bits of either
	// window, 8 to 15; 0 means no limit. The client's window is limited only
	// where the offer allows it.
	ServerNoContextTakeover bool
	ClientNoContextTakeover bool
	ServerMaxWindowBits     int
	ClientMaxWindowBits     int
}

// check reports what is wrong with the policy.
func (d *Deflate) check() error {
	for _, bits := range []int{d.ServerMaxWindowBits, d.ClientMaxWindowBits} {
		if bits != 0 && (bits < minWindowBits || bits > maxWindowBits) {
			return fmt.Errorf("reference: window of %d bits, want 8 to 15", bits)
		}
	}
	if _, err := parseExtensions(d.Offers); err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	return nil
}

// The names of RFC 7692 7.
const (
	nameDeflate          = "permessage-deflate"
	paramServerNoContext = "server_no_context_takeover"
	paramClientNoContext = "client_no_context_takeover"
	paramServerWindow    = "server_max_window_bits"
	paramClientWindow    = "client_max_window_bits"
)

// terms are the parameters of an offer or of an answer (RFC 7692 7.1).
type terms struct {
	server, client stream
	serverWindow   bool // server_max_window_bits is there
	clientWindow   bool // client_max_window_bits is there
}

// parseTerms reads the parameters of an offer, or of an answer. ok is false for
// those that have to be declined, or to fail the connection.
func (e *endpoint) parseTerms(x extension, answer bool) (t terms, ok bool) {
	seen := make(map[string]bool)
	for _, p := range x.params {
		if e.hooks.param(&p, seen[p.name]) {
			continue
		}
		if seen[p.name] {
			return t, false
		}
		seen[p.name] = true
		ok := true
		switch p.name {
		case paramServerNoContext:
			ok = !p.hasValue
			t.server.noTakeover = true
		case paramClientNoContext:
			ok = !p.hasValue
			t.client.noTakeover = true
		case paramServerWindow:
			t.server.bits, ok = parseBits(p)
			t.serverWindow = true
		case paramClientWindow:
			t.clientWindow = true
			if answer || p.hasValue {
				t.client.bits, ok = parseBits(p)
			}
		default:
			ok = false
		}
		if !ok {
			return t, false
		}
	}
	return t, true
}

// parseBits reads a number of window bits: 8 to 15, without leading zeros (RFC
// 7692 7.1.2).
func parseBits(p param) (bits int, ok bool) {
	n, err := strconv.Atoi(p.value)
	return n, err == nil && p.hasValue && strconv.Itoa(n) == p.value && n >= minWindowBits && n <= maxWindowBits
}

// offers returns the header fields with a client's offers.
func (e *endpoint) offers() wsproto.Fields {
	if e.Deflate == nil {
		return nil
	}
	offers := e.Deflate.Offers
	if offers == nil {
		offers = []string{nameDeflate + "; " + paramClientWindow}
	}
	return wsproto.Fields{{Name: fieldExtensions, Value: strings.Join(offers, ", ")}}
}

// answerOffers accepts the first offer that can be accepted, and returns the
// header fields that say so.
func (e *endpoint) answerOffers(values []string) wsproto.Fields {
	if e.Deflate == nil {
		return nil
	}
	offers, _ := parseExtensions(values)
	for _, x := range offers {
		if x.name != nameDeflate {
			continue
		}
		if t, ok := e.parseTerms(x, false); ok {
			agreed := e.Deflate.limit(t)
			e.agree(agreed.client, agreed.server)
			return wsproto.Fields{{Name: fieldExtensions, Value: agreed.extension().String()}}
		}
	}
	return nil
}

// limit returns the terms on which a server accepts those of an offer.
func (d *Deflate) limit(t terms) terms {
	t.server.noTakeover = t.server.noTakeover || d.ServerNoContextTakeover
	t.client.noTakeover = t.client.noTakeover || d.ClientNoContextTakeover
	if d.ServerMaxWindowBits != 0 && (!t.serverWindow || d.ServerMaxWindowBits < t.server.bits) {
		t.server.bits, t.serverWindow = d.ServerMaxWindowBits, true
	}
	if t.clientWindow && d.ClientMaxWindowBits != 0 && (t.client.bits == 0 || d.ClientMaxWindowBits < t.client.bits) {
		t.client.bits = d.ClientMaxWindowBits
	}
	if t.client.bits == 0 {
		t.clientWindow = false // an answer has to have a value, and none is needed
	}
	return t
}

// extension returns the answer that states the terms.
func (t terms) extension() extension {
	x := extension{name: nameDeflate}
	add := func(has bool, name string, bits int) {
		if !has {
			return
		}
		p := param{name: name}
		if bits != 0 {
			p.value, p.hasValue = strconv.Itoa(bits), true
		}
		x.params = append(x.params, p)
	}
	add(t.server.noTakeover, paramServerNoContext, 0)
	add(t.client.noTakeover, paramClientNoContext, 0)
	add(t.serverWindow, paramServerWindow, t.server.bits)
	add(t.clientWindow, paramClientWindow, t.client.bits)
	return x
}

// takeAnswer reads the extensions that a server accepted. ok is false for an answer that
// no offer allows (RFC 7692 5, 7.1). That all extensions were offered is checked before.
func (e *endpoint) takeAnswer(accepted []string) (ok bool) {
	answers, _ := parseExtensions(accepted)
	offers, _ := parseExtensions(values(e.requested, fieldExtensions))
	for _, x := range answers {
		if x.name != nameDeflate || e.Deflate == nil {
			continue
		}
		answer, ok := e.parseTerms(x, true)
		if !ok || e.agreed || !e.answersAny(offers, answer) {
			return false
		}
		e.agree(answer.server, answer.client)
	}
	return true
}

// answersAny reports whether an answer is one to any of the offers.
func (e *endpoint) answersAny(offers []extension, answer terms) bool {
	for _, x := range offers {
		if x.name != nameDeflate {
			continue
		}
		offer, ok := e.parseTerms(x, false)
		switch {
		case !ok:
		case offer.server.noTakeover && !answer.server.noTakeover:
		case offer.serverWindow && !answer.serverWindow:
		case offer.serverWindow && answer.server.bits > offer.server.bits:
		case answer.clientWindow && !offer.clientWindow:
		case offer.client.bits != 0 && answer.client.bits > offer.client.bits:
		default:
			return true
		}
	}
	return false
}
