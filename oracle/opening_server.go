package oracle

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleRefuseMethod  = newRule("rfc6455/4.2.1/method-get")
	ruleRefuseHTTP    = newRule("rfc6455/4.2.1/http-version")
	ruleRefuseURI     = newRule("rfc6455/4.2.1/request-uri")
	ruleRefuseHost    = newRule("rfc6455/4.2.1/host")
	ruleRefuseHosts   = newRule("rfc6455/4.2.1/host-valid")
	ruleRefuseUpgrade = newRule("rfc6455/4.2.1/upgrade")
	ruleRefuseConn    = newRule("rfc6455/4.2.1/connection")
	ruleRefuseKey     = newRule("rfc6455/4.2.1/key")
	ruleRefuseBadKey  = newRule("rfc6455/4.2.1/key-valid")
	ruleRefuseVersion = newRule("rfc6455/4.2.1/version")
	ruleRefuseDraft   = newRule("rfc6455/4.2.1/version-draft")
	ruleRefuseSyntax  = newRule("rfc6455/4.2.1/syntax")
)

// sentRequest follows our request to the peer, a server, and notes whether the
// server has to refuse it (RFC 6455 4.2.1).
func (j *Judge) sentRequest() {
	o := &j.opening
	if o.request != nil || o.garbled {
		return
	}
	request, problems, n, err := o.memo.parseRequest(o.sent)
	switch {
	case err != nil:
		o.garbled = true
		o.refuse = append(o.refuse, ruleRefuseUpgrade)
		j.exercise(o.refuse...)
		return
	case n == 0:
		return
	}
	o.request = request
	o.partial = !ended(request.RawLine, request.Fields, request.RawEnd)
	j.ours.head = n
	o.problems = len(problems)
	for _, p := range problems {
		o.refuse = append(o.refuse, requestFault(p, request))
	}
	if j.opt.Carrier == HTTP2 {
		o.refuse = append(o.refuse, refusals(request)...)
		o.problems += len(o.refuse) - len(problems)
	}
	o.refuse = mostBinding(o.refuse)
	j.exercise(ruleRespond)
	j.exercise(o.refuse...)
	if o.problems == 0 {
		j.exercise(ruleEqual)
		if _, n := request.Get(extensionsField); n > 0 {
			j.exercise(ruleDecline)
		}
	}
}

// requestFault returns the rule by which a server has to refuse a request with
// that problem.
func requestFault(p wsproto.Problem, r *wsproto.Request) rule {
	switch p.Kind {
	case problem.MethodNotGET:
		return ruleRefuseMethod
	case problem.HTTPVersion:
		return ruleRefuseHTTP
	case problem.TargetForm:
		return ruleRefuseURI
	case problem.HostMissing:
		return ruleRefuseHost
	case problem.HostRepeated, problem.HostInvalid:
		return ruleRefuseHosts
	case problem.UpgradeMissing, problem.UpgradeToken:
		return ruleRefuseUpgrade
	case problem.ConnectionMissing, problem.ConnectionToken:
		return ruleRefuseConn
	case problem.KeyMissing:
		return ruleRefuseKey
	case problem.KeyEncoding, problem.KeyLength, problem.KeyRepeated:
		if key, n := r.Get("Sec-WebSocket-Key"); n == 1 && key == "" {
			return ruleRefuseKey
		}
		return ruleRefuseBadKey
	case problem.VersionMissing:
		return ruleRefuseVersion
	case problem.VersionUnsupported:
		switch v, n := r.Get("Sec-WebSocket-Version"); {
		case n == 1 && len(v) == 1 && v[0] >= '0' && v[0] <= '8':
			return ruleRefuseDraft
		case slices.Contains(r.Values("Sec-WebSocket-Version"), "13"):
			return ruleRefuseSyntax // a field twice
		}
		return ruleRefuseVersion
	case problem.ExtensionSyntax:
		return ruleGrammarFail
	}
	return ruleRefuseSyntax
}

var (
	ruleRespond            = newRule("rfc6455/4.2.2/respond")
	ruleVersionAdvertised  = newRule("rfc6455/4.2.2/version-advertised")
	ruleSubprotocolOffered = newRule("rfc6455/4.2.2/subprotocol-offered")
	ruleSubprotocolNone    = newRule("rfc6455/4.2.2/subprotocol-none")
	ruleExtensionOffered   = newRule("rfc6455/4.2.2/extension-offered")
	ruleServerHTTP         = newRule("rfc6455/4.2.2/response-http")
	ruleServerUpgrade      = newRule("rfc6455/4.2.2/response-upgrade")
	ruleServerConnection   = newRule("rfc6455/4.2.2/response-connection")
	ruleAccept             = newRule("rfc6455/4.2.2/accept")
	ruleAcceptOnce         = newRule("rfc6455/11.3.3/accept-once")
	ruleProtocolOnce       = newRule("rfc6455/11.3.4/protocol-once")
	ruleHTTPStatus         = newRule("rfc6455/10.7/http-status")
	inResponse             = setOf(ruleSubprotocolNone, ruleExtensionOffered, ruleServerHTTP, ruleServerUpgrade, ruleServerConnection, ruleAccept, ruleAcceptOnce, ruleProtocolOnce)
)

