package gen

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// agreement is what may come of a Sec-WebSocket-Extensions of ours: of offers as the client,
// of an answer as the server (RFC 6455 9.1, RFC 7692 7.1).
type agreement struct {
	// compresses says that permessage-deflate may come of it.
	compresses bool
	// clientLimited and serverLimited say that the messages of that side may
	// then have to keep to a window of fewer than 15 bits, or to take no context
	// over.
	clientLimited, serverLimited bool
	// bits is the largest window that is named, 0 for none: one that a peer may be
	// tempted to overrun.
	bits int
}

// extensions are those of our side in a role, the right ones first; the first
// stands for no extension.
var extensions = [2]func() *variants{wsproto.Client: offers, wsproto.Server: answers}

const (
	offer = deflate.Name
	// anyAnswer fits every valid offer, with any demands: the server may
	// announce what was not asked for (RFC 7692 7.1.1.1, 7.1.2.1), and a smaller
	// window than was asked for.
	anyAnswer = offer + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8"
)

// agreeing is an extension with one value of the field, as either role writes
// it.
func agreeing(name, value string) opening {
	o := right(name, oracle.Handshake{Offers: []string{value}})
	o.compresses = true
	return o
}

// offers are ours as the client. A server that declines one does not refuse
// the opening handshake.
var offers = sync.OnceValue(func() *variants { return newVariants([]opening{{}}, rightOffers(), wrongOffers()) })

func rightOffers() []opening {
	var all []opening
	for _, o := range []struct{ name, params string }{
		{"plain", ""},
		{"client-window", "; client_max_window_bits"},
		{"client-window-8", "; client_max_window_bits=8"},
		{"client-window-9", "; client_max_window_bits=9"},
		{"client-window-15", "; client_max_window_bits=15"},
		{"client-context", "; client_no_context_takeover"},
		{"server-context", "; server_no_context_takeover"},
		{"contexts", "; client_no_context_takeover; server_no_context_takeover"},
		{"server-window-8", "; server_max_window_bits=8"},
		{"server-window-9", "; server_max_window_bits=9"},
		{"server-window-10", "; server_max_window_bits=10"},
		{"server-window-12", "; server_max_window_bits=12"},
		{"server-window-15", "; server_max_window_bits=15"},
		{"all", "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12"},
		{"quoted", `; server_max_window_bits="10"; client_max_window_bits="12"`},
		{"tight", ";server_max_window_bits=9;client_max_window_bits"},
		{"two", "; server_max_window_bits=10, permessage-deflate; client_max_window_bits"},
		{"second", "; server_max_window_bits=16, permessage-deflate"},
		{"second-repeated", "; server_no_context_takeover; server_no_context_takeover, permessage-deflate"},
		{"windows", strings.Repeat("; server_max_window_bits=10, permessage-deflate", 8)},
	} {
		all = append(all, agreeing(o.name, offer+o.params).read())
	}
	lines := agreeing("two-lines", offer+"; server_max_window_bits=10").read()
	lines.Offers = append(lines.Offers, offer)
	all = append(all, lines)
	other := agreeing("other", "x-wscheck; a; b=1")
	other.compresses = false
	return append(all, other, agreeing("other-first", "x-wscheck; a=1, permessage-deflate; client_max_window_bits").read())
}

func wrongOffers() []opening {
	return slices.Concat(
		ofWrong("rfc7692/7.1", "offer-unknown offer-unknown-value offer-misspelled offer-unknown-last"),
		ofWrong("rfc7692/7.1.2.1", "offer-7 offer-16 offer-08 offer-0 offer-word offer-byte offer-no-value"),
		ofWrong("rfc7692/7.1.2.2", "offer-7 offer-16 offer-08"),
		ofWrong("rfc7692/7.1.1.1", "offer-value-1"), ofWrong("rfc7692/7.1.1.2", "offer-value-true"),
		ofWrong("rfc7692/7.1.1.1", "offer-twice"), ofWrong("rfc7692/7.1.1.2", "offer-twice"),
		ofWrong("rfc7692/7.1.2.1", "offer-twice-other"), ofWrong("rfc7692/7.1.2.2", "offer-twice"),
		ofWrong("rfc6455/9.1", `offer-no-name offer-trailing-semicolon offer-two-semicolons offer-no-value offer-name-with-value
			offer-slash offer-quoted-space offer-quoted-empty offer-unclosed-quote`),
	)
}

