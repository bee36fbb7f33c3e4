package reference

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// serverOpeningMutants break RFC 6455 4.2 and the server's part of 4.4 and 11.3.
var serverOpeningMutants = []mutant{
	acceptsRequest(acceptMethod, "method", "method-get", "with any method"),
	acceptsRequest(acceptMethodCase, "method-lowercase", "method-get", "with the method get"),
	acceptsRequest(acceptHTTPVersion, "http-version", "http-version", "of HTTP/1.0 and of other versions"),
	acceptsRequest(acceptTarget, "target", "request-uri", "for any target"),
	acceptsRequest(acceptNoHost, "host-missing", "host", "without a Host field"),
	acceptsRequest(acceptTwoHosts, "host-twice", "host-valid", "with two Host fields"),
	acceptsRequest(acceptBadHost, "host-invalid", "host-valid", "with any Host value"),
	acceptsRequest(acceptNoUpgrade, "upgrade-missing", "upgrade", "without an Upgrade field"),
	acceptsRequest(acceptOtherUpgrade, "upgrade-other", "upgrade", "with any Upgrade value"),
	acceptsRequest(acceptUpgradePrefix, "upgrade-prefix", "upgrade", "with an Upgrade value that begins with websocket"),
	acceptsRequest(acceptNoConnection, "connection-missing", "connection", "without a Connection field"),
	acceptsRequest(acceptOtherConnection, "connection-other", "connection", "with any Connection value"),
	acceptsRequest(acceptConnectionPart, "connection-part", "connection", "whose Connection value has upgrade within a token"),
	acceptsRequest(acceptNoKey, "key-missing", "key", "without a Sec-WebSocket-Key field"),
	acceptsRequest(acceptTwoKeys, "key-twice", "key-valid", "with two Sec-WebSocket-Key fields, and answers the first"),
	acceptsRequest(acceptSecondKey, "key-second", "key-valid", "with two Sec-WebSocket-Key fields, and answers the second"),
	acceptsRequest(acceptBadKey, "key-encoding", "key-valid", "with a key that is not base64"),
	acceptsRequest(acceptShortKey, "key-short", "key-valid", "with a key of fewer than 16 octets"),
	acceptsRequest(acceptLongKey, "key-long", "key-valid", "with a key of more than 16 octets"),
	acceptsRequest(acceptNoVersion, "version-missing", "version", "without a Sec-WebSocket-Version field"),
	acceptsRequest(acceptOtherVersion, "version-other", "version", "with any Sec-WebSocket-Version"),
	acceptsRequest(acceptVersion8, "version-8", "version-draft", "with Sec-WebSocket-Version 7 and 8"),
	acceptsRequest(acceptVersionAbove, "version-above", "version", "with a Sec-WebSocket-Version above 13"),
	acceptsRequest(acceptTwoVersions, "version-twice", "syntax", "with two Sec-WebSocket-Version fields, 13 first"),
	acceptsRequest(acceptFieldName, "field-name", "syntax", "with field names that are no tokens"),
	acceptsRequest(acceptFieldValue, "field-value", "syntax", "with control octets in field values"),
	acceptsRequest(acceptProtocolSyntax, "protocol-syntax", "syntax", "with subprotocols that are no tokens"),
	acceptsRequest(acceptProtocolTwice, "protocol-twice", "syntax", "with a subprotocol that is offered twice"),
	{Mutant: Mutant{Name: "accept-request-extension-syntax", Clause: "rfc6455/9.1/grammar-fail", Roles: asServer,
		Text: "Opens a connection for a Sec-WebSocket-Extensions that breaks the grammar."}, fault: acceptExtensionSyntax},
	{Mutant: Mutant{Name: "version-not-advertised", Clause: "rfc6455/4.2.2/version-advertised", Roles: asServer,
		Text: "Refuses another version without saying which it knows."}, fault: omitVersion426},

	answers("accept-missing", "rfc6455/4.2.2/accept", "without Sec-WebSocket-Accept", removeField(fieldAccept)),
	answers("accept-empty", "rfc6455/4.2.2/accept", "with an empty Sec-WebSocket-Accept", setField(fieldAccept, "")),
	answers("accept-constant", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the RFC's example",
		setField(fieldAccept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
	answers("accept-echoes-key", "rfc6455/4.2.2/accept", "with the key itself in Sec-WebSocket-Accept",
		accepts(func(key string) string { return key })),
	answers("accept-lowercase", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept in lower case",
		accepts(func(key string) string { return strings.ToLower(wsproto.AcceptKey(key)) })),
	answers("accept-unpadded", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept without its padding",
		accepts(func(key string) string { return strings.TrimRight(wsproto.AcceptKey(key), "=") })),
	answers("accept-urlsafe", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept in base64url",
		accepts(func(key string) string {
			return strings.NewReplacer("+", "-", "/", "_").Replace(wsproto.AcceptKey(key))
		})),
	answers("accept-of-nonce", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the decoded key",
		accepts(func(key string) string {
			nonce, _ := base64.StdEncoding.DecodeString(key)
			return wsproto.AcceptKey(string(nonce))
		})),
	answers("accept-of-space", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the key and a blank before it",
		accepts(func(key string) string { return wsproto.AcceptKey(" " + key) })),
	answers("accept-twice", "rfc6455/11.3.3/accept-once", "with two equal Sec-WebSocket-Accept fields",
		func(r *wsproto.Response, req *wsproto.Request) {
			accept, _ := r.Get(fieldAccept)
			r.Fields = append(r.Fields, wsproto.Field{Name: fieldAccept, Value: accept})
		}),
	answers("upgrade-missing", "rfc6455/4.2.2/response-upgrade", "without Upgrade", removeField("Upgrade")),
	answers("upgrade-other", "rfc6455/4.2.2/response-upgrade", "with Upgrade: websockets", setField("Upgrade", "websockets")),
	answers("connection-missing", "rfc6455/4.2.2/response-connection", "without Connection", removeField("Connection")),
	answers("connection-other", "rfc6455/4.2.2/response-connection", "with Connection: keep-alive", setField("Connection", "keep-alive")),
	answers("status-200", "rfc6455/4.2.2/respond", "with the status 200, and then with frames",
		func(r *wsproto.Response, _ *wsproto.Request) {
			r.Status, r.Reason = 200, "OK"
			r.RawEnd = "\r\n" + string(wsproto.NewFrame(wsproto.OpPong, true, nil).AppendTo(nil))
		}),
	answers("http-1.0", "rfc6455/4.2.2/response-http", "in HTTP/1.0",
		func(r *wsproto.Response, _ *wsproto.Request) { r.Proto = "HTTP/1.0" }),
	answers("field-name", "rfc6455/4.2.2/response-http", "with a blank in a field name", addField("X Powered By", "spam")),
	answers("field-value", "rfc6455/4.2.2/response-http", "with an octet of 0 in a field value", addField("X-Spam", "sp\x00am")),
	answers("protocol-unoffered", "rfc6455/4.2.2/subprotocol-none", "with a subprotocol where none was offered",
		func(r *wsproto.Response, req *wsproto.Request) {
			if _, n := req.Get(fieldProtocol); n == 0 {
				addField(fieldProtocol, "spam")(r, req)
			}
		}),
	answersProtocol("protocol-other", "rfc6455/4.2.2/subprotocol-offered", "with a subprotocol that is not among those offered",
		func(offered []string) []string { return []string{offered[0] + ".v2"} }),
	answersProtocol("protocol-case", "rfc6455/4.2.2/subprotocol-offered", "with the subprotocol offered in another case",
		func(offered []string) []string {
			if upper := strings.ToUpper(offered[0]); upper != offered[0] {
				return []string{upper}
			}
			return []string{strings.ToLower(offered[0])}
		}),
	answersProtocol("protocol-list", "rfc6455/4.2.2/subprotocol-offered", "with all subprotocols that were offered, and one more",
		func(offered []string) []string { return []string{strings.Join(append(offered, "spam"), ", ")} }),
	answersProtocol("protocol-twice", "rfc6455/11.3.4/protocol-once", "with two Sec-WebSocket-Protocol fields",
		func(offered []string) []string { return []string{offered[0], offered[0]} }),
	answersProtocol("protocol-empty", "rfc6455/4.2.2/subprotocol-none", "with an empty Sec-WebSocket-Protocol",
		func([]string) []string { return []string{""} }),
	answers("extension-unoffered", "rfc6455/4.2.2/extension-offered", "with an extension that was not offered",
		addField(fieldExtensions, "x-spam")),
	answers("extension-grammar", "rfc6455/9.1/grammar", "with a Sec-WebSocket-Extensions that breaks the grammar",
		addField(fieldExtensions, "permessage-deflate; =15")),
	{Mutant: Mutant{Name: "response-after-frame", Clause: "rfc6455/4.2.2/response-http", Roles: asServer,
		Text: "Sends a frame before its response."}, fault: frameBeforeResponse},
}

// acceptsRequest returns the mutant that opens a connection for a request which
// it must refuse.
func acceptsRequest(f fault, name, clause, text string) mutant {
	return mutant{Mutant: Mutant{
		Name: "accept-request-" + name, Clause: oracle.ClauseID("rfc6455/4.2.1/" + clause), Roles: asServer,
		Text:         "Opens a connection for a request " + text + ".",
		Subprotocols: strings.HasPrefix(name, "protocol-"),
	}, fault: f}
}

// distortion changes a response, given the request that it answers.
type distortion = func(r *wsproto.Response, req *wsproto.Request)

// answers returns the mutant whose response is changed.
func answers(name string, clause oracle.ClauseID, text string, change distortion) mutant {
	return mutant{Mutant: Mutant{Name: "response-" + name, Clause: clause, Roles: asServer,
		Text: "Opens connections with a response " + text + "."},
		response: func(_ *endpoint, r *wsproto.Response, req *wsproto.Request) { change(r, req) }}
}

// answersProtocol returns the mutant whose response has other subprotocols.
func answersProtocol(name string, clause oracle.ClauseID, text string, choose func(offered []string) []string) mutant {
	m := answers(name, clause, text, func(r *wsproto.Response, req *wsproto.Request) {
		offered := req.Tokens(fieldProtocol)
		if len(offered) == 0 {
			return
		}
		removeField(fieldProtocol)(r, req)
		for _, value := range choose(offered) {
			addField(fieldProtocol, value)(r, req)
		}
	})
	m.Subprotocols = true
	return m
}

// removeField drops a field from the response.
func removeField(name string) distortion {
	return func(r *wsproto.Response, _ *wsproto.Request) { r.Fields = withoutField(r.Fields, name) }
}

// setField gives a field of the response another value.
func setField(name, value string) distortion {
	return func(r *wsproto.Response, _ *wsproto.Request) { r.Fields = withField(r.Fields, name, value) }
}

// addField adds a field to the response.
func addField(name, value string) distortion {
	return func(r *wsproto.Response, _ *wsproto.Request) {
		r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value})
	}
}

// accepts sets Sec-WebSocket-Accept to what answer makes of the key.
func accepts(answer func(key string) string) distortion {
	return func(r *wsproto.Response, req *wsproto.Request) {
		key, _ := req.Get(fieldKey)
		r.Fields = withField(r.Fields, fieldAccept, answer(key))
	}
}

// withoutField returns fields without those of a name.
func withoutField(fields wsproto.Fields, name string) wsproto.Fields {
	return slices.DeleteFunc(fields, func(f wsproto.Field) bool { return f.Name == name })
}

// withField returns fields with another value for those of a name.
func withField(fields wsproto.Fields, name, value string) wsproto.Fields {
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Value = value
		}
	}
	return fields
}
