package oracle

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleRefuseMethod = newRule(clause("rfc6455/4.2.1/method-get", Must, bindsServer,
		"refuse a request with another method than GET."))
	ruleRefuseHTTP = newRule(clause("rfc6455/4.2.1/http-version", Must, bindsServer,
		"refuse a request below HTTP/1.1."))
	ruleRefuseURI = newRule(clause("rfc6455/4.2.1/request-uri", Must, bindsServer,
		"refuse a request whose target is neither a path nor an http or https URI.").
		disputed("HTTP lets a server be lenient with octets in a target that no URI has, and an HTTP library " +
			"may have taken the target apart before the WebSocket server sees it."))
	ruleRefuseHost = newRule(clause("rfc6455/4.2.1/host", Must, bindsServer,
		"refuse a request without a Host field."))
	ruleRefuseHosts = newRule(clause("rfc6455/4.2.1/host-valid", Must, bindsServer,
		"refuse a request with several Host fields, or with one that is not an authority.").
		disputed("RFC 6455 asks for a Host field; that a second one or a malformed one has to be refused " +
			"was first said by RFC 7230 5.4, and is now in RFC 9112 3.2."))
	ruleRefuseUpgrade = newRule(clause("rfc6455/4.2.1/upgrade", Must, bindsServer,
		"refuse a request without an Upgrade field that includes websocket."))
	ruleRefuseConn = newRule(clause("rfc6455/4.2.1/connection", Must, bindsServer,
		"refuse a request without a Connection field that includes Upgrade."))
	ruleRefuseKey = newRule(clause("rfc6455/4.2.1/key", Must, bindsServer,
		"refuse a request without a Sec-WebSocket-Key field."))
	ruleRefuseBadKey = newRule(clause("rfc6455/4.2.1/key-valid", Must, bindsServer,
		"refuse a request whose key is not 16 octets in base64.").
		disputed("Section 4.2.1 wants every handshake refused that does not match its description, and a key of " +
			"16 octets is a part of that; section 4.2.2 says that a server need not decode the key."))
	ruleRefuseVersion = newRule(clause("rfc6455/4.2.1/version", Must, bindsServer,
		"refuse a request without the Sec-WebSocket-Version 13."))
	ruleRefuseDraft = newRule(clause("rfc6455/4.2.1/version-draft", Must, bindsServer,
		"refuse a request whose Sec-WebSocket-Version is that of a draft, 0 to 8.").
		disputed("A server may understand a draft's version as well and then accepts it (4.2.2, 4.4)."))
	ruleRefuseSyntax = newRule(clause("rfc6455/4.2.1/syntax", Must, bindsServer,
		"refuse a request that breaks the grammar of the handshake in another way.").
		disputed("HTTP lets a recipient mend what it can (a bare LF, a folded value, an empty line in front), " +
			"and HTTP libraries do so before the WebSocket server sees the request.").
		broken("a malformed request is accepted"))
)

// sentRequest follows our request to the peer, a server, and notes whether the
// server has to refuse it (RFC 6455 4.2.1).
func (j *Judge) sentRequest() {
	o := &j.opening
	if o.request != nil || o.garbled {
		return
	}
	asked, err := o.memo.parseRequest(o.sent)
	switch {
	case err != nil:
		o.garbled = true
		o.refuse = append(o.refuse, ruleRefuseUpgrade)
		j.exercise(o.refuse...)
		return
	case asked == nil:
		return
	}
	request, problems := asked.message, asked.problems
	o.asked, o.request = asked, request
	o.partial = !ended(request.RawLine, request.Fields, request.RawEnd)
	j.ours.head += asked.size
	o.problems = len(problems)
	for _, p := range problems {
		o.refuse = append(o.refuse, requestFault(p, request))
	}
	if j.opt.Carrier == HTTP2 {
		o.refuse = append(o.refuse, refusals(request)...)
		o.problems += len(o.refuse) - len(problems)
	}
	o.loose = o.problems > 0 || looseRequest(request)
	o.refuse = mostBinding(o.refuse)
	j.exercise(ruleRespond)
	j.exercise(o.refuse...)
	if o.problems == 0 {
		j.exercise(ruleEqual)
		if asked.extensions.fields > 0 {
			j.exercise(ruleDecline)
		}
	}
}

