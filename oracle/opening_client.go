package oracle

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleRequestHTTP = newRule(clause("rfc6455/4.1/request-http", Must, bindsClient,
		"send a request that is valid HTTP.").
		wanted("a valid HTTP request"))
	ruleMethod = newRule(clause("rfc6455/4.1/method-get", Must, bindsClient,
		"make its request with the method GET.").
		wanted("the method GET"))
	ruleHTTPVersion = newRule(clause("rfc6455/4.1/http-version", Must, bindsClient,
		"make its request with HTTP/1.1 or higher.").
		wanted("HTTP/1.1 or higher"))
	ruleRequestURI = newRule(clause("rfc6455/4.1/request-uri", Must, bindsClient,
		"ask for the resource name, as a path or as an absolute http or https URI.").
		wanted("a path or an absolute http or https URI as the target"))
	ruleHost = newRule(clause("rfc6455/4.1/host", Must, bindsClient,
		"send one Host field with the host and, unless it is the default, the port.").
		broken("does not send one Host field with host and port"))
	ruleUpgrade = newRule(clause("rfc6455/4.1/upgrade", Must, bindsClient,
		"send an Upgrade field that includes the keyword websocket."))
	ruleConnection = newRule(clause("rfc6455/4.1/connection", Must, bindsClient,
		"send a Connection field that includes the token Upgrade."))
	ruleKey = newRule(clause("rfc6455/4.1/key", Must, bindsClient,
		"send a Sec-WebSocket-Key field with 16 octets in base64."))
	ruleKeyRandom = newRule(clause("rfc6455/4.1/key-random", Must, bindsClient,
		"choose the key at random for each connection.").
		broken("does not choose its Sec-WebSocket-Key at random for each connection").
		wanted("a Sec-WebSocket-Key of 16 random octets").
		noted("It is judged where a key comes again, and where half of the bits of many keys, or more, follow from the others."))
	ruleVersion = newRule(clause("rfc6455/4.1/version", Must, bindsClient,
		"send a Sec-WebSocket-Version field with the value 13."))
	ruleSubprotocols = newRule(clause("rfc6455/4.1/subprotocols", Must, bindsClient,
		"offer subprotocols that are tokens, not empty and all different.").
		broken("offers a subprotocol that is not a token, is empty, or is there twice").
		wanted("subprotocols that are tokens, not empty and all different"))
	ruleAwaitResponse = newRule(clause("rfc6455/4.1/await-response", Must, bindsClient,
		"send nothing after its request before the server has answered.").
		broken("sends frames before the server has answered"))
	ruleRequestBody = newRule(clause("rfc6455/4.1/request-body", Must, bindsClient,
		"send the whole body that its request announces before any frame.").
		noted("HTTP has a client send its whole request before it goes over to another protocol (RFC 9110 7.8). A proxy or a server " +
			"takes the first frames of one that does not for the body.").
		wanted("the body that the request announces, or a request without Content-Length and Transfer-Encoding"))
	ruleGrammar = newRule(clause("rfc6455/9.1/grammar", Must, bindsBoth,
		"send Sec-WebSocket-Extensions by its grammar.").
		wanted("a Sec-WebSocket-Extensions field that follows the grammar"))
	ruleKeyOnce = newRule(clause("rfc6455/11.3.1/key-once", MustNot, bindsClient,
		"send more than one Sec-WebSocket-Key field.").
		wanted("one Sec-WebSocket-Key field"))
	ruleVersionOnce = newRule(clause("rfc6455/11.3.5/version-once", MustNot, bindsClient,
		"send more than one Sec-WebSocket-Version field.").
		wanted("one Sec-WebSocket-Version field"))
	inRequest = setOf(ruleRequestHTTP, ruleMethod, ruleHTTPVersion, ruleRequestURI, ruleHost, ruleUpgrade, ruleConnection, ruleKey, ruleKeyRandom, ruleVersion, ruleAwaitResponse, ruleRequestBody, ruleKeyOnce, ruleVersionOnce)
)