// ofWrong returns the extensions of the cases with these names in a section, which a peer does
// not take.
func ofWrong(section, names string) (all []opening) {
	for _, o := range ofCases(section, names) {
		o.wrong = true
		if o.clauses == nil { // an offer is declined, and the request is not refused
			o.clauses = slices.DeleteFunc(slices.Clone(caseOf(o.name).Clauses), func(id oracle.ClauseID) bool { return !strings.Contains(string(id), "/decline-") })
		}
		for _, f := range o.Fields {
			_, value, _ := strings.Cut(f.Raw, ":")
			o.Offers = append(o.Offers, strings.TrimSpace(value))
		}
		o.Fields = nil
		all = append(all, o)
	}
	return all
}

// answers are ours as the server. The one that is there several times is right for every offer of
// permessage-deflate, the others that are right depend on the offer, and a
// client that made none has to refuse them all.
var answers = sync.OnceValue(func() *variants { return newVariants([]opening{{}}, rightAnswers(), wrongAnswers()) })

func rightAnswers() []opening {
	var all []opening
	for _, a := range []struct{ name, value string }{
		{"any", anyAnswer}, {"any", anyAnswer}, {"any", anyAnswer}, {"any", anyAnswer},
		{"any-tight", "permessage-deflate;client_no_context_takeover;server_no_context_takeover;server_max_window_bits=\"8\""},
		{"plain", offer},
		{"server-context", offer + "; server_no_context_takeover"},
		{"client-context", offer + "; client_no_context_takeover"},
		{"contexts", offer + "; client_no_context_takeover; server_no_context_takeover"},
		{"server-window-8", offer + "; server_max_window_bits=8"},
		{"server-window-9", offer + "; server_max_window_bits=9"},
		{"server-window-15", offer + "; server_max_window_bits=15"},
		{"client-window-8", offer + "; client_max_window_bits=8"},
		{"client-window-9", offer + "; client_max_window_bits=9"},
		{"client-window-10", offer + "; client_max_window_bits=10"},
		{"client-window-12", offer + "; client_max_window_bits=12"},
		{"everything", anyAnswer + "; client_max_window_bits=8"},
	} {
		e := agreeing(a.name, a.value).read()
		e.MayRefuse = true
		all = append(all, e)
	}
	return all
}

func wrongAnswers() []opening {
	spoilt := func(name, value string) []opening {
		return []opening{bad("answer-"+name, oracle.Handshake{Offers: []string{value}}, "rfc6455/9.1/grammar-fail")}
	}
	return slices.Concat(
		ofWrong("rfc7692/7.1", "answer-unknown answer-unknown-value answer-misspelled"),
		ofWrong("rfc7692/7.1.2.1", "answer-7 answer-16 answer-08 answer-no-value"),
		ofWrong("rfc7692/7.1.2.2", "answer-7 answer-16 answer-08 answer-no-value"),
		ofWrong("rfc7692/7.1.1.1", "answer-value"), ofWrong("rfc7692/7.1.1.2", "answer-value"),
		ofWrong("rfc7692/7.1.1.1", "answer-twice"), ofWrong("rfc7692/7.1.1.2", "answer-twice"),
		ofWrong("rfc7692/7.1.2.1", "answer-twice-other"),
		ofWrong("rfc7692/5", "answer-twice answer-twice-other"),
		ofWrong("rfc6455/9.1", "answer-never-offered answer-parameters"), ofWrong("rfc7692/5", "answer-not-offered"),
		ofWrong("rfc6455/9.1", "answer-no-name answer-trailing-semicolon answer-two-semicolons answer-no-value"),
		spoilt("name-with-value", offer+"=1"), spoilt("slash", "x/wscheck"),
		ofWrong("rfc6455/9.1", "answer-quoted-space"), spoilt("quoted-empty", offer+`; a=""`),
		ofWrong("rfc6455/9.1", "answer-unclosed-quote"),
	)
}

// read completes what an extension asks of both sides.
func (e opening) read() opening {
	parsed, err := wsproto.ParseExtensions(e.Offers)
	if err != nil {
		panic("gen: " + e.name + ": " + err.Error())
	}
	for _, x := range parsed {
		p, problems := deflate.ParseOffer(x)
		if x.Name != deflate.Name || len(problems) > 0 {
			continue
		}
		e.clientLimited = e.clientLimited || p.ClientNoContextTakeover || p.HasClientMaxWindowBits
		e.serverLimited = e.serverLimited || p.ServerNoContextTakeover || p.ServerMaxWindowBits != 0
		e.bits = max(e.bits, p.ServerMaxWindowBits, p.ClientMaxWindowBits)
	}
	return e
}
