package reference

import (
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// clientOpeningMutants break RFC 6455 4.1 and the client's part of 11.3.
var clientOpeningMutants = []mutant{
	asks("method-post", "4.1/method-get", "with the method POST", func(r *wsproto.Request) { r.Method = "POST" }),
	asks("method-lowercase", "4.1/method-get", "with the method get", func(r *wsproto.Request) { r.Method = "get" }),
	asks("http-1.0", "4.1/http-version", "of HTTP/1.0", func(r *wsproto.Request) { r.Proto = "HTTP/1.0" }),
	asks("target-relative", "4.1/request-uri", "for a path that does not begin with a slash",
		func(r *wsproto.Request) { r.Target = r.Target[1:] + "echo" }),
	asks("target-fragment", "4.1/request-uri", "for a target with a fragment",
		func(r *wsproto.Request) { r.Target += "#spam" }),
	asks("target-ws", "4.1/request-uri", "for a ws URI",
		func(r *wsproto.Request) {
			host, _ := r.Get("Host")
			r.Target = "ws://" + host + r.Target
		}),
	asks("host-missing", "4.1/host", "without Host", dropField("Host")),
	asks("host-twice", "4.1/host", "with two Host fields", repeatField("Host")),
	asks("host-without-port", "4.1/host", "with a Host field that lacks the port", func(r *wsproto.Request) {
		host, _ := r.Get("Host")
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host = host[:i]
		}
		putField("Host", host)(r)
	}),
	asks("host-without-brackets", "4.1/host", "with a Host field that lacks the brackets of an address", func(r *wsproto.Request) {
		host, _ := r.Get("Host")
		putField("Host", strings.NewReplacer("[", "", "]", "").Replace(host))(r)
	}),
	asks("host-empty", "4.1/host", "with an empty Host", putField("Host", "")),
	asks("upgrade-missing", "4.1/upgrade", "without Upgrade", dropField("Upgrade")),
	asks("upgrade-other", "4.1/upgrade", "with Upgrade: websockets", putField("Upgrade", "websockets")),
	asks("connection-missing", "4.1/connection", "without Connection", dropField("Connection")),
	asks("connection-other", "4.1/connection", "with Connection: keep-alive", putField("Connection", "keep-alive")),
	asks("key-missing", "4.1/key", "without Sec-WebSocket-Key", dropField(fieldKey)),
	asks("key-short", "4.1/key", "with a key of 15 octets", putField(fieldKey, "AQIDBAUGBwgJCgsMDQ4P")),
	asks("key-long", "4.1/key", "with a key of 17 octets", putField(fieldKey, "AQIDBAUGBwgJCgsMDQ4PEBE=")),
	asks("key-not-base64", "4.1/key", "with a key that is not base64", putField(fieldKey, "0123456789abcdef!!!!!!==")),
	asks("key-unpadded", "4.1/key", "with a key in base64 without padding", func(r *wsproto.Request) {
		key, _ := r.Get(fieldKey)
		r.Fields = withField(r.Fields, fieldKey, key[:len(key)-2])
	}),
	asks("key-twice", "11.3.1/key-once", "with two equal Sec-WebSocket-Key fields", repeatField(fieldKey)),
	asks("version-missing", "4.1/version", "without Sec-WebSocket-Version", dropField(fieldVersion)),
	asks("version-12", "4.1/version", "with Sec-WebSocket-Version: 12", putField(fieldVersion, "12")),
	asks("version-8", "4.1/version", "with Sec-WebSocket-Version: 8", putField(fieldVersion, "8")),
	asks("version-013", "4.1/version", "with Sec-WebSocket-Version: 013", putField(fieldVersion, "013")),
	asks("version-twice", "11.3.5/version-once", "with two equal Sec-WebSocket-Version fields", repeatField(fieldVersion)),
	asks("protocol-twice", "4.1/subprotocols", "that offers a subprotocol twice", replaceField(fieldProtocol, "spam, eggs, spam")),
	asks("protocol-empty", "4.1/subprotocols", "with an empty Sec-WebSocket-Protocol", replaceField(fieldProtocol, "")),
	asks("protocol-no-token", "4.1/subprotocols", "that offers a subprotocol with a slash", replaceField(fieldProtocol, "spam/1")),
	asks("extension-grammar", "9.1/grammar", "with a Sec-WebSocket-Extensions that breaks the grammar",
		replaceField(fieldExtensions, "x-spam; =1")),
	asks("extension-quoted", "9.1/grammar", "that quotes an extension parameter which is no token",
		replaceField(fieldExtensions, `x-spam; a="b c"`)),
	asks("field-name", "4.1/request-http", "with a blank in a field name", replaceField("X Spam", "eggs")),
	asks("field-value", "4.1/request-http", "with an octet of 0 in a field value", replaceField("X-Spam", "eg\x00gs")),
	{Mutant: Mutant{Name: "request-with-frame", Clause: "rfc6455/4.1/await-response", Roles: asClient,
		Text: "Sends a ping before the server has answered its request."}, fault: frameAfterRequest},

	acceptsResponse(acceptStatus, "status", "validate-response", "with any status"),
	acceptsResponse(acceptStatus200, "status-200", "validate-response", "with the status 200"),
	acceptsResponse(acceptNoUpgrade, "upgrade-missing", "response-upgrade", "without Upgrade"),
	acceptsResponse(acceptOtherUpgrade, "upgrade-other", "response-upgrade", "with any Upgrade value"),
	acceptsResponse(acceptNoConnection, "connection-missing", "response-connection", "without Connection"),
	acceptsResponse(acceptOtherConnection, "connection-other", "response-connection", "with any Connection value"),
	acceptsResponse(acceptNoAccept, "accept-missing", "response-accept", "without Sec-WebSocket-Accept"),
	acceptsResponse(acceptWrongAccept, "accept-wrong", "response-accept", "with any Sec-WebSocket-Accept"),
	acceptsResponse(acceptAcceptCase, "accept-case", "response-accept", "with the right Sec-WebSocket-Accept in the wrong case"),
	acceptsResponse(acceptTwoAccepts, "accept-twice", "response-conform", "with two Sec-WebSocket-Accept fields, the right one first"),
	acceptsResponse(acceptUnknownProtocol, "protocol-unoffered", "response-subprotocol", "with a subprotocol that was not offered"),
	acceptsResponse(acceptTwoProtocols, "protocol-twice", "response-conform", "with two Sec-WebSocket-Protocol fields"),
	acceptsResponse(acceptUnknownExtension, "extension-unoffered", "response-extension", "with an extension that was not offered"),
	{Mutant: Mutant{Name: "accept-response-extension-syntax", Clause: "rfc6455/9.1/grammar-fail", Roles: asClient,
		Text: "Takes a Sec-WebSocket-Extensions that breaks the grammar."}, fault: acceptExtensionSyntax},
}