// receivedRequest judges the request of the peer, a client, by RFC 6455 4.1.
func (j *Judge) receivedRequest() {
	o := &j.opening
	if o.request == nil {
		asked, err := o.memo.parseRequest(o.received)
		if err != nil {
			j.reportf(ruleRequestHTTP, 0, "an HTTP request", "%v", err)
			j.phase = phaseUnknown
			return
		}
		if asked == nil {
			return
		}
		o.asked, o.request = asked, asked.message
		o.received = o.received[:copy(o.received, o.received[asked.size:])]
		j.theirs.head = asked.size
		if j.opt.Carrier == HTTP1 {
			o.body = bodyLength(o.request.Fields)
		}
		j.judgeRequest()
	}
	if !o.answered {
		n := o.takeBody(len(o.received))
		o.received = o.received[:copy(o.received, o.received[n:])]
		j.theirs.head += n
	}
	if len(o.received) > 0 && !o.answered {
		j.report(ruleAwaitResponse, int64(j.theirs.head), "no octets before the server has answered", "octets after the request")
	}
}

func (j *Judge) judgeRequest() {
	r, offers := j.opening.request, j.opening.asked.extensions
	if j.opt.Carrier == HTTP1 {
		j.exercised.addAll(&inRequest)
	} else {
		j.exercise(ruleVersion, ruleVersionOnce, ruleAwaitResponse)
	}
	if offers.fields > 0 {
		j.exercise(ruleGrammar)
		if offers.err == nil {
			j.judgeOffers(offers.list)
		}
	}
	if _, n := r.Get("Sec-WebSocket-Protocol"); n > 0 {
		j.exercise(ruleSubprotocols)
	}
	j.judgeProblems(j.opening.asked.problems, requestRule)
	if host, n := r.Get(j.hostField()); n == 1 && j.opt.Authority != "" && !sameAuthority(host, j.opt.Authority) &&
		(j.opt.Target != "" || sameName(host, j.opt.Authority)) {
		j.report(ruleHost, 0, "Host: "+j.opt.Authority, "Host: "+host)
	}
	if j.opt.Target != "" && j.opt.Carrier == HTTP1 && resource(r.Target) != strings.TrimSuffix(j.opt.Target, "?") {
		j.report(ruleRequestURI, 0, "a request for "+j.opt.Target, "a request for "+r.Target)
	}
}

// resource is the path and the query of a request's target, which may be a whole URL
// (RFC 6455 4.1). RFC 6455 3 has no question mark before an empty query, and many clients
// send it as it stands in the URL (RFC 3986 6.2.3).
func resource(target string) string {
	target = strings.TrimSuffix(target, "?")
	_, rest, whole := strings.Cut(target, "://")
	if !whole || strings.HasPrefix(target, "/") {
		return target
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return "/" + strings.TrimPrefix(rest[i:], "/")
	}
	return "/"
}

// hostField is the field of a request that names the host.
func (j *Judge) hostField() string {
	if j.opt.Carrier == HTTP2 {
		return ":authority"
	}
	return "Host"
}

// sameName reports whether two authorities differ in the port at most.
func sameName(a, b string) bool {
	name := func(s string) string {
		if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
			s = s[:i]
		}
		return strings.ToLower(s)
	}
	return name(a) == name(b)
}

