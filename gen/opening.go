package gen

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// opening is an opening handshake of ours by name.
type opening struct {
	name    string
	wrong   bool              // the peer has to refuse it, or need not take it
	clauses []oracle.ClauseID // of a wrong one: what is put to the test
	oracle.Handshake
}

// openings are those of our side in a role; the first is the plain one.
func openings(role wsproto.Role) *variants {
	if role == wsproto.Client {
		return requests
	}
	return responses
}

// variants are openings, the right ones first, so that a choice of a right one
// is a choice among the first.
type variants struct {
	all   []opening
	right int // how many of them are right
}

// newVariants puts openings in their order.
func newVariants(tables ...[]opening) *variants {
	all := slices.Concat(tables...)
	slices.SortStableFunc(all, func(a, b opening) int {
		switch {
		case a.wrong == b.wrong:
			return 0
		case b.wrong:
			return -1
		}
		return 1
	})
	right := slices.IndexFunc(all, func(o opening) bool { return o.wrong })
	return &variants{all, right}
}

// right is an opening that every peer has to take.
func right(name string, h oracle.Handshake) opening { return opening{name: name, Handshake: h} }

// loose is an opening that a peer may refuse for reasons of its own.
func loose(name string, h oracle.Handshake) opening {
	h.MayRefuse = true
	return right(name, h)
}

// bad is an opening that the peer has to refuse by a clause. Where that is
// disputed, the conversation continues like any other if the peer does not refuse it.
func bad(name string, id oracle.ClauseID, h oracle.Handshake) opening {
	if oracle.Lookup(id).Fatal() {
		h.Refused = true
	} else {
		h.MayRefuse = true
	}
	return opening{name: name, wrong: true, clauses: []oracle.ClauseID{id}, Handshake: h}
}

// plus is a handshake with these lines after the standard ones.
func plus(lines ...string) (h oracle.Handshake) {
	for _, line := range lines {
		h.Fields = append(h.Fields, wsproto.Field{Raw: line + "\r\n"})
	}
	return h
}

// instead is a handshake with these lines and without a standard field.
func instead(name string, lines ...string) oracle.Handshake {
	h := plus(lines...)
	h.Drop = []string{name}
	return h
}

// verbatim is a handshake of exactly these octets, but for placeholders.
func verbatim(s string) oracle.Handshake { return oracle.Handshake{Raw: []byte(s)} }

// field is the name and the right value of a standard field, and the clause by
// which it has to be there.
type field struct {
	name, value string
	clause      oracle.ClauseID
}

// forms are the ways to write a field: in odd case, with more or less white
// space, over two lines, not at all.
func (f *field) forms(syntax oracle.ClauseID) []opening {
	slug := strings.ToLower(strings.TrimPrefix(f.name, "Sec-WebSocket-"))
	all := []opening{
		right(slug+"-name-lower-case", instead(f.name, strings.ToLower(f.name)+": "+f.value)),
		right(slug+"-name-upper-case", instead(f.name, strings.ToUpper(f.name)+": "+f.value)),
		right(slug+"-no-space", instead(f.name, f.name+":"+f.value)),
		right(slug+"-white-space", instead(f.name, f.name+": \t  "+f.value+"\t \t ")),
		bad(slug+"-folded", syntax, instead(f.name, f.name+":\r\n "+f.value)),
	}
	missing := bad(slug+"-missing", f.clause, instead(f.name))
	return append(all, missing, missing, missing) // the likeliest mistake
}

// valued makes an opening for each value of a field.
func valued(name string, id oracle.ClauseID, make func(string, oracle.ClauseID, oracle.Handshake) opening, values [][2]string) (all []opening) {
	for _, v := range values {
		all = append(all, make(strings.ToLower(strings.TrimPrefix(name, "Sec-WebSocket-"))+"-"+v[0], id, instead(name, name+": "+v[1])))
	}
	return all
}

// rightly is [right] for [valued].
func rightly(name string, _ oracle.ClauseID, h oracle.Handshake) opening { return right(name, h) }

// loosely is [loose] for [valued].
func loosely(name string, _ oracle.ClauseID, h oracle.Handshake) opening { return loose(name, h) }
