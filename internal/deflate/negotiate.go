package deflate

import (
	"slices"
	"strconv"

	"github.com/wscheck/wscheck/wsproto"
)

// Policy is what a server prefers when it answers offers. The zero value accepts
// the first offer that is right, grants what it demands and asks for nothing.
type Policy struct {
	// ServerNoContextTakeover announces that the server takes no context over,
	// even where the client did not demand it (RFC 7692 7.1.1.1).
	ServerNoContextTakeover bool
	// ServerMaxWindowBits, unless 0, announces a window for the server that is no
	// larger, even where the client did not demand one (RFC 7692 7.1.2.1).
	ServerMaxWindowBits int
	// ClientNoContextTakeover asks the client not to take over its context (RFC
	// 7692 7.1.1.2).
	ClientNoContextTakeover bool
	// ClientMaxWindowBits, unless 0, asks the client for a window no larger, if it
	// offered that (RFC 7692 7.1.2.2).
	ClientMaxWindowBits int
	// TakeHints answers the client's hints with the same (RFC 7692 7.1.1.2,
	// 7.1.2.2).
	TakeHints bool
	// OnlyOffered declines an offer that does not name what is asked of the
	// client. Otherwise client_max_window_bits is left out where it was not
	// offered, while client_no_context_takeover, which needs no offer, is answered.
	OnlyOffered bool
}

// Answer returns what a conforming server answers to offers, the elements of the
// client's Sec-WebSocket-Extensions, and the index of the one it accepts: the
// first that the first policy possible allows. Elements of other names and those
// with a problem are passed over. Without a policy the zero value holds. ok is
// false if all are declined.
func Answer(offers []wsproto.Extension, policies ...Policy) (answer Params, index int, ok bool) {
	if len(policies) == 0 {
		policies = make([]Policy, 1)
	}
	for _, policy := range policies {
		for i, e := range offers {
			if e.Name != Name {
				continue
			}
			offer, problems := ParseOffer(e)
			if len(problems) > 0 {
				continue
			}
			if answer, ok := policy.answer(offer); ok {
				return answer, i, true
			}
		}
	}
	return Params{}, -1, false
}

// answer returns the answer to one offer that has no problem.
func (y Policy) answer(offer Params) (answer Params, ok bool) {
	if y.OnlyOffered && (y.ClientNoContextTakeover && !offer.ClientNoContextTakeover ||
		y.ClientMaxWindowBits != 0 && !offer.HasClientMaxWindowBits) {
		return Params{}, false
	}
	answer.ServerNoContextTakeover = offer.ServerNoContextTakeover || y.ServerNoContextTakeover
	answer.ServerMaxWindowBits = smaller(offer.ServerMaxWindowBits, y.ServerMaxWindowBits)
	answer.ClientNoContextTakeover = y.ClientNoContextTakeover || y.TakeHints && offer.ClientNoContextTakeover
	if offer.HasClientMaxWindowBits {
		answer.ClientMaxWindowBits = y.ClientMaxWindowBits
		if y.TakeHints {
			answer.ClientMaxWindowBits = smaller(y.ClientMaxWindowBits, offer.ClientMaxWindowBits)
		}
		answer.HasClientMaxWindowBits = answer.ClientMaxWindowBits != 0
	}
	return answer, true
}

// smaller returns the smaller of two window sizes, where 0 stands for none.
func smaller(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// Accept checks an answer as a client has to (RFC 7692 5, 7.1). answers are the
// elements of the server's Sec-WebSocket-Extensions, offers those of the
// client's; those of other names are passed over.
//
// ok says that the extension is in use, with what answer says; index is that of
// the first offer that the answer fits, as it does not say which it accepts. If
// there is any problem, ok is false and the client has to fail the connection;
// with more than one offer, the problems are those with the one that fits best.
// Neither ok nor a problem means that the server declined.
func Accept(answers, offers []wsproto.Extension) (answer Params, index int, ok bool, problems []Problem) {
	found := 0
	for _, e := range answers {
		if e.Name != Name {
			continue
		}
		if found++; found == 1 {
			answer, problems = ParseAnswer(e)
		}
	}
	if found == 0 {
		return Params{}, -1, false, nil
	}
	index, misfits := answer.bestFit(offers)
	// A demand whose answer is wrong by itself is not called missing as well.
	wrong := problems
	for _, m := range misfits {
		if !slices.ContainsFunc(wrong, func(p Problem) bool { return p.Param == m.Param && m.Param != "" }) {
			problems = append(problems, m)
		}
	}
	if found > 1 {
		problems = append(problems, Problem{Kind: AnswerRepeated})
	}
	return answer, index, len(problems) == 0, problems
}

// bestFit returns the index of the offer that the answer fits with the fewest
// problems, -1 for none, and these.
func (p Params) bestFit(offers []wsproto.Extension) (index int, misfits []Problem) {
	index = -1
	misfits = []Problem{{Kind: NotOffered}}
	for i, e := range offers {
		if e.Name != Name {
			continue
		}
		offer, problems := ParseOffer(e)
		if len(problems) > 0 {
			if index < 0 {
				misfits = []Problem{{Kind: OfferUnfit}}
			}
			continue
		}
		if m := p.misfits(offer); index < 0 || len(m) < len(misfits) {
			index, misfits = i, m
		}
	}
	return index, misfits
}

// misfits returns what is wrong with an answer to that offer.
func (p Params) misfits(offer Params) (problems []Problem) {
	if offer.ServerNoContextTakeover && !p.ServerNoContextTakeover {
		problems = append(problems, Problem{Kind: ServerTakeover, Param: ServerNoContextTakeover})
	}
	switch most, bits := offer.ServerMaxWindowBits, p.ServerMaxWindowBits; {
	case most != 0 && bits == 0:
		problems = append(problems, Problem{Kind: ServerWindowMissing, Param: ServerMaxWindowBits})
	case most != 0 && bits > most:
		problems = append(problems, Problem{ServerWindowLarger, ServerMaxWindowBits, strconv.Itoa(bits)})
	}
	if p.HasClientMaxWindowBits && !offer.HasClientMaxWindowBits {
		problems = append(problems, Problem{ClientWindowNotOffered, ClientMaxWindowBits, strconv.Itoa(p.ClientMaxWindowBits)})
	}
	return problems
}
