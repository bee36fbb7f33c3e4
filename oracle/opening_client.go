package oracle

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleRequestHTTP   = newRule("rfc6455/4.1/request-http")
	ruleMethod        = newRule("rfc6455/4.1/method-get")
	ruleHTTPVersion   = newRule("rfc6455/4.1/http-version")
	ruleRequestURI    = newRule("rfc6455/4.1/request-uri")
	ruleHost          = newRule("rfc6455/4.1/host")
	ruleUpgrade       = newRule("rfc6455/4.1/upgrade")
	ruleConnection    = newRule("rfc6455/4.1/connection")
	ruleKey           = newRule("rfc6455/4.1/key")
	ruleVersion       = newRule("rfc6455/4.1/version")
	ruleSubprotocols  = newRule("rfc6455/4.1/subprotocols")
	ruleAwaitResponse = newRule("rfc6455/4.1/await-response")
	ruleGrammar       = newRule("rfc6455/9.1/grammar")
	ruleKeyOnce       = newRule("rfc6455/11.3.1/key-once")
	ruleVersionOnce   = newRule("rfc6455/11.3.5/version-once")
	inRequest         = setOf(ruleRequestHTTP, ruleMethod, ruleHTTPVersion, ruleRequestURI, ruleHost, ruleUpgrade, ruleConnection, ruleKey, ruleVersion, ruleAwaitResponse, ruleKeyOnce, ruleVersionOnce)
)

// receivedRequest judges the request of the peer, a client, by RFC 6455 4.1.
func (j *Judge) receivedRequest() {
	o := &j.opening
	if o.request == nil {
		request, problems, n, err := o.memo.parseRequest(o.received)
		if err != nil {
			j.reportf(ruleRequestHTTP, 0, "an HTTP request", "%v", err)
			j.phase = phaseUnknown
			return
		}
		if n == 0 {
			return
		}
		o.request, o.received = request, o.received[:copy(o.received, o.received[n:])]
		j.theirs.head = n
		j.judgeRequest(problems)
	}
	if len(o.received) > 0 && !o.answered {
		j.report(ruleAwaitResponse, int64(j.theirs.head), "nothing before the server has answered", "octets after the request")
	}
}

func (j *Judge) judgeRequest(problems []wsproto.Problem) {
	r := j.opening.request
	if j.opt.Carrier == HTTP1 {
		j.exercised.addAll(&inRequest)
	} else {
		j.exercise(ruleVersion, ruleVersionOnce, ruleAwaitResponse)
	}
	if _, n := r.Get(extensionsField); n > 0 {
		j.exercise(ruleGrammar)
		if offers, err := wsproto.ParseExtensions(r.Values(extensionsField)); err == nil {
			j.judgeOffers(offers)
		}
	}
	if _, n := r.Get("Sec-WebSocket-Protocol"); n > 0 {
		j.exercise(ruleSubprotocols)
	}
	j.judgeProblems(problems, requestRule)
	if host, n := r.Get(j.hostField()); n == 1 && j.opt.Authority != "" && !sameAuthority(host, j.opt.Authority) {
		j.report(ruleHost, 0, "Host: "+j.opt.Authority, "Host: "+host)
	}
}

// hostField is the field of a request that names the host.
func (j *Judge) hostField() string {
	if j.opt.Carrier == HTTP2 {
		return ":authority"
	}
	return "Host"
}

// sameAuthority reports whether a Host field names an authority: case does not
// matter in it, and the default port may be there or not (RFC 6455 4.1).
func sameAuthority(host, authority string) bool {
	plain := func(s string) string { return strings.ToLower(strings.TrimSuffix(s, ":80")) }
	return plain(host) == plain(authority)
}

// requestRule returns the rule that a client's request breaks, and whether it
// does so for sure.
func requestRule(p wsproto.Problem) (rule, bool) {
	switch p.Kind {
	case problem.MethodNotGET:
		return ruleMethod, true
	case problem.HTTPVersion:
		return ruleHTTPVersion, true
	case problem.TargetForm:
		return ruleRequestURI, true
	case problem.HostMissing, problem.HostRepeated, problem.HostInvalid:
		return ruleHost, true
	case problem.UpgradeMissing, problem.UpgradeToken:
		return ruleUpgrade, true
	case problem.ConnectionMissing, problem.ConnectionToken:
		return ruleConnection, true
	case problem.KeyMissing, problem.KeyEncoding, problem.KeyLength:
		return ruleKey, true
	case problem.KeyRepeated:
		return ruleKeyOnce, true
	case problem.VersionMissing, problem.VersionUnsupported:
		return ruleVersion, true
	case problem.VersionRepeated:
		return ruleVersionOnce, true
	case problem.ProtocolSyntax, problem.ProtocolDuplicate:
		return ruleSubprotocols, true
	case problem.ExtensionSyntax:
		return ruleGrammar, true
	case problem.ExtensionEmpty:
		return ruleGrammar, false
	case problem.FieldFolded: // RFC 2616 2.2, which RFC 6455 refers to, allowed it
		return ruleRequestHTTP, false
	}
	return ruleRequestHTTP, true
}