// sameAuthority reports whether a Host field names an authority: case does not
// matter in it, nor how an IPv6 address is written (RFC 4291 2.2), and the default port may be
// there or not (RFC 6455 4.1).
func sameAuthority(host, authority string) bool {
	plain := func(s string) string {
		s = strings.ToLower(strings.TrimSuffix(s, ":80"))
		if address, port, ok := strings.Cut(s, "]"); ok && strings.HasPrefix(address, "[") {
			if ip, err := netip.ParseAddr(address[1:]); err == nil {
				return "[" + ip.String() + "]" + port
			}
		}
		return s
	}
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
	ruleValidateResponse = newRule(clause("rfc6455/4.1/validate-response", Must, bindsClient,
		"open the WebSocket connection only on a response with status 101.").
		broken("opens the connection on another status than 101").
		wanted("a client that leaves the connection closed"))
	ruleResponseUpgrade = newRule(clause("rfc6455/4.1/response-upgrade", Must, bindsClient,
		"fail the connection where the response has no Upgrade field with websocket."))
	ruleResponseConnection = newRule(clause("rfc6455/4.1/response-connection", Must, bindsClient,
		"fail the connection where the response has no Connection field with Upgrade."))
	ruleResponseAccept = newRule(clause("rfc6455/4.1/response-accept", Must, bindsClient,
		"fail the connection where Sec-WebSocket-Accept is missing or does not answer the key."))
	ruleResponseExtension = newRule(clause("rfc6455/4.1/response-extension", Must, bindsClient,
		"fail the connection where the response has an extension that was not offered."))
	ruleResponseSubprotocol = newRule(clause("rfc6455/4.1/response-subprotocol", Must, bindsClient,
		"fail the connection where the response has a subprotocol that was not offered."))
	ruleResponseConform = newRule(clause("rfc6455/4.1/response-conform", Must, bindsClient,
		"fail the connection where the response breaks section 4.2.2 in another way.").
		disputed("Section 4.1 asks a client to fail on every response that does not conform to 4.2.2, " +
			"but HTTP lets a recipient mend what it can (a bare LF, a folded value, a field given twice), " +
			"and HTTP libraries do so before the WebSocket client sees the response."))
	ruleInterim = newRule(clause("rfc6455/4.1/interim", Must, bindsClient,
		"pass over interim responses, such as 103, before the one with status 101.").
		disputed("Section 4.1 has a client handle another status than 101 by the procedures of HTTP, and those want every client to expect interim " +
			"responses (RFC 9110 15.2, and RFC 2616 10.1 before it). Yet many clients know 101 alone: no server sends such a response without being asked to.").
		broken("closes the connection on an interim response").
		wanted("a client that waits for the response after the interim one"))
	ruleGrammarFail = newRule(clause("rfc6455/9.1/grammar-fail", Must, bindsBoth,
		"fail the connection at once on a Sec-WebSocket-Extensions that breaks the grammar.").
		disputed("Section 9.1 says so of every recipient. Yet a server need not accept any offer (9.1), and one that " +
			"knows no extension, or not the one that is spoilt, commonly does not read the field at all."))
)

