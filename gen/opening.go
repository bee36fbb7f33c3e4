package gen

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// opening is an opening handshake of ours by name, or the extension of one: mostly that of a
// case of the catalogue, by its id.
type opening struct {
	name    string
	wrong   bool              // the peer has to refuse it, or need not take it
	clauses []oracle.ClauseID // of a wrong one: what is put to the test
	oracle.Handshake

	agreement // that may come of an extension
}

// openings are those of our side in a role, without an extension; the first is the plain one.
var openings = [2]func() *variants{wsproto.Client: requests, wsproto.Server: responses}

// variants are openings, the right ones first, so that a choice of a right one
// is a choice among the first.
type variants struct {
	all   []opening
	right int // how many of them are right
}

// newVariants puts openings in their order.
func newVariants(tables ...[]opening) *variants {
	var right, wrong []opening
	for _, o := range slices.Concat(tables...) {
		if o.wrong {
			wrong = append(wrong, o)
		} else {
			right = append(right, o)
		}
	}
	return &variants{append(right, wrong...), len(right)}
}

// draw draws a right one, or a wrong one.
func (v *variants) draw(t *draft, wrong bool, what string) *opening {
	from := v.all[:v.right]
	if wrong {
		from = v.all[v.right:]
	}
	return &from[t.d.below(len(from), what)]
}

// distinct returns each of them once, at most so many.
func (v *variants) distinct(most int) (all []*opening) {
	seen := map[string]bool{}
	for i := range v.all {
		if o := &v.all[i]; !seen[o.name] {
			seen[o.name] = true
			all = append(all, o)
		}
	}
	if len(all) > most {
		panic("gen: programs cannot number all opening handshakes, or all extensions")
	}
	return all
}

// right is an opening that every peer has to take.
func right(name string, h oracle.Handshake) opening { return opening{name: name, Handshake: h} }

// bad is an opening that the peer has to refuse by a clause. Where that is
// disputed, the conversation continues like any other if the peer does not refuse it.
func bad(name string, h oracle.Handshake, clauses ...oracle.ClauseID) opening {
	h.Refused = oracle.Lookup(clauses[0]).Fatal()
	h.MayRefuse = !h.Refused
	return opening{name: name, wrong: true, clauses: clauses, Handshake: h}
}

// caseOf returns the case of the catalogue with an id.
func caseOf(id string) *catalogue.Case {
	c := catalogue.Own(id)
	if c == nil {
		panic("gen: the catalogue has no case " + id)
	}
	return c
}

// ofCases returns the opening handshakes of the cases with these names in a section. One that
// is named several times is the likelier.
func ofCases(section, names string) (all []opening) {
	for name := range strings.FieldsSeq(names) {
		c := caseOf(section + "/" + name)
		if c.Script.Handshake.Refused {
			all = append(all, bad(c.ID, c.Script.Handshake, c.Clauses...))
		} else {
			all = append(all, right(c.ID, c.Script.Handshake))
		}
	}
	return all
}

// requests are our opening handshakes as the client. Programs number them in this order.
var requests = sync.OnceValue(func() *variants {
	return newVariants(
		[]opening{right("plain", oracle.Handshake{})},
		ofCases("rfc6455/4.2.1", `target-absolute-http target-query target-1000-octets http-1.2
			host-name-lower-case host-name-upper-case host-no-space host-white-space
			upgrade-name-lower-case upgrade-name-upper-case upgrade-no-space upgrade-white-space
			connection-name-lower-case connection-name-upper-case connection-no-space connection-white-space
			key-name-lower-case key-name-upper-case key-no-space key-white-space
			version-name-lower-case version-name-upper-case version-no-space version-white-space
			upgrade-capitals upgrade-list-first upgrade-list-last upgrade-list-empty-elements
			connection-lower-case connection-list-first connection-list-tight connection-list-empty-elements
			connection-capitals connection-first-field connection-second-field connection-trailing-blank upgrade-twice
			host-other host-ipv6 host-capitals fields-unknown`),
		ofCases("rfc6455/10.2", "origin-other"),
		ofCases("rfc6455/4.2.1", "field-8kib"),
		ofCases("rfc6455/4.2.2", "accept-zeros accept-ones accept-plus-signs subprotocol-two-fields"),
		offering("chat", "chat superchat", "superchat wscheck", "wscheck", "CHAT chat"),
		ofCases("rfc6455/4.2.1", `method-post method-head method-options method-gets method-lower-case method-mixed-case method-connect
			http-1.0 http-0.9 http-missing-minor http-no-point
			target-asterisk target-ws target-relative target-fragment target-nul target-not-ascii
			host-folded host-missing host-missing host-missing
			upgrade-folded upgrade-missing upgrade-missing upgrade-missing
			connection-folded connection-missing connection-missing connection-missing
			key-folded key-missing key-missing key-missing
			version-folded version-missing version-missing version-missing
			upgrade-other upgrade-plural upgrade-prefix upgrade-kelvin upgrade-empty
			connection-keep-alive connection-close connection-longer connection-within connection-semicolon connection-empty
			host-list host-user host-path host-space host-empty host-twice host-two origin-twice
			field-no-colon field-space-before-colon field-name-separator field-value-nul field-value-cr field-value-folded
			key-1-octets key-15-octets key-17-octets key-32-octets
			key-not-base64 key-url-alphabet key-unpadded key-pad-bits key-16-letters key-empty`),
		ofCases("rfc6455/11.3.1", "key-twice key-two"),
		ofCases("rfc6455/4.4", "version-0 version-7 version-8 version-9 version-12 version-14 version-100 version-255"),
		ofCases("rfc6455/4.2.1", `version-256 version-wrapped version-zero-padded version-signed version-decimal version-hexadecimal
			version-word version-wrapped-64-bit version-empty`),
		ofCases("rfc6455/11.3.5", "version-twice version-13-and-8 version-8-and-13"),
		ofCases("rfc6455/4.1", "subprotocol-empty subprotocol-repeated subprotocol-space subprotocol-slash subprotocol-quoted"),
		ofCases("rfc6455/4.2.1", `lf-everywhere lf-request-line lf-last empty-line-before line-folded-first
			inject-folded-upgrade inject-key-in-value`),
		offering("CHAT"),
	)
})

