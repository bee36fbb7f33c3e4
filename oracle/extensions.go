package oracle

import (
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// extensions is what the opening handshake agreed on (RFC 6455 9.1, RFC 7692 7.1).
type extensions struct {
	deflate        bool // permessage-deflate is in use
	foreign        bool // so is another extension: reserved bits and opcodes may have any meaning
	client, server deflate.Stream
}

const (
	permessageDeflate = deflate.Name
	extensionsField   = "Sec-WebSocket-Extensions"
)

var (
	ruleParameters = newRule(clause("rfc6455/9/parameters", Must, bindsBoth,
		"choose the parameters of an extension as that extension says.").
		wanted("parameters that the extension defines"))
	ruleRsv1Conflict = newRule(clause("rfc7692/5/rsv1-conflict", MustNot, bindsServer,
		"accept two extensions that both use RSV1."))
	ruleConflictFail = newRule(clause("rfc7692/5/rsv1-conflict-fail", Must, bindsClient,
		"fail the connection on a response with two extensions that both use RSV1."))
	ruleDeclineParam = newRule(clause("rfc7692/7.1/decline-parameter", Must, bindsServer,
		"decline an offer with a parameter that is not defined for offers.").
		wanted("a response without the offer"))
	ruleDeclineValue = newRule(clause("rfc7692/7.1/decline-value", Must, bindsServer,
		"decline an offer with a parameter whose value is not valid.").
		wanted("a response without the offer"))
	ruleDeclineRepeated = newRule(clause("rfc7692/7.1/decline-repeated", Must, bindsServer,
		"decline an offer with a parameter twice.").
		wanted("a response without the offer"))
	ruleFailParam = newRule(clause("rfc7692/7.1/fail-parameter", Must, bindsClient,
		"fail the connection on a response with a parameter that is not defined for responses."))
	ruleFailValue = newRule(clause("rfc7692/7.1/fail-value", Must, bindsClient,
		"fail the connection on a response with a parameter whose value is not valid."))
	ruleFailRepeated = newRule(clause("rfc7692/7.1/fail-repeated", Must, bindsClient,
		"fail the connection on a response with a parameter twice."))
	ruleServerTakeover = newRule(clause("rfc7692/7.1.1.1/server-no-context-takeover", Must, bindsServer,
		"accept an offer with server_no_context_takeover by a response with it.").
		wanted("a response with server_no_context_takeover"))
	ruleClientTakeover = newRule(clause("rfc7692/7.1.1.2/supported", Must, bindsClient,
		"support client_no_context_takeover in a response.").
		broken("refuses a response with client_no_context_takeover").
		wanted("an open connection on a response with client_no_context_takeover"))
	ruleServerWindow = newRule(clause("rfc7692/7.1.2.1/window-value", Must, bindsBoth,
		"give server_max_window_bits a value of 8 to 15 without leading zeros."))
	ruleServerKept = newRule(clause("rfc7692/7.1.2.1/window-kept", Must, bindsServer,
		"accept an offer with server_max_window_bits by a response with that value or a smaller one.").
		wanted("a server_max_window_bits that is no larger than the offered one"))
	ruleClientWindow = newRule(clause("rfc7692/7.1.2.2/window-value", Must, bindsBoth,
		"give client_max_window_bits a value of 8 to 15 without leading zeros, or none in an offer."))
	ruleClientOffered = newRule(clause("rfc7692/7.1.2.2/window-offered", MustNot, bindsServer,
		"answer with client_max_window_bits an offer without it.").
		wanted("a response without client_max_window_bits"))
	ruleClientKept = newRule(clause("rfc7692/7.1.2.2/window-kept", Must, bindsServer,
		"answer client_max_window_bits with no larger value than the offer's.").
		disputed("The offer's value is called a hint that the server may ignore, and a response is then said to " +
			"hold the same value or a smaller one.").
		broken("answers client_max_window_bits with a larger value").
		wanted("a client_max_window_bits that is no larger than the offered one"))
)

// asksTakeover reports whether the response wants nothing of the peer, a client, but
// that it takes no context over, which each client has to support.
func (j *Judge) asksTakeover() bool {
	return j.role == wsproto.Server && j.ext.deflate && !j.ext.foreign && !j.opening.loose &&
		j.ext.client == deflate.Stream{NoContextTakeover: true} && j.ext.server == deflate.Stream{}
}

// deflateParams are the parameters of a permessage-deflate element, and which kinds
// of mistakes it has.
type deflateParams struct {
	deflate.Params
	unknown, repeated, badFlag, badServer, badClient bool
}

func (p *deflateParams) badValue() bool { return p.badServer || p.badClient || p.badFlag }
func (p *deflateParams) valid() bool    { return !p.unknown && !p.repeated && !p.badValue() }

// readDeflateParams reads an element of an offer or of a response (RFC 7692 7.1.1,
// 7.1.2).
func readDeflateParams(e *wsproto.Extension, offer bool) (p deflateParams) {
	parse := deflate.ParseAnswer
	if offer {
		parse = deflate.ParseOffer
	}
	var problems []deflate.Problem
	p.Params, problems = parse(*e)
	for _, problem := range problems {
		switch {
		case problem.Kind == deflate.ParamUnknown:
			p.unknown = true
		case problem.Kind == deflate.ParamRepeated:
			p.repeated = true
		case problem.Param == deflate.ServerMaxWindowBits:
			p.badServer = true
		case problem.Param == deflate.ClientMaxWindowBits:
			p.badClient = true
		default:
			p.badFlag = true
		}
	}
	return p
}

func isDeflate(e *wsproto.Extension) bool { return strings.EqualFold(e.Name, permessageDeflate) }

// agree notes what the response puts to use, if it can be used.
func (x *extensions) agree(response []wsproto.Extension) {
	for i := range response {
		if !isDeflate(&response[i]) {
			x.foreign = true
			continue
		}
		p := readDeflateParams(&response[i], false)
		if x.deflate || !p.valid() {
			x.foreign = true // its meaning is unknown
			continue
		}
		x.deflate = true
		x.client = p.Client()
		x.server = p.Server()
	}
}

// judgeOffers judges the offers of the peer, a client.
func (j *Judge) judgeOffers(offers []wsproto.Extension) {
	for i := range offers {
		if !isDeflate(&offers[i]) {
			continue
		}
		p := readDeflateParams(&offers[i], true)
		j.exercise(ruleParameters, ruleServerWindow, ruleClientWindow)
		j.judgeParams(&offers[i], &p)
	}
}

// judgeParams reports the mistakes of an element that the peer sent.
func (j *Judge) judgeParams(e *wsproto.Extension, p *deflateParams) {
	const want = "the parameters of RFC 7692 7.1, each once and with its values"
	got := e.String()
	if p.unknown || p.repeated || p.badFlag {
		j.report(ruleParameters, 0, want, got)
	}
	if p.badServer {
		j.report(ruleServerWindow, 0, "server_max_window_bits of 8 to 15", got)
	}
	if p.badClient {
		j.report(ruleClientWindow, 0, "client_max_window_bits of 8 to 15", got)
	}
}

// judgeChoice judges the extensions that the peer, a server, chose out of our
// offers.
func (j *Judge) judgeChoice(offers, response []wsproto.Extension) {
	chosen := 0
	for i := range response {
		if !isDeflate(&response[i]) {
			continue
		}
		if chosen++; chosen == 2 {
			j.report(ruleRsv1Conflict, 0, "one extension that uses RSV1", "permessage-deflate twice")
			return
		}
		j.judgeAnswer(offers, &response[i])
	}
	for i := range offers {
		if isDeflate(&offers[i]) {
			j.exercise(ruleParameters, ruleRsv1Conflict)
			p := readDeflateParams(&offers[i], true)
			j.exerciseOffer(&p)
			j.declined = j.declined || p.valid() && chosen == 0
		}
	}
}

// exerciseOffer notes what a server can break in its answer to an offer.
func (j *Judge) exerciseOffer(p *deflateParams) {
	if p.unknown {
		j.exercise(ruleDeclineParam)
	}
	if p.repeated {
		j.exercise(ruleDeclineRepeated)
	}
	if p.badValue() {
		j.exercise(ruleDeclineValue)
	}
	if !p.valid() {
		return
	}
	if p.ServerNoContextTakeover {
		j.exercise(ruleServerTakeover)
	}
	if p.ServerMaxWindowBits != 0 {
		j.exercise(ruleServerKept)
	}
	switch {
	case !p.HasClientMaxWindowBits:
		j.exercise(ruleClientOffered)
	case p.ClientMaxWindowBits > 0:
		j.exercise(ruleClientKept)
	}
}

// judgeAnswer judges the acceptance of a permessage-deflate offer: it has to
// answer one of those that were made.
func (j *Judge) judgeAnswer(offers []wsproto.Extension, e *wsproto.Extension) {
	j.exercise(ruleServerWindow, ruleClientWindow)
	answer := readDeflateParams(e, false)
	if !answer.valid() {
		j.judgeParams(e, &answer)
		return
	}
	misfit, fatal := noRule, false
	var asked string
	for i := range offers {
		if !isDeflate(&offers[i]) {
			continue
		}
		offer := readDeflateParams(&offers[i], true)
		r, binding := fits(&offer, &answer)
		if r == noRule {
			return
		}
		if misfit == noRule || offer.valid() && !binding {
			misfit, fatal, asked = r, binding, offers[i].String()
		}
	}
	if misfit == noRule {
		return
	}
	want, got := misfit.want(), e.String()+" as the answer to "+asked
	if fatal {
		j.report(misfit, 0, want, got)
	} else {
		j.bend(misfit, 0, want, got)
	}
}

// fits returns the first rule by which answer does not answer offer, and whether
// it breaks it for sure, or noRule.
func fits(offer, answer *deflateParams) (r rule, binding bool) {
	switch {
	case offer.unknown:
		r = ruleDeclineParam
	case offer.repeated:
		r = ruleDeclineRepeated
	case offer.badValue():
		r = ruleDeclineValue
	case offer.ServerNoContextTakeover && !answer.ServerNoContextTakeover:
		r = ruleServerTakeover
	case answer.ServerMaxWindowBits > offer.ServerMaxWindowBits && offer.ServerMaxWindowBits != 0,
		answer.ServerMaxWindowBits == 0 && offer.ServerMaxWindowBits != 0 && offer.ServerMaxWindowBits < deflate.MaxWindowBits:
		r = ruleServerKept
	case !offer.HasClientMaxWindowBits && answer.HasClientMaxWindowBits:
		r = ruleClientOffered
	case offer.ClientMaxWindowBits > 0 && answer.ClientMaxWindowBits > offer.ClientMaxWindowBits:
		r = ruleClientKept
	case answer.ServerMaxWindowBits == 0 && offer.ServerMaxWindowBits != 0:
		// The window of an answer without the parameter is the one offered.
		return ruleServerKept, false
	default:
		return noRule, false
	}
	return r, r.clause().Fatal()
}

// answerFaults are the rules by which a client has to fail on the response that
// we sent.
func answerFaults(response []wsproto.Extension) (faults []rule) {
	chosen := 0
	for i := range response {
		if !isDeflate(&response[i]) {
			continue
		}
		if chosen++; chosen == 2 {
			faults = append(faults, ruleConflictFail)
		}
		p := readDeflateParams(&response[i], false)
		if p.unknown {
			faults = append(faults, ruleFailParam)
		}
		if p.repeated {
			faults = append(faults, ruleFailRepeated)
		}
		if p.badValue() {
			faults = append(faults, ruleFailValue)
		}
	}
	return faults
}

const ownSupport = "What an endpoint supports is known to it alone."

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/9/extension-offered", MustNot, bindsServer,
		"answer with an extension that the client did not offer.").
		sameAs("rfc6455/4.2.2/extension-offered"),
	clause("rfc6455/9.1/registered", Must, bindsBoth,
		"name only registered extensions.").
		unseen("The registry of 11.4 grows: a name that is not known here may be registered."),
	clause("rfc6455/9.1/parameters-defined", Must, bindsBoth,
		"send parameters that are defined for their extension.").sameAs("rfc6455/9/parameters"),
	clause("rfc6455/9.1/offer-only", MustNot, bindsClient,
		"use an extension that the server did not accept.").sameAs("rfc6455/5.2/rsv"),
	clause("rfc7692/5/preference", Should, bindsServer,
		"accept the first of the offers that it supports.").unseen(ownSupport),
	clause("rfc7692/5/offered-fail", Must, bindsClient,
		"fail the connection on an accepted extension that it did not offer.").
		sameAs("rfc6455/4.1/response-extension"),
	clause("rfc7692/7.1/decline-unsupported", Must, bindsServer,
		"decline an offer that it does not support.").unseen(ownSupport),
	clause("rfc7692/7.1/fail-unsupported", Must, bindsClient,
		"fail the connection on a response that it does not support.").unseen(ownSupport),
	clause("rfc7692/7.1.1.1/supported", Should, bindsServer,
		"support server_no_context_takeover in an offer.").unseen(ownSupport),
)