// sentResponse follows our response to the peer, a client, and notes whether
// the client has to fail on it (RFC 6455 4.1).
func (j *Judge) sentResponse() {
	o := &j.opening
	answer, err := o.memo.parseResponse(o.sent)
	switch {
	case err != nil:
		j.mustFail(ruleValidateResponse)
		return
	case answer == nil:
		return
	}
	response, n := answer.message, answer.size
	switch {
	case o.request == nil: // we answered before we were asked
		j.phase = phaseUnknown
		return
	case j.interim(response):
		o.sent = o.sent[:copy(o.sent, o.sent[n:])]
		j.ours.head += n
		if o.interim = j.opt.Carrier == HTTP1; o.interim {
			j.exercise(ruleInterim)
		}
		j.sentResponse()
		return
	}
	o.answered = true
	o.partial = !ended(response.RawLine, response.Fields, response.RawEnd)
	o.loose = looseResponse(response, n) || unchosen(response, o.request)
	j.ours.head += n
	if !j.took(response) {
		j.exercise(ruleValidateResponse)
		j.phase = phaseRefused
		j.reached.add(stateRefused)
		return
	}
	var faults []rule
	for _, p := range o.memo.checkResponse(o.asked) {
		faults = append(faults, responseFault(p, response, o.request))
	}
	if chosen := answer.extensions; chosen.fields > 0 && chosen.err == nil {
		faults = append(faults, answerFaults(chosen.list)...)
		o.loose = o.loose || !fitsOffer(chosen.list, o.asked.extensions)
	}
	faults = mostBinding(faults)
	j.exercise(faults...)
	switch {
	case len(faults) == 0:
		j.open(answer, n, 0)
	case faults[0].clause().Fatal():
		j.mustFail(faults...)
	default: // the client may take it or leave it
		j.ours.note(fault{rule: faults[0]})
		j.open(answer, n, 0)
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

// unchosen reports whether a client offered subprotocols and the response has none of
// them. Many clients, browsers among them, then leave: they cannot speak another way.
func unchosen(response *wsproto.Response, request *wsproto.Request) bool {
	_, offered := request.Get("Sec-WebSocket-Protocol")
	_, chosen := response.Get("Sec-WebSocket-Protocol")
	return offered > 0 && chosen == 0
}

// fitsOffer reports whether permessage-deflate is answered as an offer of the request
// wants it. An answer without what all offers demand, such as
// server_no_context_takeover, accepts none of them (RFC 7692 7.1.1.1, 7.1.2.1), and a
// client need not take it.
func fitsOffer(chosen []wsproto.Extension, offered memoExtensions) bool {
	if offered.err != nil {
		return false
	}
	_, _, _, problems := deflate.Accept(chosen, offered.list)
	return len(problems) == 0
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

// Why clauses of the opening handshake are not judged.
const (
	oneConnection = "One conversation shows one connection, and nothing of how the client goes about others."
	belowOctets   = "It happens below the octets that are judged, in name resolution, TCP or TLS."
)

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/4.1/establish", Must, bindsClient,
		"connect, send an opening handshake and read the server's answer.").
		unseen("A TCP connection without a request does not yet say that it was meant for WebSocket."),
	clause("rfc6455/4.1/uri-valid", Must, bindsClient,
		"accept only WebSocket URIs that are valid by section 3.").
		unseen("The URI is given to the client by its application."),
	clause("rfc6455/4.1/await-other-connection", Must, bindsClient,
		"wait while another connection to the same address is being established.").unseen(oneConnection),
	clause("rfc6455/4.1/one-connecting", Must, bindsClient,
		"have no more than one connection to an address in the CONNECTING state.").unseen(oneConnection),
	clause("rfc6455/4.1/serialize", Must, bindsClient,
		"make simultaneous connections to one address one after the other.").unseen(oneConnection),
	clause("rfc6455/4.1/unknown-address", Must, bindsClient,
		"treat each host name as a host of its own where addresses are not known.").unseen(oneConnection),
	clause("rfc6455/4.1/limit-pending", Should, bindsClient,
		"limit the number of pending connections where addresses are not known.").unseen(oneConnection),
	clause("rfc6455/4.1/proxy", Should, bindsClient,
		"connect through the proxy that it is configured to use.").unseen(belowOctets),
	clause("rfc6455/4.1/direct", Should, bindsClient,
		"connect directly where no proxy is configured.").unseen(belowOctets),
	clause("rfc6455/4.1/proxy-autoconfig", Must, bindsClient,
		"give a proxy autoconfiguration script the WebSocket URI.").unseen(belowOctets),
	clause("rfc6455/4.1/connect-failed", Must, bindsClient,
		"fail the WebSocket connection where no TCP connection can be made.").
		unseen("Without a connection there is nothing to see."),
	clause("rfc6455/4.1/tls-first", Must, bindsClient,
		"do a TLS handshake before the opening handshake of a wss URI.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-failed", Must, bindsClient,
		"fail the WebSocket connection where the TLS handshake fails.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-all", Must, bindsClient,
		"send everything through the TLS connection once it is made.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-sni", Must, bindsClient,
		"name the server in the TLS handshake (SNI).").unseen(belowOctets),
	clause("rfc6455/4.1/send-handshake", Must, bindsClient,
		"send an opening handshake once it is connected.").sameAs("rfc6455/4.1/establish"),
	clause("rfc6455/4.1/origin", Must, bindsClient,
		"send an Origin field if it is a browser.").
		unseen("Its octets do not show whether the client is a browser."),
	clause("rfc6455/4.3/quoted-token", Must, bindsBoth,
		"quote only extension parameters that are tokens once unquoted.").
		sameAs("rfc6455/9.1/grammar"),
)