var (
	ruleValidateResponse    = newRule("rfc6455/4.1/validate-response")
	ruleResponseUpgrade     = newRule("rfc6455/4.1/response-upgrade")
	ruleResponseConnection  = newRule("rfc6455/4.1/response-connection")
	ruleResponseAccept      = newRule("rfc6455/4.1/response-accept")
	ruleResponseExtension   = newRule("rfc6455/4.1/response-extension")
	ruleResponseSubprotocol = newRule("rfc6455/4.1/response-subprotocol")
	ruleResponseConform     = newRule("rfc6455/4.1/response-conform")
	ruleGrammarFail         = newRule("rfc6455/9.1/grammar-fail")
)

// sentResponse follows our response to the peer, a client, and notes whether
// the client has to fail on it (RFC 6455 4.1).
func (j *Judge) sentResponse() {
	o := &j.opening
	response, n, err := o.memo.parseResponse(o.sent)
	switch {
	case err != nil:
		j.mustFail(ruleValidateResponse)
		return
	case n == 0:
		return
	case o.request == nil: // we answered before we were asked
		j.phase = phaseUnknown
		return
	case j.interim(response):
		o.sent = o.sent[:copy(o.sent, o.sent[n:])]
		j.ours.head += n
		j.sentResponse()
		return
	}
	o.answered = true
	o.partial = !ended(response.RawLine, response.Fields, response.RawEnd)
	o.loose = looseResponse(response, n)
	j.ours.head += n
	if !j.took(response) {
		j.exercise(ruleValidateResponse)
		j.phase = phaseRefused
		j.reached.add(stateRefused)
		return
	}
	var faults []rule
	for _, p := range o.memo.checkResponse(o.request) {
		faults = append(faults, responseFault(p, response, o.request))
	}
	if _, n := response.Get(extensionsField); n > 0 {
		if chosen, err := wsproto.ParseExtensions(response.Values(extensionsField)); err == nil {
			faults = append(faults, answerFaults(chosen)...)
		}
	}
	faults = mostBinding(faults)
	j.exercise(faults...)
	switch {
	case len(faults) == 0:
		j.open(response, n, 0)
	case faults[0].clause().Fatal():
		j.mustFail(faults...)
	default: // the client may take it or leave it
		j.ours.note(fault{rule: faults[0]})
		j.open(response, n, 0)
	}
}

// looseHead is how many octets of a response a client may find too many.
const looseHead = 1 << 10

// looseResponse reports whether a client need not take a response, so many octets
// long, with which nothing is wrong: it is of a version of HTTP that the client
// may not know (RFC 9110 2.5), has fields that mean nothing there, or is long.
func looseResponse(response *wsproto.Response, size int) bool {
	_, version := response.Get("Sec-WebSocket-Version")
	return response.Proto != "HTTP/1.1" && response.Proto != wsproto.ConnectProto || hasBody(response.Fields) || version > 0 || size > looseHead
}

// mustFail is called when the peer, a client, has to fail the connection for
// the response that we sent.
func (j *Judge) mustFail(rules ...rule) {
	j.exercise(rules...)
	j.phase = phaseMustFail
	j.opening.refuse = append(j.opening.refuse[:0], rules...)
	j.reached.add(stateFaulty)
}

// responseFault returns the rule by which a client has to fail on a response
// with that problem.
func responseFault(p wsproto.Problem, response *wsproto.Response, request *wsproto.Request) rule {
	switch p.Kind {
	case problem.UpgradeMissing, problem.UpgradeToken:
		return ruleResponseUpgrade
	case problem.ConnectionMissing, problem.ConnectionToken:
		return ruleResponseConnection
	case problem.AcceptMissing, problem.AcceptWrong:
		if !answersKey(response, request) {
			return ruleResponseAccept
		}
		// A field twice: the right one may be the one that counts.
	case problem.ExtensionNotOffered:
		return ruleResponseExtension
	case problem.ExtensionSyntax:
		return ruleGrammarFail
	case problem.ProtocolSyntax, problem.ProtocolNotOffered:
		// Of a list, a client may take the one that it offered, and of a field
		// twice the right one may be the one that counts.
		offered := request.Tokens("Sec-WebSocket-Protocol")
		unoffered := func(protocol string) bool { return !slices.Contains(offered, protocol) }
		fields := response.Values("Sec-WebSocket-Protocol")
		if slices.ContainsFunc(response.Tokens("Sec-WebSocket-Protocol"), unoffered) &&
			(len(fields) == 1 || !slices.ContainsFunc(fields, func(p string) bool { return !unoffered(p) })) {
			return ruleResponseSubprotocol
		}
	}
	return ruleResponseConform
}