// looseRequest reports whether a server may refuse the request for more than that it
// wants none: for another version of HTTP, an expectation, which goes with a body
// alone (RFC 9110 10.1.1), or a body.
func looseRequest(r *wsproto.Request) bool {
	_, expects := r.Get("Expect")
	return r.Proto != "HTTP/1.1" && r.Proto != wsproto.ConnectProto || expects > 0 || hasBody(r.Fields)
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
	ruleRespond = newRule(clause("rfc6455/4.2.2/respond", Must, bindsServer,
		"answer an opening handshake: open the connection with status 101, or refuse it.").
		broken("does not answer an opening handshake"))
	ruleVersionAdvertised = newRule(clause("rfc6455/4.2.2/version-advertised", Must, bindsServer,
		"name the versions that it understands when it refuses another."))
	ruleSubprotocolOffered = newRule(clause("rfc6455/4.2.2/subprotocol-offered", Must, bindsServer,
		"choose a subprotocol out of those that the client offered.").
		noted("What is not a token, and was offered like that, is one of those offered: the request broke the grammar first.").
		wanted("one of the subprotocols that were offered"))
	ruleSubprotocolNone = newRule(clause("rfc6455/4.2.2/subprotocol-none", MustNot, bindsServer,
		"send a Sec-WebSocket-Protocol field where none was offered or agreed on, or with no subprotocol in it.").
		wanted("no Sec-WebSocket-Protocol field"))
	ruleExtensionOffered = newRule(clause("rfc6455/4.2.2/extension-offered", MustNot, bindsServer,
		"list an extension that the client did not offer.").
		wanted("extensions that were offered"))
	ruleServerHTTP = newRule(clause("rfc6455/4.2.2/response-http", Must, bindsServer,
		"answer with a response that is valid HTTP.").
		broken("answers with a response that is not valid HTTP").
		wanted("a valid HTTP response"))
	ruleServerUpgrade = newRule(clause("rfc6455/4.2.2/response-upgrade", Must, bindsServer,
		"accept with an Upgrade field whose value is websocket."))
	ruleServerConnection = newRule(clause("rfc6455/4.2.2/response-connection", Must, bindsServer,
		"accept with a Connection field that has Upgrade."))
	ruleAccept = newRule(clause("rfc6455/4.2.2/accept", Must, bindsServer,
		"accept with the Sec-WebSocket-Accept that answers the key.").
		noted("Of a key that is not ASCII, no RFC says which octets its text has: a server that takes it may answer others than came."))
	ruleAcceptOnce = newRule(clause("rfc6455/11.3.3/accept-once", MustNot, bindsServer,
		"send more than one Sec-WebSocket-Accept field.").
		wanted("one Sec-WebSocket-Accept field"))
	ruleProtocolOnce = newRule(clause("rfc6455/11.3.4/protocol-once", MustNot, bindsServer,
		"send more than one Sec-WebSocket-Protocol field.").
		wanted("one Sec-WebSocket-Protocol field"))
	ruleBodiless = newRule(clause("rfc6455/4.2.2/response-bodiless", MustNot, bindsServer,
		"send Content-Length or Transfer-Encoding with status 101.").
		noted("HTTP forbids both in every response with a status from 100 to 199 (RFC 9110 8.6, RFC 9112 6.1). Clients and proxies that read them " +
			"take what follows for a body, or the connection for one that is over. A length of 0 is noted alone: it misleads no reader, and the RFC 2616 " +
			"that RFC 6455 builds on has no such rule.").
		wanted("no Content-Length and no Transfer-Encoding"))
	ruleHTTPStatus = newRule(clause("rfc6455/10.7/http-status", Should, bindsServer,
		"answer an invalid opening handshake with a fitting HTTP status."))
	inResponse = setOf(ruleBodiless, ruleSubprotocolNone, ruleExtensionOffered, ruleServerHTTP, ruleServerUpgrade, ruleServerConnection, ruleAccept, ruleAcceptOnce, ruleProtocolOnce)
)

