package reference

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

// Deflate is an endpoint's policy for permessage-deflate (RFC 7692).
type Deflate struct {
	// Offers are the elements of a client's Sec-WebSocket-Extensions, in order
	// of preference. nil stands for an offer with client_max_window_bits.
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
		if bits != 0 && (bits < deflate.MinWindowBits || bits > deflate.MaxWindowBits) {
			return fmt.Errorf("reference: window of %d bits, want 8 to 15", bits)
		}
	}
	for _, offer := range d.Offers {
		if _, err := wsproto.ParseExtensions([]string{offer}); err != nil {
			return fmt.Errorf("reference: %w", err)
		}
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
	server, client deflate.Stream
	serverWindow   bool // server_max_window_bits is there
	clientWindow   bool // client_max_window_bits is there
}

// parseTerms reads the parameters of an offer, or of an answer. ok is false for
// those that have to be declined, or to fail the connection.
func (e *endpoint) parseTerms(x wsproto.Extension, answer bool) (t terms, ok bool) {
	seen := make(map[string]bool)
	for _, p := range x.Params {
		if seen[p.Name] && !e.is(acceptParamTwice) {
			return t, false
		}
		seen[p.Name] = true
		ok := true
		switch p.Name {
		case paramServerNoContext:
			ok = !p.HasValue || e.is(acceptTakeoverValue)
			t.server.NoContextTakeover = true
		case paramClientNoContext:
			ok = !p.HasValue || e.is(acceptTakeoverValue)
			t.client.NoContextTakeover = true
		case paramServerWindow:
			t.server.WindowBits, ok = e.parseBits(p)
			t.serverWindow = true
		case paramClientWindow:
			t.clientWindow = true
			if answer || p.HasValue {
				t.client.WindowBits, ok = e.parseBits(p)
			}
		default:
			ok = e.is(acceptParamUnknown)
		}
		if !ok {
			return t, false
		}
	}
	return t, true
}

// parseBits reads a number of window bits: 8 to 15, without leading zeros (RFC
// 7692 7.1.2).
func (e *endpoint) parseBits(p wsproto.Param) (bits int, ok bool) {
	n, err := strconv.Atoi(p.Value)
	switch {
	case p.HasValue && err == nil && strconv.Itoa(n) == p.Value && n >= deflate.MinWindowBits && n <= deflate.MaxWindowBits:
		return n, true
	case p.HasValue && p.Value == "7" && e.is(acceptWindow7):
		return deflate.MinWindowBits, true
	case p.HasValue && p.Value == "16" && e.is(acceptWindow16):
		return deflate.MaxWindowBits, true
	case p.HasValue && strings.HasPrefix(p.Value, "0") && e.is(acceptWindowZero):
		return min(max(n, deflate.MinWindowBits), deflate.MaxWindowBits), true
	case !p.HasValue && e.is(acceptWindowNone):
		return deflate.MaxWindowBits, true
	}
	return 0, false
}

// offers returns the header fields with a client's offers.
func (e *endpoint) offers() []wsproto.Field {
	if e.Deflate == nil {
		return nil
	}
	offers := e.Deflate.Offers
	if offers == nil {
		offers = []string{nameDeflate + "; " + paramClientWindow}
	}
	return []wsproto.Field{{Name: fieldExtensions, Value: strings.Join(offers, ", ")}}
}

// answerOffers accepts the first offer that can be accepted, and returns the
// header fields that say so.
func (e *endpoint) answerOffers(req *wsproto.Request) []wsproto.Field {
	if e.Deflate == nil {
		return nil
	}
	offers, _ := wsproto.ParseExtensions(req.Values(fieldExtensions))
	for _, x := range offers {
		if x.Name != nameDeflate {
			continue
		}
		if t, ok := e.parseTerms(x, false); ok {
			agreed := e.Deflate.limit(t)
			e.agree(agreed.client, agreed.server)
			return []wsproto.Field{{Name: fieldExtensions, Value: agreed.extension().String()}}
		}
	}
	return nil
}

// limit returns the terms on which a server accepts those of an offer.
func (d *Deflate) limit(t terms) terms {
	t.server.NoContextTakeover = t.server.NoContextTakeover || d.ServerNoContextTakeover
	t.client.NoContextTakeover = t.client.NoContextTakeover || d.ClientNoContextTakeover
	if d.ServerMaxWindowBits != 0 && (!t.serverWindow || d.ServerMaxWindowBits < t.server.WindowBits) {
		t.server.WindowBits, t.serverWindow = d.ServerMaxWindowBits, true
	}
	if t.clientWindow && d.ClientMaxWindowBits != 0 && (t.client.WindowBits == 0 || d.ClientMaxWindowBits < t.client.WindowBits) {
		t.client.WindowBits = d.ClientMaxWindowBits
	}
	if t.client.WindowBits == 0 {
		t.clientWindow = false // an answer has to have a value, and none is needed
	}
	return t
}

// extension returns the answer that states the terms.
func (t terms) extension() wsproto.Extension {
	x := wsproto.Extension{Name: nameDeflate}
	add := func(has bool, name string, bits int) {
		if !has {
			return
		}
		p := wsproto.Param{Name: name}
		if bits != 0 {
			p.Value, p.HasValue = strconv.Itoa(bits), true
		}
		x.Params = append(x.Params, p)
	}
	add(t.server.NoContextTakeover, paramServerNoContext, 0)
	add(t.client.NoContextTakeover, paramClientNoContext, 0)
	add(t.serverWindow, paramServerWindow, t.server.WindowBits)
	add(t.clientWindow, paramClientWindow, t.client.WindowBits)
	return x
}

// takeAnswer reads the extensions that a server accepted, and fails the
// connection for an answer that no offer allows (RFC 7692 5, 7.1). That other
// extensions were not offered is checked before.
func (e *endpoint) takeAnswer(req *wsproto.Request, resp *wsproto.Response) error {
	answers, _ := wsproto.ParseExtensions(resp.Values(fieldExtensions))
	offers, _ := wsproto.ParseExtensions(req.Values(fieldExtensions))
	for _, x := range answers {
		if x.Name != nameDeflate || e.Deflate == nil {
			continue // a mutant's
		}
		answer, ok := e.parseTerms(x, true)
		if !ok || e.agreed && !e.is(acceptAnswerTwice) || !e.answersAny(offers, answer) {
			return &Refusal{Status: resp.Status, Problems: []wsproto.Problem{{
				Kind: problem.ExtensionNotOffered, Detail: x.String() + " answers no offer",
			}}}
		}
		if !e.agreed {
			e.agree(answer.server, answer.client)
		}
	}
	return nil
}

// answersAny reports whether an answer is one to any of the offers.
func (e *endpoint) answersAny(offers []wsproto.Extension, answer terms) bool {
	for _, x := range offers {
		if x.Name != nameDeflate {
			continue
		}
		offer, ok := e.parseTerms(x, false)
		switch {
		case !ok:
		case offer.server.NoContextTakeover && !answer.server.NoContextTakeover:
		case offer.serverWindow && !answer.serverWindow:
		case offer.serverWindow && answer.server.WindowBits > offer.server.WindowBits:
		case answer.clientWindow && !offer.clientWindow:
		case offer.client.WindowBits != 0 && answer.client.WindowBits > offer.client.WindowBits:
		default:
			return true
		}
	}
	return false
}
