package reference

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// serverOpeningMutants break RFC 6455 4.2 and the server's part of 4.4 and 11.3.
var serverOpeningMutants = []mutant{
	acceptsRequest("method", "method-get", "with any method", startWord(0, always, "GET")),
	acceptsRequest("method-lowercase", "method-get", "with the method get",
		startWord(0, func(s string) bool { return equalFold(s, "GET") }, "GET")),
	acceptsRequest("http-version", "http-version", "of HTTP/1.0 and of other versions", startWord(2, always, "HTTP/1.1")),
	acceptsRequest("target", "request-uri", "for any target", startWord(1, always, "/")),
	acceptsRequest("host-missing", "host", "without a Host field", addMissing("Host", "localhost")),
	acceptsRequest("host-twice", "host-valid", "with two Host fields", keepFirst("Host")),
	acceptsRequest("host-invalid", "host-valid", "with any Host value",
		changeValues("Host", func(string) string { return "localhost" })),
	acceptsRequest("upgrade-missing", "upgrade", "without an Upgrade field", addMissing("Upgrade", "websocket")),
	acceptsRequest("upgrade-other", "upgrade", "with any Upgrade value",
		changeValues("Upgrade", func(string) string { return "websocket" })),
	acceptsRequest("upgrade-prefix", "upgrade", "with an Upgrade value that begins with websocket",
		changeIf("Upgrade", func(s string) bool { return strings.HasPrefix(s, "websocket") }, "websocket")),
	acceptsRequest("connection-missing", "connection", "without a Connection field", addMissing("Connection", "Upgrade")),
	acceptsRequest("connection-other", "connection", "with any Connection value",
		changeValues("Connection", func(string) string { return "Upgrade" })),
	acceptsRequest("connection-part", "connection", "whose Connection value has upgrade within a token",
		changeIf("Connection", func(s string) bool { return strings.Contains(strings.ToLower(s), "upgrade") }, "Upgrade")),
	acceptsRequest("key-missing", "key", "without a Sec-WebSocket-Key field", addMissing(fieldKey, sampleKey)),
	acceptsRequest("key-twice", "key-valid", "with two Sec-WebSocket-Key fields, and answers the first", keepFirst(fieldKey)),
	acceptsRequest("key-second", "key-valid", "with two Sec-WebSocket-Key fields, and answers the second", keepLast(fieldKey)),
	acceptsRequest("key-encoding", "key-valid", "with a key that is not base64",
		changeIf(fieldKey, func(s string) bool { return keySize(s) < 0 }, sampleKey), acceptsKeyAsItCame),
	acceptsRequest("key-short", "key-valid", "with a key of fewer than 16 octets",
		changeIf(fieldKey, func(s string) bool { n := keySize(s); return n >= 0 && n < 16 }, sampleKey), acceptsKeyAsItCame),
	acceptsRequest("key-long", "key-valid", "with a key of more than 16 octets",
		changeIf(fieldKey, func(s string) bool { return keySize(s) > 16 }, sampleKey), acceptsKeyAsItCame),
	acceptsRequest("version-missing", "version", "without a Sec-WebSocket-Version field", addMissing(fieldVersion, "13")),
	acceptsRequest("version-other", "version", "with any Sec-WebSocket-Version",
		changeValues(fieldVersion, func(string) string { return "13" })),
	acceptsRequest("version-8", "version-draft", "with Sec-WebSocket-Version 7 and 8",
		changeIf(fieldVersion, func(s string) bool { return s == "7" || s == "8" }, "13")),
	acceptsRequest("version-above", "version", "with a Sec-WebSocket-Version above 13",
		changeIf(fieldVersion, func(s string) bool { n, _ := strconv.Atoi(s); return n > 13 }, "13")),
	acceptsRequest("version-twice", "syntax", "with two Sec-WebSocket-Version fields, 13 first", keepFirst(fieldVersion)),
	acceptsRequest("field-name", "syntax", "with field names that are not tokens", dropBadNames),
	acceptsRequest("field-value", "syntax", "with control octets in field values", dropControls),
	acceptsRequest("protocol-syntax", "syntax", "with subprotocols that are not tokens", dropBadProtocols),
	acceptsRequest("protocol-twice", "syntax", "with a subprotocol that is offered twice", dropRepeatedProtocols),
	server("accept-request-extension-syntax", "rfc6455/9.1/grammar-fail",
		"Opens a connection for a Sec-WebSocket-Extensions that breaks the grammar.",
		readsHead(dropBadExtensions)),
	server("version-not-advertised", "rfc6455/4.2.2/version-advertised",
		"Refuses another version without saying which it knows.",
		func(h *hooks) {
			h.refusal = func(r *wsproto.Response) { r.Fields = withoutField(r.Fields, fieldVersion) }
		}),

	answers("accept-missing", "rfc6455/4.2.2/accept", "without Sec-WebSocket-Accept", removeField(fieldAccept)),
	answers("accept-empty", "rfc6455/4.2.2/accept", "with an empty Sec-WebSocket-Accept", setField(fieldAccept, "")),
	answers("accept-constant", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the RFC's example",
		setField(fieldAccept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
	answers("accept-echoes-key", "rfc6455/4.2.2/accept", "with the key itself in Sec-WebSocket-Accept",
		accepts(func(key string) string { return key })),
	answers("accept-lowercase", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept in lower case",
		accepts(func(key string) string { return strings.ToLower(acceptKey(key)) })),
	answers("accept-unpadded", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept without its padding",
		accepts(func(key string) string { return strings.TrimRight(acceptKey(key), "=") })),
	answers("accept-urlsafe", "rfc6455/4.2.2/accept", "with Sec-WebSocket-Accept in base64url",
		accepts(func(key string) string {
			return strings.NewReplacer("+", "-", "/", "_").Replace(acceptKey(key))
		})),
	answers("accept-of-nonce", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the decoded key",
		accepts(func(key string) string {
			nonce, _ := base64.StdEncoding.DecodeString(key)
			return acceptKey(string(nonce))
		})),
	answers("accept-of-space", "rfc6455/4.2.2/accept", "with the Sec-WebSocket-Accept of the key and a blank before it",
		accepts(func(key string) string { return acceptKey(" " + key) })),
	answers("accept-twice", "rfc6455/11.3.3/accept-once", "with two equal Sec-WebSocket-Accept fields",
		func(r *wsproto.Response, req *head) {
			accept := value(r.Fields, fieldAccept)
			r.Fields = append(r.Fields, wsproto.Field{Name: fieldAccept, Value: accept})
		}),
	answers("upgrade-missing", "rfc6455/4.2.2/response-upgrade", "without Upgrade", removeField("Upgrade")),
	answers("upgrade-other", "rfc6455/4.2.2/response-upgrade", "with Upgrade: websockets", setField("Upgrade", "websockets")),
	answers("connection-missing", "rfc6455/4.2.2/response-connection", "without Connection", removeField("Connection")),
	answers("connection-other", "rfc6455/4.2.2/response-connection", "with Connection: keep-alive", setField("Connection", "keep-alive")),
	answers("status-200", "rfc6455/4.2.2/respond", "with the status 200, and then with frames",
		func(r *wsproto.Response, _ *head) {
			r.Status, r.Reason = 200, "OK"
			r.RawEnd = "\r\n" + string(wsproto.NewFrame(wsproto.OpPong, true, nil).AppendTo(nil))
		}),
	answers("http-1.0", "rfc6455/4.2.2/response-http", "in HTTP/1.0",
		func(r *wsproto.Response, _ *head) { r.Proto = "HTTP/1.0" }),
	answers("field-name", "rfc6455/4.2.2/response-http", "with a blank in a field name", addField("X Powered By", "spam")),
	answers("field-value", "rfc6455/4.2.2/response-http", "with an octet of 0 in a field value", addField("X-Spam", "sp\x00am")),
	answers("content-length", "rfc6455/4.2.2/response-bodiless", "with Content-Length: 12", addField("Content-Length", "12")),
	answers("transfer-encoding", "rfc6455/4.2.2/response-bodiless", "with Transfer-Encoding: chunked", addField("Transfer-Encoding", "chunked")),
	answers("protocol-unoffered", "rfc6455/4.2.2/subprotocol-none", "with a subprotocol where none was offered",
		func(r *wsproto.Response, req *head) {
			if len(values(req.fields, fieldProtocol)) == 0 {
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
	server("response-after-frame", "rfc6455/4.2.2/response-http",
		"Sends a frame before its response.",
		responds(func(e *endpoint, _ *wsproto.Response, _ *head) {
			e.out = wsproto.NewFrame(wsproto.OpPong, true, nil).AppendTo(e.out)
		})),
}

// acceptsRequest returns the mutant that opens a connection for a request which
// it must refuse.
func acceptsRequest(name, clause, text string, f edit, changes ...change) mutant {
	m := server("accept-request-"+name, oracle.ClauseID("rfc6455/4.2.1/"+clause), "Opens a connection for a request "+text+".",
		append([]change{readsHead(f)}, changes...)...)
	m.Subprotocols = strings.HasPrefix(name, "protocol-")
	return m
}

// distortion changes a response, given the request that it answers.
type distortion = func(r *wsproto.Response, req *head)

// answers returns the mutant whose response is changed.
func answers(name string, clause oracle.ClauseID, text string, change distortion) mutant {
	return server("response-"+name, clause, "Opens connections with a response "+text+".",
		responds(func(_ *endpoint, r *wsproto.Response, req *head) { change(r, req) }))
}

// answersProtocol returns the mutant whose response has other subprotocols.
func answersProtocol(name string, clause oracle.ClauseID, text string, choose func(offered []string) []string) mutant {
	return answers(name, clause, text, func(r *wsproto.Response, req *head) {
		offered := list(values(req.fields, fieldProtocol))
		if len(offered) == 0 {
			return
		}
		removeField(fieldProtocol)(r, req)
		for _, value := range choose(offered) {
			addField(fieldProtocol, value)(r, req)
		}
	}).withSubprotocols()
}

// removeField drops a field from the response.
func removeField(name string) distortion {
	return func(r *wsproto.Response, _ *head) { r.Fields = withoutField(r.Fields, name) }
}

// setField gives a field of the response another value.
func setField(name, value string) distortion {
	return func(r *wsproto.Response, _ *head) { r.Fields = withField(r.Fields, name, value) }
}

// addField adds a field to the response.
func addField(name, value string) distortion {
	return func(r *wsproto.Response, _ *head) {
		r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value})
	}
}

// accepts sets Sec-WebSocket-Accept to what answer makes of the key.
func accepts(answer func(key string) string) distortion {
	return func(r *wsproto.Response, req *head) {
		r.Fields = withField(r.Fields, fieldAccept, answer(value(req.fields, fieldKey)))
	}
}

// withoutField returns fields without those of a name.
func withoutField(fields wsproto.Fields, name string) wsproto.Fields {
	return slices.DeleteFunc(fields, func(f wsproto.Field) bool { return equalFold(f.Name, name) })
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

// clientOpeningMutants break RFC 6455 4.1 and the client's part of 11.3.
var clientOpeningMutants = []mutant{
	asks("method-post", "4.1/method-get", "with the method POST", func(r *wsproto.Request) { r.Method = "POST" }),
	asks("method-lowercase", "4.1/method-get", "with the method get", func(r *wsproto.Request) { r.Method = "get" }),
	asks("http-1.0", "4.1/http-version", "of HTTP/1.0", func(r *wsproto.Request) { r.Proto = "HTTP/1.0" }),
	asks("target-relative", "4.1/request-uri", "for a path that does not begin with a slash",
		func(r *wsproto.Request) { r.Target = r.Target[1:] + "echo" }),
	asks("target-fragment", "4.1/request-uri", "for a target with a fragment",
		func(r *wsproto.Request) { r.Target += "#spam" }),
	asks("target-root", "4.1/request-uri", "for the path / with any URL",
		func(r *wsproto.Request) { r.Target = "/" }),
	asks("target-without-query", "4.1/request-uri", "without the query of the URL",
		func(r *wsproto.Request) { r.Target, _, _ = strings.Cut(r.Target, "?") }),
	asks("target-no-path", "4.1/request-uri", "without the slash for a URL that has a query and no path",
		func(r *wsproto.Request) {
			if strings.HasPrefix(r.Target, "/?") {
				r.Target = r.Target[1:]
			}
		}),
	asks("target-no-path-query", "4.1/request-uri", "without the query of a URL that has no path",
		func(r *wsproto.Request) {
			if strings.HasPrefix(r.Target, "/?") {
				r.Target = "/"
			}
		}),
	asks("target-clean", "4.1/request-uri", "for a path without its empty parts",
		func(r *wsproto.Request) {
			path, query, _ := strings.Cut(r.Target, "?")
			for strings.Contains(path, "//") {
				path = strings.ReplaceAll(path, "//", "/")
			}
			r.Target = strings.TrimSuffix(path+"?"+query, "?")
		}),
	asks("target-ws", "4.1/request-uri", "for a ws URI",
		func(r *wsproto.Request) {
			host := value(r.Fields, "Host")
			r.Target = "ws://" + host + r.Target
		}),
	asks("host-missing", "4.1/host", "without Host", dropField("Host")),
	asks("host-twice", "4.1/host", "with two Host fields", repeatField("Host")),
	asks("host-without-port", "4.1/host", "with a Host field that lacks the port", func(r *wsproto.Request) {
		host := value(r.Fields, "Host")
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			host = host[:i]
		}
		putField("Host", host)(r)
	}),
	asks("host-without-brackets", "4.1/host", "with a Host field that lacks the brackets of an address", func(r *wsproto.Request) {
		host := value(r.Fields, "Host")
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
		putField(fieldKey, strings.TrimRight(value(r.Fields, fieldKey), "="))(r)
	}),
	asks("key-constant", "4.1/key-random", "with the same key on each connection", putField(fieldKey, "AQIDBAUGBwgJCgsMDQ4PEA==")),
	asks("key-half", "4.1/key-random", "with a key half of which is the same on each connection", func(r *wsproto.Request) {
		drawn := nonce()
		clear(drawn[8:])
		putField(fieldKey, base64.StdEncoding.EncodeToString(drawn[:]))(r)
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
	asks("extension-quoted", "9.1/grammar", "that quotes an extension parameter that is not a token",
		replaceField(fieldExtensions, `x-spam; a="b c"`)),
	asks("field-name", "4.1/request-http", "with a blank in a field name", replaceField("X Spam", "eggs")),
	asks("field-value", "4.1/request-http", "with an octet of 0 in a field value", replaceField("X-Spam", "eg\x00gs")),
	asks("content-length", "4.1/request-body", "that announces a body of 5 octets and has none", replaceField("Content-Length", "5")),
	asks("transfer-encoding", "4.1/request-body", "that announces a body in chunks and has none", replaceField("Transfer-Encoding", "chunked")),
	client("request-with-frame", "rfc6455/4.1/await-response",
		"Sends a ping before the server has answered its request.",
		requests(func(e *endpoint, r *wsproto.Request) {
			ping := wsproto.NewFrame(wsproto.OpPing, true, nil)
			ping.Masked, ping.Mask = true, freshKey()
			r.RawEnd = "\r\n" + string(ping.AppendTo(nil))
		})),

	acceptsResponse("status", "validate-response", "with any status",
		anyStatus(func(status string) bool { return !strings.HasPrefix(status, "1") })),
	acceptsResponse("status-200", "validate-response", "with the status 200",
		anyStatus(func(status string) bool { return status == "200" })),
	acceptsResponse("interim", "validate-response", "with any status from 100 to 199",
		anyStatus(func(status string) bool { return strings.HasPrefix(status, "1") })),
	acceptsResponse("upgrade-missing", "response-upgrade", "without Upgrade", addMissing("Upgrade", "websocket")),
	acceptsResponse("upgrade-other", "response-upgrade", "with any Upgrade value",
		changeValues("Upgrade", func(string) string { return "websocket" })),
	acceptsResponse("connection-missing", "response-connection", "without Connection", addMissing("Connection", "Upgrade")),
	acceptsResponse("connection-other", "response-connection", "with any Connection value",
		changeValues("Connection", func(string) string { return "Upgrade" })),
	acceptsResponse("accept-missing", "response-accept", "without Sec-WebSocket-Accept", addMissingAccept),
	acceptsResponse("accept-wrong", "response-accept", "with any Sec-WebSocket-Accept",
		fixAccept(func(string, string) bool { return true })),
	acceptsResponse("accept-case", "response-accept", "with the right Sec-WebSocket-Accept in the wrong case",
		fixAccept(equalFold)),
	acceptsResponse("accept-twice", "response-conform", "with two Sec-WebSocket-Accept fields, the right one first",
		keepFirst(fieldAccept)),
	acceptsResponse("protocol-unoffered", "response-subprotocol", "with a subprotocol that was not offered", dropUnknownProtocol),
	acceptsResponse("protocol-twice", "response-conform", "with two Sec-WebSocket-Protocol fields", keepFirst(fieldProtocol)),
	acceptsResponse("extension-unoffered", "response-extension", "with an extension that was not offered", dropUnknownExtensions),
	client("refuse-response-interim", "rfc6455/4.1/interim",
		"Closes the connection on an interim response.",
		readsHead(func(_ *endpoint, h *head) {
			if strings.HasPrefix(h.line, "HTTP/1.1 1") && !strings.HasPrefix(h.line, "HTTP/1.1 101") {
				h.line = "HTTP/1.1 500 Internal Server Error"
			}
		})),
	client("accept-response-extension-syntax", "rfc6455/9.1/grammar-fail",
		"Takes a Sec-WebSocket-Extensions that breaks the grammar.",
		readsHead(dropBadExtensions)),
}

// asks returns the mutant whose request is changed.
func asks(name, clause, text string, change func(*wsproto.Request)) mutant {
	return client("request-"+name, oracle.ClauseID("rfc6455/"+clause), "Makes a request "+text+".",
		requests(func(_ *endpoint, r *wsproto.Request) { change(r) }))
}

// acceptsResponse returns the mutant that takes a response on which it must fail
// the connection.
func acceptsResponse(name, clause, text string, f edit) mutant {
	m := client("accept-response-"+name, oracle.ClauseID("rfc6455/4.1/"+clause), "Takes a response "+text+".", readsHead(f))
	m.Subprotocols = name == "protocol-twice"
	return m
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
		r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value(r.Fields, name)})
	}
}

// replaceField puts one field in the place of those of its name, if any.
func replaceField(name, value string) func(*wsproto.Request) {
	return func(r *wsproto.Request) {
		r.Fields = append(withoutField(r.Fields, name), wsproto.Field{Name: name, Value: value})
	}
}

func requests(f func(e *endpoint, r *wsproto.Request)) change {
	return func(h *hooks) { h.request = f }
}

func responds(f func(e *endpoint, r *wsproto.Response, req *head)) change {
	return func(h *hooks) { h.response = f }
}