// receivedResponse judges the response of the peer, a server, by RFC 6455 4.2.2.
// Interim responses come before it, any number of them.
func (j *Judge) receivedResponse() {
	o := &j.opening
	interim := 0
	response, err := o.memo.parseResponse(o.received)
	for response != nil && j.interim(response.message) {
		interim += response.size
		response, err = o.memo.parseResponse(o.received[interim:])
	}
	if interim > 0 {
		j.theirs.head += interim
		o.received = o.received[:copy(o.received, o.received[interim:])]
	}
	switch {
	case err != nil:
		j.phase = phaseUnknown
		if o.garbled || o.unsure {
			return // what a server answers to octets that are not HTTP is its own
		}
		j.reportf(ruleServerHTTP, o.from, "an HTTP response", "%v", err)
		return
	case response == nil:
		return
	}
	switch {
	case !j.took(response.message):
		j.refused(response.message, response.size)
		j.follow(response)
	case o.request == nil:
		// Either our octets are not a request at all, or the answer came before its end.
		j.phase = phaseUnknown
		j.report(ruleRefuseUpgrade, o.from, "an HTTP error", j.acceptance())
	default:
		j.accepted(response)
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
		basis := Seen
		if o.pieces {
			// A system with too many connections that wait to be accepted keeps nothing of a new one but what it
			// packs into a sequence number (SYN cookies), which may lose up to three octets that come first. That
			// is so once, and not each time.
			basis = Waited
		}
		j.refusedEqual(basis, fmt.Sprintf("status %d", response.Status))
	}
	if response.Status/100 == 2 && len(o.refuse) > 0 && !slices.ContainsFunc(o.refuse, asksForPage) {
		j.reportf(ruleHTTPStatus, o.from, "an HTTP error", "status %d", response.Status)
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
		j.reportf(ruleVersionAdvertised, o.from, "a Sec-WebSocket-Version field with the versions that the server understands", "status %d without one", response.Status)
	}
}

// follow begins to read the body of a response that opened nothing: after it our side may send
// another request on the connection, and the server has to answer that as if it were the first (RFC
// 9110 3.3, RFC 9112 9.3). Of a connection that it does not keep nothing more is expected.
func (j *Judge) follow(response *memoResponse) {
	o := &j.opening
	if j.opt.Carrier != HTTP1 || o.request == nil {
		o.answer.GiveUp()
		return
	}
	o.answer = keepalive.Response(o.request, response.message)
	j.theirs.head += response.size
	j.receivedBody(o.received[response.size:])
}

// receivedBody takes octets that come after the head of that response.
func (j *Judge) receivedBody(data []byte) {
	o := &j.opening
	if j.role != wsproto.Client || !o.answer.Persists() {
		return
	}
	n := o.answer.Take(data)
	j.theirs.head += n
	o.next = append(o.next, data[n:]...)
	j.sentNext()
}

// sentNext takes our request for one that follows another, once it is whole and the response to the
// other one is too.
func (j *Judge) sentNext() {
	o := &j.opening
	if !o.answer.Whole() || !o.answer.Persists() {
		return
	}
	body := keepalive.Request(o.request)
	size := o.asked.size + body.Take(o.sent[o.asked.size:])
	asked, err := o.memo.parseRequest(o.sent[size:])
	if !body.Whole() || !body.Persists() || asked == nil || err != nil {
		if len(o.next) > 0 {
			o.answer.GiveUp()
		}
		return
	}
	j.ours.head += size - o.asked.size
	o.sent = o.sent[:copy(o.sent, o.sent[size:])]
	o.received, o.next = append(o.received[:0], o.next...), o.next[:0]
	o.refuse = o.refuse[:0]
	o.openingState = openingState{later: true, unsure: o.request.Method == "HEAD", pieces: o.pieces, from: int64(j.theirs.head)}
	j.phase = phaseOpening
	j.sentRequest()
	if len(o.received) > 0 {
		j.receivedResponse()
	}
}

// asksForPage reports whether a request that a server has to refuse for that rule may be
// none for a WebSocket at all, so that a page is a right answer to it.
func asksForPage(r rule) bool {
	return slices.Contains([]rule{ruleRefuseMethod, ruleRefuseHTTP, ruleRefuseUpgrade, ruleRefuseConn}, r)
}

