package oracle

import (
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// openingCases are about the opening handshake.
func openingCases() []clauseCase {
	// What a client, the peer, asks.
	asks := func(clause ClauseID, name string, bad, good edit) clauseCase {
		return newCase(clause, name, server, Options{}, parts(asked(bad), answered()), parts(asked(good), answered()))
	}
	// What a server, the peer, answers to a request as it should be.
	answers := func(clause ClauseID, name string, request, bad, good edit) clauseCase {
		return newCase(clause, name, client, Options{}, parts(asked(request), answered(bad)), parts(asked(request), answered(good)))
	}
	// Whether a server refuses a request.
	refuses := func(clause ClauseID, name string, bad edit) clauseCase {
		return newCase(clause, name, client, Options{}, parts(asked(bad), answered()), parts(asked(bad), refused(), eof()))
	}
	refusesVersion := func(clause ClauseID, v string) clauseCase {
		bad := value("Sec-WebSocket-Version", v)
		return newCase(clause, "", client, Options{}, parts(asked(bad), answered()),
			parts(asked(bad), answered(status(400), lacking("Sec-WebSocket-Accept"), with("Sec-WebSocket-Version", "13")), eof()))
	}
	// Whether a client fails on a response.
	fails := func(clause ClauseID, name string, request, bad edit) clauseCase {
		return newCase(clause, name, server, Options{},
			parts(asked(request), answered(bad), rx(text("hello"))), parts(asked(request), answered(bad), eof()))
	}
	// Whether a client sends the body that its request announces.
	sendsBody := func(name string, announced edit, body string) clauseCase {
		return newCase("rfc6455/4.1/request-body", name, server, Options{},
			parts(asked(announced), answered(), rx(text("a"))), parts(asked(announced), rx(raw(body)), answered(), rx(text("a"))))
	}
	// Whether a client asks for what its URL names.
	goes := func(target string, bad, good edit) clauseCase {
		return newCase("rfc6455/4.1/request-uri", target, server, Options{Target: target}, parts(asked(bad), answered()), parts(asked(good), answered()))
	}
	names := func(authority, bad, good string) clauseCase {
		return newCase("rfc6455/4.1/host", authority+" "+good, server, Options{Authority: authority},
			parts(asked(value("Host", bad)), answered()), parts(asked(value("Host", good)), answered()))
	}
	method := func(m string) edit { return func(r *wsproto.Request, _ *wsproto.Response) { r.Method = m } }
	proto := func(p string) edit {
		return func(r *wsproto.Request, s *wsproto.Response) {
			if r != nil {
				r.Proto = p
			} else {
				s.Proto = p
			}
		}
	}
	target := func(u string) edit { return func(r *wsproto.Request, _ *wsproto.Response) { r.Target = u } }
	asIs := func(*wsproto.Request, *wsproto.Response) {}
	const (
		upgrade, connection   = "Upgrade", "Connection"
		key, version          = "Sec-WebSocket-Key", "Sec-WebSocket-Version"
		accept, protocol, ext = "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", extensionsField
	)
	otherVersion := with("X-Spam", "ham")
	afterInterim := joined(tx(raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")), answered())
	return []clauseCase{
		asks("rfc6455/4.1/request-http", "", with("X Spam", "ham"), with("X-Spam", "ham")),
		asks("rfc6455/4.1/method-get", "", method("POST"), method("GET")),
		asks("rfc6455/4.1/http-version", "", proto("HTTP/1.0"), proto("HTTP/1.1")),
		asks("rfc6455/4.1/request-uri", "", target("spam"), target("http://example.com/spam?a=b")),
		goes("/chat?a=b", target("/chat"), target("/chat?a=b")),
		goes("/chat", target("/"), target("http://example.com/chat")),
		goes("/", target("/?a"), target("http://example.com")),
		goes("/?a", target("/"), target("http://example.com?a")),
		goes("/chat?", target("/?"), target("/chat")),
		goes("/chat?", target("/chat??"), target("/chat?")),
		asks("rfc6455/4.1/host", "missing", lacking("Host"), value("Host", "[::1]:8080")),
		asks("rfc6455/4.1/host", "twice", with("host", "a"), asIs),
		names("example.com:8080", "example.com", "EXAMPLE.com:8080"),
		names("example.com", "example.com:8080", "example.com:80"),
		names("[::1]:8080", "[::1]", "[0:0:0:0:0:0:0:1]:8080"),
		names("[2001:db8::1]", "[2001:db8::1]:8080", "[2001:DB8:0::1]:80"),
		asks("rfc6455/4.1/upgrade", "", value(upgrade, "h2c"), value(upgrade, "h2c, WebSocket")),
		asks("rfc6455/4.1/connection", "", value(connection, "close"), value(connection, "keep-alive, upgrade")),
		asks("rfc6455/4.1/key", "", value(key, "c3BhbQ=="), asIs),
		asks("rfc6455/4.1/version", "", value(version, "8"), asIs),
		asks("rfc6455/4.1/subprotocols", "", with(protocol, "a, a"), with(protocol, "a, b")),
		asks("rfc6455/9.1/grammar", "client", with(ext, "a;;b"), with(ext, `a; b="c", d`)),
		asks("rfc6455/11.3.1/key-once", "", with(key, testKey), asIs),
		asks("rfc6455/11.3.5/version-once", "", with(version, "13"), asIs),
		asks("rfc6455/9/parameters", "client", with(ext, "permessage-deflate; spam=1"), with(ext, "permessage-deflate; client_max_window_bits")),
		asks("rfc7692/7.1.2.1/window-value", "client", with(ext, "permessage-deflate; server_max_window_bits=08"), with(ext, "permessage-deflate; server_max_window_bits=8")),
		asks("rfc7692/7.1.2.2/window-value", "client", with(ext, "permessage-deflate; client_max_window_bits=16"), with(ext, "permessage-deflate; client_max_window_bits=15")),
		sendsBody("length", with("Content-Length", "5"), "hello"),
		sendsBody("coding", with("Transfer-Encoding", "chunked"), "5\r\nhello\r\n0\r\n\r\n"),
		newCase("rfc6455/4.1/request-body", "late", server, Options{},
			parts(asked(with("Content-Length", "5")), rx(raw("he")), answered(), rx(text("a"))),
			parts(asked(with("Content-Length", "5")), rx(raw("he")), answered(), rx(raw("llo")), rx(text("a")))),
		newCase("rfc6455/4.1/await-response", "", server, Options{},
			parts(asked(), rx(text("a")), answered()), parts(asked(), answered(), rx(text("a")))),

		answers("rfc6455/4.2.2/subprotocol-offered", "", with(protocol, "a, b"), with(protocol, "c"), with(protocol, "b")),
		answers("rfc6455/4.2.2/subprotocol-none", "", asIs, with(protocol, "a"), asIs),
		answers("rfc6455/4.2.2/subprotocol-none", "empty", with(protocol, "a"), with(protocol, ""), with(protocol, "a")),
		answers("rfc6455/4.2.2/extension-offered", "", with(ext, "a"), with(ext, "b"), with(ext, "a")),
		answers("rfc6455/4.2.2/response-http", "", asIs, with("X Spam", "ham"), with("X-Spam", "ham")),
		answers("rfc6455/4.2.2/response-upgrade", "", asIs, value(upgrade, "h2c"), value(upgrade, "WebSocket")),
		answers("rfc6455/4.2.2/response-connection", "", asIs, lacking(connection), value(connection, "keep-alive, Upgrade")),
		answers("rfc6455/4.2.2/accept", "", asIs, value(accept, testKey), asIs),
		answers("rfc6455/4.2.2/response-bodiless", "length", asIs, with("Content-Length", "5"), with("Content-Type", "text/plain")),
		answers("rfc6455/4.2.2/response-bodiless", "coding", asIs, with("Transfer-Encoding", "chunked"), asIs),
		answers("rfc6455/11.3.3/accept-once", "", asIs, with(accept, testAccept), asIs),
		answers("rfc6455/11.3.4/protocol-once", "", with(protocol, "a"), both(with(protocol, "a"), with(protocol, "a")), with(protocol, "a")),
		answers("rfc6455/9.1/grammar", "server", with(ext, "a"), with(ext, "a;"), with(ext, "a;b")),
		answers("rfc6455/9/parameters", "server", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; spam"), with(ext, "permessage-deflate")),
		answers("rfc7692/7.1.2.1/window-value", "server", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; server_max_window_bits=7"), with(ext, "permessage-deflate; server_max_window_bits=9")),
		answers("rfc7692/7.1.2.2/window-value", "server", with(ext, "permessage-deflate; client_max_window_bits"), with(ext, "permessage-deflate; client_max_window_bits"), with(ext, "permessage-deflate; client_max_window_bits=8")),
		answers("rfc7692/5/rsv1-conflict", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate, permessage-deflate"), with(ext, "permessage-deflate")),
		answers("rfc7692/7.1.1.1/server-no-context-takeover", "", with(ext, "permessage-deflate; server_no_context_takeover"), with(ext, "permessage-deflate"),
			with(ext, "permessage-deflate; server_no_context_takeover; client_no_context_takeover")),
		answers("rfc7692/7.1.2.1/window-kept", "", with(ext, "permessage-deflate; server_max_window_bits=10"), with(ext, "permessage-deflate; server_max_window_bits=11"),
			with(ext, "permessage-deflate; server_max_window_bits=9")),
		answers("rfc7692/7.1.2.2/window-offered", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; client_max_window_bits=15"), with(ext, "permessage-deflate")),
		answers("rfc7692/7.1.2.2/window-kept", "", with(ext, "permessage-deflate; client_max_window_bits=10"), with(ext, "permessage-deflate; client_max_window_bits=15"),
			with(ext, "permessage-deflate; client_max_window_bits=10")),
		answers("rfc7692/7.1/decline-parameter", "", with(ext, "permessage-deflate; spam"), with(ext, "permessage-deflate"), asIs),
		answers("rfc7692/7.1/decline-value", "", with(ext, "permessage-deflate; server_max_window_bits=16"), with(ext, "permessage-deflate; server_max_window_bits=15"), asIs),
		answers("rfc7692/7.1/decline-repeated", "", with(ext, "permessage-deflate; client_no_context_takeover; client_no_context_takeover"), with(ext, "permessage-deflate"), asIs),
		newCase("rfc6455/4.2.2/respond", "silent", client, Options{}, parts(asked(), quiet(), closed()), parts(asked(), answered())),
		newCase("rfc6455/4.2.2/respond", "endless", client, Options{}, parts(asked(), rx(raw("HTTP/1.1 101 Switching Protocols\r\r\n\r\r\n")), timer(DefaultPatience), closed()),
			parts(asked(), rx(raw("HTTP/1.1 101 Switching Protocols\r\r\n\r\r\n")), quiet(), closed())),
		newCase("rfc6455/4.2.2/respond", "status", client, Options{}, parts(asked(), answered(status(200)), rx(text("a"))),
			parts(asked(), answered(status(200)))),
		newCase("rfc6455/4.2.2/version-advertised", "", client, Options{},
			parts(asked(value(version, "14")), answered(status(426), lacking(accept))),
			parts(asked(value(version, "14")), answered(status(426), lacking(accept), with(version, "13")))),
		newCase("rfc6455/10.7/http-status", "", client, Options{}, parts(asked(method("PUT")), eof()), parts(asked(method("PUT")), refused())).idle(),

		newCase("rfc6455/10.7/http-status", "page", client, Options{}, parts(asked(value(key, "spam")), answered(status(200), lacking(accept))),
			parts(asked(value(upgrade, "h2c"), value(key, "spam")), answered(status(200), lacking(accept)))).idle(),

		refuses("rfc6455/4.2.1/method-get", "", method("POST")),
		refuses("rfc6455/4.2.1/http-version", "", proto("HTTP/1.0")),
		refuses("rfc6455/4.2.1/request-uri", "", target("/#spam")),
		refuses("rfc6455/4.2.1/host", "", lacking("Host")),
		refuses("rfc6455/4.2.1/host-valid", "", with("Host", "a")),
		refuses("rfc6455/4.2.1/upgrade", "", lacking(upgrade)),
		refuses("rfc6455/4.2.1/connection", "", value(connection, "Upgraded")),
		refuses("rfc6455/4.2.1/key", "", lacking(key)),
		refuses("rfc6455/4.2.1/key", "empty", value(key, "")),
		refuses("rfc6455/4.2.1/key-valid", "", value(key, "c3BhbQ==")),
		refusesVersion("rfc6455/4.2.1/version", "14"),
		refusesVersion("rfc6455/4.2.1/version-draft", "8"),
		refuses("rfc6455/4.2.1/syntax", "", with("X Spam", "ham")),
		refuses("rfc6455/9.1/grammar-fail", "server", with(ext, "a;;")),

		fails("rfc6455/4.1/response-upgrade", "", asIs, lacking(upgrade)),
		fails("rfc6455/4.1/response-connection", "", asIs, value(connection, "close")),
		fails("rfc6455/4.1/response-accept", "", asIs, value(accept, "c3BhbQ==")),
		fails("rfc6455/4.1/response-extension", "", asIs, with(ext, "a")),
		fails("rfc6455/4.1/response-subprotocol", "", asIs, with(protocol, "a")),
		fails("rfc6455/4.1/response-subprotocol", "list", with(protocol, "b"), with(protocol, "a, b")),
		fails("rfc6455/4.1/response-conform", "", asIs, otherHTTP),
		fails("rfc6455/4.1/validate-response", "", asIs, status(200)),
		fails("rfc6455/9.1/grammar-fail", "client", with(ext, "a"), with(ext, "a b")),
		fails("rfc7692/5/rsv1-conflict-fail", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate, permessage-deflate")),
		fails("rfc7692/7.1/fail-parameter", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; spam")),
		fails("rfc7692/7.1/fail-value", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; server_max_window_bits=7")),
		fails("rfc7692/7.1/fail-repeated", "", with(ext, "permessage-deflate"), with(ext, "permessage-deflate; server_no_context_takeover; server_no_context_takeover")),
		newCase("rfc6455/4.1/response-accept", "silent", server, Options{},
			parts(asked(), answered(lacking(accept)), txEOF(), quiet(), closed()), parts(asked(), answered(lacking(accept)), quiet(), txEOF(), eof())),
		newCase("rfc6455/4.1/response-accept", "closing", server, Options{},
			parts(asked(), answered(lacking(accept)), rx(ping(""))), parts(asked(), answered(lacking(accept)), rx(bye(1002, "")), eof())),
		newCase("rfc6455/4.1/interim", "", server, Options{}, parts(asked(), afterInterim, eof()),
			parts(asked(), afterInterim, rx(ping("")), tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), eof())),
		newCase("rfc6455/4.1/request-http", "octets", server, Options{}, parts(rx(raw("\x81\x00"))), parts(asked(otherVersion))),
	}
}

// otherHTTP makes a response wrong in a way that HTTP libraries may mend.
func otherHTTP(_ *wsproto.Request, r *wsproto.Response) {
	r.RawLine = "HTTP/1.1 101 Switching Protocols\n"
}

// both makes two edits.
func both(a, b edit) edit {
	return func(req *wsproto.Request, resp *wsproto.Response) {
		a(req, resp)
		b(req, resp)
	}
}

func TestOpeningOutcomes(t *testing.T) {
	offering, choosing := with("Sec-WebSocket-Protocol", "a, b"), with("Sec-WebSocket-Protocol", "b")
	tests := []struct {
		name  string
		trace *Trace
		opt   Options
		want  Outcome
	}{
		{"refused", traceOf(client, asked(), refused()), Options{}, Inconclusive},
		{"refused-rightly", traceOf(client, asked(lacking("Upgrade")), refused()), Options{}, Pass},
		{"redirected", traceOf(client, asked(), answered(status(301), lacking("Sec-WebSocket-Accept"))), Options{}, Inconclusive},
		{"interim", traceOf(client, asked(), rx(raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")), answered(), quiet(), farewell()), Options{}, Pass},
		{"cut", traceOf(client, asked(), rx(raw("HTTP/1.1 10")), eof()), Options{}, Inconclusive},
		{"dropped", traceOf(client, asked(), eof()), Options{}, Inconclusive},
		{"frames-with-response", traceOf(client, asked(), joined(answered(), rx(text("a"))), farewell()), Options{}, Pass},
		{"frames-with-request", traceOf(client, joined(asked(), tx(ping("hello"))), answered(), rx(pong("hello")), quiet(), farewell()), Options{}, Pass},
		{"garbage", traceOf(client, tx(raw("\x00\x01\x02\r\n\r\n")), refused()), Options{}, Pass},
		{"garbage-accepted", traceOf(client, tx(raw("\x00\x01\x02\r\n\r\n")), answered()), Options{}, Violation},
		{"client-redirected", traceOf(server, asked(), answered(status(301)), rx(raw("GET /other HTTP/1.1\r\n"))), Options{}, Pass},
		{"declined", traceOf(client, asked(with(extensionsField, permessageDeflate)), answered(), farewell()), Options{}, Unsupported},
		{"version-and-more-refused", traceOf(client, asked(value("Sec-WebSocket-Version", "99"), with(extensionsField, "x-wscheck;")),
			answered(status(400), lacking("Sec-WebSocket-Accept"))), Options{}, Pass},
		{"accept-of-a-key-not-ascii", traceOf(client, asked(value("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ\xe9==")),
			answered(value("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))), Options{}, Allowed},
		{"accept-of-another-key", traceOf(client, asked(), answered(value("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOp="))), Options{}, Violation},
		{"draft", traceOf(client, asked(value("Sec-WebSocket-Version", "8")), answered()), Options{}, Allowed},
		{"no-token-chosen", traceOf(client, asked(with("Sec-WebSocket-Protocol", "a/1, b")), answered(with("Sec-WebSocket-Protocol", "a/1"))), Options{}, Allowed},
		{"no-token-of-its-own", traceOf(client, asked(with("Sec-WebSocket-Protocol", "a/1, b")), answered(with("Sec-WebSocket-Protocol", "a/2"))), Options{}, Violation},
		{"no-subprotocol", traceOf(server, asked(offering), answered(), eof()), Options{Stay: true}, Unsupported},
		{"no-subprotocol-interim", traceOf(server, asked(offering), joined(tx(raw("HTTP/1.1 103 Early Hints\r\n\r\n")), answered()), eof()), Options{Stay: true}, Unsupported},
		{"no-subprotocol-late", traceOf(server, asked(offering), answered(), rx(text("a")), eof()), Options{Stay: true}, Violation},
		{"subprotocol", traceOf(server, asked(offering), answered(choosing), eof()), Options{Stay: true}, Violation},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, v := judgeBoth(t, tt.trace, tt.opt); v.Outcome != tt.want {
				t.Errorf("got %+v, want %v", v, tt.want)
			}
		})
	}
}

// joined puts the octets of two parts into one event.
func joined(a, b part) part {
	return func(t *traceBuilder) {
		a(t)
		b(t)
		events := t.trace.Events
		last := len(events) - 1
		events[last-1].Data = append(events[last-1].Data, events[last].Data...)
		events[last-1].N = len(events[last-1].Data)
		t.trace.Events = events[:last]
	}
}
