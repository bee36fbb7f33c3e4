package gen

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// extension is a Sec-WebSocket-Extensions of ours: offers as the client, an
// answer as the server (RFC 6455 9.1, RFC 7692 7.1).
type extension struct {
	opening

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
func extensions(role wsproto.Role) *terms {
	if role == wsproto.Client {
		return offers
	}
	return answers
}

// terms are extensions as [variants] are openings.
type terms struct {
	all   []extension
	right int
}

func newTerms(tables ...[]extension) *terms {
	all := slices.Concat(tables...)
	right := slices.IndexFunc(all, func(e extension) bool { return e.wrong })
	return &terms{all, right}
}

const (
	offer = deflate.Name
	// anyAnswer fits every valid offer, with any demands: the server may
	// announce what was not asked for (RFC 7692 7.1.1.1, 7.1.2.1), and a smaller
	// window than was asked for.
	anyAnswer = offer + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8"
)

// offering is an extension with one value of the field, as either role writes
// it.
func offering(name, value string) extension {
	return extension{opening: right(name, oracle.Handshake{Offers: []string{value}}), compresses: true}
}

// offers are ours as the client. A server that declines one does not refuse
// the opening handshake.
var offers = newTerms([]extension{{opening: right("none", oracle.Handshake{})}}, rightOffers(), wrongOffers())

func rightOffers() []extension {
	var all []extension
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
		all = append(all, offering(o.name, offer+o.params).read())
	}
	lines := offering("two-lines", offer+"; server_max_window_bits=10").read()
	lines.Offers = append(lines.Offers, offer)
	all = append(all, lines)
	other := offering("other", "x-wscheck; a; b=1")
	other.compresses = false
	return append(all, other, offering("other-first", "x-wscheck; a=1, permessage-deflate; client_max_window_bits").read())
}

func wrongOffers() []extension {
	const unknown, value, twice = "rfc7692/7.1/decline-parameter", "rfc7692/7.1/decline-value", "rfc7692/7.1/decline-repeated"
	var all []extension
	for _, o := range []struct {
		name, params string
		clause       oracle.ClauseID
	}{
		{"unknown", "x_wscheck", unknown}, {"unknown-value", "x_wscheck=1", unknown}, {"misspelled", "server_max_window_bit=10", unknown},
		{"unknown-last", "server_no_context_takeover; x_wscheck", unknown},
		{"server-7", "server_max_window_bits=7", value}, {"server-16", "server_max_window_bits=16", value},
		{"server-08", "server_max_window_bits=08", value}, {"server-0", "server_max_window_bits=0", value},
		{"server-word", "server_max_window_bits=nine", value}, {"server-265", "server_max_window_bits=265", value},
		{"server-no-value", "server_max_window_bits", value},
		{"client-7", "client_max_window_bits=7", value}, {"client-16", "client_max_window_bits=16", value},
		{"client-08", "client_max_window_bits=08", value},
		{"server-context-value", "server_no_context_takeover=1", value}, {"client-context-value", "client_no_context_takeover=true", value},
		{"server-context-twice", "server_no_context_takeover; server_no_context_takeover", twice},
		{"client-context-twice", "client_no_context_takeover; client_no_context_takeover", twice},
		{"server-twice", "server_max_window_bits=10; server_max_window_bits=12", twice},
		{"client-twice", "client_max_window_bits; client_max_window_bits", twice},
	} {
		e := offering("offer-"+o.name, offer+"; "+o.params)
		e.wrong, e.clauses, e.compresses = true, []oracle.ClauseID{o.clause}, false
		all = append(all, e)
	}
	return append(all, spoilt("offer-", "x-wscheck")...)
}

// spoilt are extensions that break the grammar (RFC 6455 9.1).
func spoilt(prefix, name string) []extension {
	var all []extension
	for _, e := range [][2]string{
		{"no-name", "; a=1"}, {"trailing-semicolon", name + ";"}, {"two-semicolons", name + ";; a"}, {"no-value", name + "; a="},
		{"name-with-value", name + "=1"}, {"slash", "x/wscheck"}, {"quoted-space", name + `; a="1 2"`}, {"quoted-empty", name + `; a=""`},
		{"unclosed-quote", name + `; a="1`},
	} {
		all = append(all, extension{opening: bad(prefix+e[0], "rfc6455/9.1/grammar-fail", oracle.Handshake{Offers: []string{e[1]}})})
	}
	return all
}

// answers are ours as the server. The one that is there several times is right for every offer of
// permessage-deflate, the others that are right depend on the offer, and a
// client that made none has to refuse them all.
var answers = newTerms([]extension{{opening: right("none", oracle.Handshake{})}}, rightAnswers(), wrongAnswers())

func rightAnswers() []extension {
	var all []extension
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
		e := offering(a.name, a.value).read()
		e.MayRefuse = true
		all = append(all, e)
	}
	return all
}

func wrongAnswers() []extension {
	const unknown, value, twice = "rfc7692/7.1/fail-parameter", "rfc7692/7.1/fail-value", "rfc7692/7.1/fail-repeated"
	const conflict, uninvited = "rfc7692/5/rsv1-conflict-fail", "rfc6455/4.1/response-extension"
	var all []extension
	for _, a := range []struct {
		name, value string
		clause      oracle.ClauseID
	}{
		{"unknown", anyAnswer + "; x_wscheck", unknown}, {"unknown-value", anyAnswer + "; x_wscheck=1", unknown},
		{"misspelled", offer + "; server_no_context_takeovers", unknown},
		{"server-7", offer + "; server_max_window_bits=7", value}, {"server-16", offer + "; server_max_window_bits=16", value},
		{"server-08", offer + "; server_max_window_bits=08", value}, {"server-no-value", offer + "; server_max_window_bits", value},
		{"client-7", anyAnswer + "; client_max_window_bits=7", value}, {"client-16", anyAnswer + "; client_max_window_bits=16", value},
		{"client-08", anyAnswer + "; client_max_window_bits=08", value}, {"client-no-value", anyAnswer + "; client_max_window_bits", value},
		{"server-context-value", offer + "; server_no_context_takeover=1", value},
		{"client-context-value", offer + "; client_no_context_takeover=1", value},
		{"server-context-twice", anyAnswer + "; server_no_context_takeover", twice},
		{"client-context-twice", anyAnswer + "; client_no_context_takeover", twice},
		{"server-twice", anyAnswer + "; server_max_window_bits=9", twice},
		{"twice", anyAnswer + ", " + anyAnswer, conflict}, {"twice-other", anyAnswer + ", " + offer, conflict},
		{"other", "x-wscheck-never", uninvited}, {"other-parameters", `x-wscheck-never; a; b="1"`, uninvited},
		{"other-besides", anyAnswer + ", x-wscheck-never", uninvited},
	} {
		e := extension{opening: bad("answer-"+a.name, a.clause, oracle.Handshake{Offers: []string{a.value}})}
		all = append(all, e)
	}
	return append(all, spoilt("answer-", offer)...)
}

// read completes what an extension asks of both sides.
func (e extension) read() extension {
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