// laters are our opening handshakes as the client that follow another request on the connection.
var laters = sync.OnceValue(func() []opening {
	return slices.Concat(
		ofCases("rfc6455/4.2.2", "later-get later-head later-two later-post later-begun later-two-begun"),
		ofCases("rfc6455/4.4", "later-version later-subprotocol"),
	)
})

// offering returns requests that offer subprotocols. Endpoints commonly know some of them.
func offering(lists ...string) (all []opening) {
	for _, list := range lists {
		names := strings.Fields(list)
		all = append(all, right("subprotocol-"+strings.Join(names, "-"), oracle.Handshake{Subprotocols: names, MayRefuse: true}))
	}
	return all
}

// responses are our opening handshakes as the server. Programs number them in this order.
var responses = sync.OnceValue(func() *variants {
	return newVariants(
		[]opening{right("plain", oracle.Handshake{})},
		ofCases("rfc6455/4.1", "reason-other reason-empty reason-digits interim-100 interim-103 http-1.2"),
		ofCases("rfc6455/4.2.2", "upgrade-name-lower-case upgrade-name-upper-case upgrade-no-space"), spaced("Upgrade", "websocket"),
		ofCases("rfc6455/4.2.2", "connection-name-lower-case connection-name-upper-case connection-no-space"), spaced("Connection", "Upgrade"),
		ofCases("rfc6455/4.2.2", "accept-name-lower-case accept-name-upper-case accept-no-space"),
		ofCases("rfc6455/4.1", `accept-white-space upgrade-capitals upgrade-capitalized
			connection-lower-case connection-capitals connection-list-first connection-list-last connection-empty-elements
			connection-first-field connection-two-fields`),
		ofCases("rfc6455/4.2.2", "fields-unknown fields-cookies content-length-answered chunked-answered field-8kib"),
		offering("chat"), // right for those who offer it, and for others not
		ofCases("rfc6455/4.1", `status-200 status-201 status-204 status-304 status-400 status-404 status-500
			refused-302 refused-401 refused-426 refused-503
			status-line-no-space status-line-http-1.0 status-line-empty-line-before status-four-digits status-word status-signed`),
		ofCases("rfc6455/4.2.2", "upgrade-folded-answer"),
		ofCases("rfc6455/4.1", "upgrade-missing upgrade-missing upgrade-missing"),
		ofCases("rfc6455/4.2.2", "connection-folded-answer"),
		ofCases("rfc6455/4.1", "connection-missing connection-missing connection-missing"),
		ofCases("rfc6455/4.2.2", "accept-folded-answer"),
		ofCases("rfc6455/4.1", `accept-missing accept-missing accept-missing
			upgrade-other upgrade-plural upgrade-prefix upgrade-list upgrade-kelvin upgrade-empty
			connection-keep-alive connection-longer connection-within connection-empty
			field-no-colon field-space-before-colon field-name-separator field-value-nul field-value-folded
			accept-empty accept-of-another-key accept-key accept-lower-case accept-unpadded accept-longer accept-quoted accept-list
			accept-20-zeros`),
		ofCases("rfc6455/11.3.3", "accept-twice accept-right-and-wrong accept-wrong-and-right"),
		ofCases("rfc6455/4.1", "subprotocol-chat-twice subprotocol-empty-answered subprotocol-never-offered-answered subprotocol-list-answered"),
		[]opening{bad("subprotocol-case", oracle.Handshake{Subprotocols: []string{"CHAT"}}, "rfc6455/4.1/response-subprotocol")},
		ofCases("rfc6455/4.1", `subprotocol-not-a-token-answered subprotocol-two-fields-answered
			lf-everywhere instead-frame instead-html instead-icy instead-zeros`),
	)
})

// spaced is a response with white space before and after the value of a standard field.
func spaced(name, value string) []opening {
	h := oracle.Handshake{Drop: []string{name}, Fields: wsproto.Fields{{Raw: name + ": \t  " + value + "\t \t\r\n"}}}
	return []opening{right(strings.ToLower(name)+"-white-space", h)}
}