// asks returns the mutant whose request is changed.
func asks(name, clause, text string, change func(r *wsproto.Request)) mutant {
	return mutant{Mutant: Mutant{Name: "request-" + name, Clause: oracle.ClauseID("rfc6455/" + clause), Roles: asClient,
		Text: "Makes a request " + text + "."},
		request: func(_ *endpoint, r *wsproto.Request) { change(r) }}
}

// acceptsResponse returns the mutant that takes a response on which it must fail
// the connection.
func acceptsResponse(f fault, name, clause, text string) mutant {
	return mutant{Mutant: Mutant{
		Name: "accept-response-" + name, Clause: oracle.ClauseID("rfc6455/4.1/" + clause), Roles: asClient,
		Text:         "Takes a response " + text + ".",
		Subprotocols: name == "protocol-twice",
	}, fault: f}
}

// dropField drops a field from the request.
func dropField(name string) func(*wsproto.Request) {
	return func(r *wsproto.Request) { r.Fields = withoutField(r.Fields, name) }
}

// putField gives a field of the request another value.
func putField(name, value string) func(*wsproto.Request) {
	return func(r *wsproto.Request) { r.Fields = withField(r.Fields, name, value) }
}

// repeatField adds a field of the request once more.
func repeatField(name string) func(*wsproto.Request) {
	return func(r *wsproto.Request) {
		value, _ := r.Get(name)
		r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value})
	}
}

// replaceField puts one field in the place of those of its name, if any.
func replaceField(name, value string) func(*wsproto.Request) {
	return func(r *wsproto.Request) {
		r.Fields = append(withoutField(r.Fields, name), wsproto.Field{Name: name, Value: value})
	}
}