// asksForWebSocket reports whether a request is meant as an opening handshake, however wrong.
func asksForWebSocket(r *wsproto.Request) bool {
	return slices.ContainsFunc([]string{"Upgrade", keyField, "Sec-WebSocket-Version"}, func(name string) bool {
		_, n := r.Get(name)
		return n > 0
	})
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
func (j *Judge) accepted(answer *memoResponse) {
	o, response := &j.opening, answer.message
	for _, r := range o.refuse {
		j.report(r, o.from, "an HTTP error", j.acceptance())
	}
	if version, _ := o.request.Get("Sec-WebSocket-Version"); version != "13" {
		j.phase = phaseUnknown
		return
	}
	j.theirs.head += answer.size
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
	if answer.extensions.fields > 0 {
		j.exercise(ruleGrammar)
	}
	j.judgeProblems(o.memo.checkResponse(o.asked), func(p wsproto.Problem) (rule, bool) {
		return responseRule(p, response, o.request, offersProtocols)
	})
	if j.opt.Carrier == HTTP1 {
		for _, name := range []string{"Content-Length", "Transfer-Encoding"} {
			switch value, n := response.Get(name); {
			case n == 1 && value == "0":
				j.bend(ruleBodiless, o.from, ruleBodiless.want(), name+": "+value)
			case n > 0:
				j.report(ruleBodiless, o.from, ruleBodiless.want(), name+": "+value)
			}
		}
	}
	j.open(answer, o.asked.size, answer.size)
}

// responseRule returns the rule that a server's response breaks, and whether
// it does so for sure.
func responseRule(p wsproto.Problem, response *wsproto.Response, request *wsproto.Request, offersProtocols bool) (rule, bool) {
	switch p.Kind {
	case problem.UpgradeMissing, problem.UpgradeToken:
		return ruleServerUpgrade, true
	case problem.ConnectionMissing, problem.ConnectionToken:
		return ruleServerConnection, true
	case problem.AcceptMissing:
		return ruleAccept, true
	case problem.AcceptWrong:
		key, _ := request.Get("Sec-WebSocket-Key")
		return ruleAccept, !strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII })
	case problem.AcceptRepeated:
		return ruleAcceptOnce, true
	case problem.ProtocolRepeated:
		return ruleProtocolOnce, true
	case problem.ProtocolNotOffered, problem.ProtocolSyntax:
		value, _ := response.Get("Sec-WebSocket-Protocol")
		if value == "" || !offersProtocols {
			return ruleSubprotocolNone, true
		}
		// What is not a token and was offered like that is one of those offered.
		return ruleSubprotocolOffered, !slices.Contains(request.Tokens("Sec-WebSocket-Protocol"), value)
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

const ownPolicy = "What the server offers, wants and supports is known to the server alone."

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/4.2.1/browser", ShouldNot, bindsServer,
		"treat a request without an Origin field as one from a browser.").
		unseen("What a server takes a request for does not show."),
	clause("rfc6455/4.2.2/tls-all", Must, bindsServer,
		"send everything through the TLS connection once it is made.").unseen(belowOctets),
	clause("rfc6455/4.2.2/origin-refused", Must, bindsServer,
		"answer with an HTTP error where it does not want the origin.").unseen(ownPolicy),
	clause("rfc6455/4.2.2/service-unavailable", Must, bindsServer,
		"answer with an HTTP error where the service asked for is not there.").unseen(ownPolicy),
	clause("rfc6455/4.2.2/extension-derived", Must, bindsServer,
		"choose its extensions out of those that the client offered.").
		sameAs("rfc6455/4.2.2/extension-offered"),
	clause("rfc6455/4.4/version-advertised", Must, bindsServer,
		"answer a version that it does not support with all those that it does.").
		sameAs("rfc6455/4.2.2/version-advertised"),
	clause("rfc6455/11.3.2/extensions-once", MustNot, bindsServer,
		"send more than one Sec-WebSocket-Extensions field.").
		unseen("Section 4.2.2 allows it, and erratum 3433 settles the contradiction in its favour."),
	clause("rfc6455/10.2/verify-origin", Should, bindsServer,
		"verify the origin if it does not serve every web page.").unseen(ownPolicy),
	clause("rfc6455/10.2/forbidden", Should, bindsServer,
		"answer an origin that it does not accept with 403 Forbidden.").unseen(ownPolicy),
)