// receivedResponse judges the response of the peer, a server, by RFC 6455 4.2.2.
// Interim responses come before it, any number of them.
func (j *Judge) receivedResponse() {
	o := &j.opening
	interim := 0
	response, n, err := o.memo.parseResponse(o.received)
	for n > 0 && j.interim(response) {
		interim += n
		response, n, err = o.memo.parseResponse(o.received[interim:])
	}
	if interim > 0 {
		j.theirs.head += interim
		o.received = o.received[:copy(o.received, o.received[interim:])]
	}
	switch {
	case err != nil:
		j.phase = phaseUnknown
		if o.garbled {
			return // what a server answers to octets that are not HTTP is its own
		}
		j.reportf(ruleServerHTTP, 0, "an HTTP response", "%v", err)
		return
	case n == 0:
		return
	}
	switch {
	case !j.took(response):
		j.refused(response, n)
	case o.request == nil:
		// Either ours is no request at all, or the answer came before its end.
		j.phase = phaseUnknown
		j.report(ruleRefuseUpgrade, 0, "an HTTP error", j.acceptance())
	default:
		j.accepted(response, n)
	}
}

// refused judges a refusal, whose head is so many octets long.
func (j *Judge) refused(response *wsproto.Response, head int) {
	j.phase = phaseRefused
	j.reached.add(stateRefused)
	o := &j.opening
	if o.request == nil {
		return
	}
	if comparableStatus(response.Status) {
		j.refusedEqual(Seen, fmt.Sprintf("status %d", response.Status))
	}
	o.posed = j.opt.Carrier == HTTP1 && answersKey(response, o.request) && !hasBody(response.Fields)
	j.receivedInstead(o.received[head:])
	if o.problems != 1 || o.refuse[0] != ruleRefuseVersion && o.refuse[0] != ruleRefuseDraft {
		return
	}
	// 4.2.2, 4.4: where nothing but the version is wrong, a 400 or 426 is about
	// the version. Other statuses may have other reasons.
	version, n := o.request.Get("Sec-WebSocket-Version")
	if n != 1 || !isVersion(version) || response.Status != 400 && response.Status != 426 {
		return
	}
	j.exercise(ruleVersionAdvertised)
	if _, n := response.Get("Sec-WebSocket-Version"); n == 0 {
		j.reportf(ruleVersionAdvertised, 0, "a Sec-WebSocket-Version field with the versions that the server understands", "status %d without one", response.Status)
	}
}

// answersKey reports whether one of the Sec-WebSocket-Accept fields of the response
// answers the key of the request.
func answersKey(response *wsproto.Response, request *wsproto.Request) bool {
	key, n := request.Get("Sec-WebSocket-Key")
	return n == 1 && slices.Contains(response.Values("Sec-WebSocket-Accept"), wsproto.AcceptKey(key))
}

// isVersion reports whether s is a number from 0 to 255 without leading zeros
// (RFC 6455 4.3).
func isVersion(s string) bool {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int(c-'0')
		if n > 255 {
			return false
		}
	}
	return s != "" && (len(s) == 1 || s[0] != '0')
}

// accepted judges an acceptance.
func (j *Judge) accepted(response *wsproto.Response, head int) {
	o := &j.opening
	for _, r := range o.refuse {
		j.report(r, 0, "an HTTP error", j.acceptance())
	}
	if version, _ := o.request.Get("Sec-WebSocket-Version"); version != "13" {
		j.phase = phaseUnknown
		return
	}
	j.theirs.head += head
	if j.opt.Carrier == HTTP1 {
		j.exercised.addAll(&inResponse)
	} else {
		j.exercise(ruleSubprotocolNone, ruleExtensionOffered, ruleProtocolOnce)
	}
	_, n := o.request.Get("Sec-WebSocket-Protocol")
	offersProtocols := n > 0
	if offersProtocols {
		j.exercise(ruleSubprotocolOffered)
	}
	if _, n := response.Get(extensionsField); n > 0 {
		j.exercise(ruleGrammar)
	}
	j.judgeProblems(o.memo.checkResponse(o.request), func(p wsproto.Problem) (rule, bool) {
		return responseRule(p, response, offersProtocols)
	})
	j.open(response, j.ours.head, head)
}

// responseRule returns the rule that a server's response breaks, and whether
// it does so for sure.
func responseRule(p wsproto.Problem, response *wsproto.Response, offersProtocols bool) (rule, bool) {
	switch p.Kind {
	case problem.UpgradeMissing, problem.UpgradeToken:
		return ruleServerUpgrade, true
	case problem.ConnectionMissing, problem.ConnectionToken:
		return ruleServerConnection, true
	case problem.AcceptMissing, problem.AcceptWrong:
		return ruleAccept, true
	case problem.AcceptRepeated:
		return ruleAcceptOnce, true
	case problem.ProtocolRepeated:
		return ruleProtocolOnce, true
	case problem.ProtocolNotOffered, problem.ProtocolSyntax:
		if value, _ := response.Get("Sec-WebSocket-Protocol"); value == "" || !offersProtocols {
			return ruleSubprotocolNone, true
		}
		return ruleSubprotocolOffered, true
	case problem.ExtensionNotOffered:
		return ruleExtensionOffered, true
	case problem.ExtensionSyntax:
		return ruleGrammar, true
	case problem.ExtensionEmpty:
		return ruleGrammar, false
	case problem.FieldFolded: // RFC 2616 2.2, which RFC 6455 refers to, allowed it
		return ruleServerHTTP, false
	}
	return ruleServerHTTP, true
}
