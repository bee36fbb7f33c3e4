package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// goodRequest is a row about a request that every server has to be able to
// take, with a message after it that shows that it did.
func goodRequest(id, sends string, h oracle.Handshake, more ...oracle.ClauseID) row {
	return row{
		id: id, roles: AsClient, sends: sends, open: h,
		wants: "The request is legal. The server opens the connection with status 101 and the Sec-WebSocket-Accept " +
			"that answers the key, and the text message that follows comes back." + thenUsable,
		clauses: with(openClauses, append(more, "rfc6455/4.2.2/equal")...),
		steps:   usable(),
	}
}

// looseRequest is a row about a request that is legal, but that a server may
// refuse for that reason.
func looseRequest(id, sends, reason string, h oracle.Handshake, more ...oracle.ClauseID) row {
	r := goodRequest(id, sends, h, more...)
	r.open.MayRefuse, r.clauses = true, with(openClauses, more...)
	r.wants = "Either of two: the server opens the connection with status 101 and the right Sec-WebSocket-Accept, " +
		"and the text message that follows comes back; or it refuses with an HTTP error, because " + reason + "."
	return r
}

// badRequest is a row about a request that a server has to refuse by that
// clause.
func badRequest(id, sends string, clause oracle.ClauseID, h oracle.Handshake) row {
	h.Refused = true
	r := row{
		id: id, roles: AsClient, sends: sends, open: h,
		wants:   "The server answers with an HTTP error such as 400, and opens no WebSocket connection.",
		clauses: []oracle.ClauseID{clause, "rfc6455/10.7/http-status"},
	}
	if disputed(clause) {
		r.wants = "By the letter of RFC 6455 the server answers with an HTTP error such as 400. " +
			"One that opens the connection all the same is reported, but not called wrong: " + oracle.Lookup(clause).Note
	}
	return r
}

// instead is the handshake with one standard field replaced by these lines.
func instead(name string, lines ...string) oracle.Handshake {
	h := plus(lines...)
	h.Drop = []string{name}
	return h
}

// plus is the handshake with these lines after the standard fields.
func plus(lines ...string) oracle.Handshake {
	var h oracle.Handshake
	for _, line := range lines {
		h.Fields = append(h.Fields, wsproto.Field{Raw: line + "\r\n"})
	}
	return h
}

// octetsAs shows a line of a request in a description: printable, and short.
func octetsAs(line string) string {
	const most = 60
	if len(line) > most {
		return fmt.Sprintf("%q and so on", line[:most])
	}
	return fmt.Sprintf("%q", line)
}

// requestLine is about the plain request, and then the method, the target and
// the version of HTTP.
func requestLine() []row {
	plain := goodRequest("4.2.2/response", "The plain request of RFC 6455 4.1, with no field that it could do without.", oracle.Handshake{},
		"rfc6455/4.2.2/response-http", "rfc6455/4.2.2/response-upgrade", "rfc6455/4.2.2/response-connection", "rfc6455/11.3.3/accept-once", "rfc6455/4.2.2/response-bodiless",
		"rfc6455/4.2.2/extension-offered", "rfc6455/4.2.2/subprotocol-none", "rfc6455/6.1/framed")
	return slices.Concat([]row{plain}, methods(), httpVersions(), targets())
}

func methods() []row {
	var rows []row
	for _, m := range []string{"POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "GETS", "GE", "XGET"} {
		rows = append(rows, badRequest("4.2.1/method-"+strings.ToLower(m),
			"A request with the method "+m+" that is right in all else.", "rfc6455/4.2.1/method-get", oracle.Handshake{Method: m}))
	}
	return append(rows,
		badRequest("4.2.1/method-connect", "A request with the method CONNECT for the authority of the server, right in all else.",
			"rfc6455/4.2.1/method-get", oracle.Handshake{Method: "CONNECT", Target: "${authority}"}),
		badRequest("4.2.1/method-lower-case", "A request with the method \"get\": methods differ by case.",
			"rfc6455/4.2.1/method-get", oracle.Handshake{Method: "get"}),
		badRequest("4.2.1/method-mixed-case", "A request with the method \"Get\": methods differ by case.",
			"rfc6455/4.2.1/method-get", oracle.Handshake{Method: "Get"}),
	)
}

func httpVersions() []row {
	var rows []row
	for _, v := range []struct{ name, proto, why string }{
		{"1.0", "HTTP/1.0", "which has no Upgrade"},
		{"0.9", "HTTP/0.9", "which had no header fields"},
		{"missing-minor", "HTTP/1", "without a minor version"},
		{"not-numeric", "HTTP/1.x", "which is not a number"},
		{"negative", "HTTP/-1.1", "which is not a version"},
		{"no-point", "HTTP/11", "without a point"},
	} {
		rows = append(rows, badRequest("4.2.1/http-"+v.name, "A request with the version "+v.proto+", "+v.why+".",
			"rfc6455/4.2.1/http-version", oracle.Handshake{Proto: v.proto}))
	}
	return append(rows,
		looseRequest("4.2.1/http-1.2", "A request of HTTP/1.2, a minor version that does not exist yet.",
			"a version of HTTP above its own is for the server to support", oracle.Handshake{Proto: "HTTP/1.2"}),
		looseRequest("4.2.1/http-1.9", "A request of HTTP/1.9, a minor version that does not exist yet.",
			"a version of HTTP above its own is for the server to support", oracle.Handshake{Proto: "HTTP/1.9"}),
		looseRequest("4.2.1/http-2.0", "A request of HTTP/2.0, a major version that has no such request line.",
			"a version of HTTP above its own is for the server to support", oracle.Handshake{Proto: "HTTP/2.0"}),
	)
}

func targets() []row {
	const elsewhere = "what is served under a target is for the server to decide"
	rows := []row{
		goodRequest("4.2.1/target-absolute-http", "A request whose target is an absolute URI, http://, with the server's own authority.",
			oracle.Handshake{Target: "http://${authority}${target}"}, "rfc6455/4.2.2/response-http"),
		looseRequest("4.2.1/target-absolute-https", "A request whose target is an absolute https URI with the server's own authority.",
			"the server may not serve that scheme", oracle.Handshake{Target: "https://${authority}${target}"}),
		looseRequest("4.2.1/target-absolute-upper-case", "A request whose target is an absolute URI with the scheme in capitals, HTTP://.",
			elsewhere, oracle.Handshake{Target: "HTTP://${authority}${target}"}),
		looseRequest("4.2.1/target-absolute-other-host",
			"A request whose target is an absolute URI of another host than the Host field's. HTTP has the server ignore the Host field then.",
			elsewhere, oracle.Handshake{Target: "http://wscheck.example${target}"}),
	}
	for _, t := range []struct{ name, target, what string }{
		{"query", "${target}?a=1&b=%20&c", "a query"},
		{"query-empty", "${target}?", "an empty query"},
		{"query-marks", "${target}?a?b/c:d@e!$&'()*+,;=", "all characters that a query may have"},
		{"query-braces", "${target}?{a}|b^c", "characters in its query that URIs do not have and browsers send all the same"},
		{"escapes", "${target}?%00%0d%0a%ff", "escapes of a zero, a line break and an octet that is not UTF-8 in its query"},
		{"1000-octets", "${target}?" + strings.Repeat("a", 1000), "a query of 1000 octets"},
		{"4000-octets", "${target}?" + strings.Repeat("a", 4000), "a query of 4000 octets"},
		{"16000-octets", "${target}?" + strings.Repeat("a", 16000), "a query of 16000 octets, more than many servers take"},
		{"dot-segments", "/./x/../..${target}", "dot segments that lead back to the same path"},
		{"two-slashes", "/${target}", "two slashes at its beginning"},
	} {
		rows = append(rows, looseRequest("4.2.1/target-"+t.name, "A request for a target with "+t.what+".", elsewhere,
			oracle.Handshake{Target: t.target}))
	}
	for _, t := range []struct{ name, target, what string }{
		{"asterisk", "*", "*, which stands for no resource"},
		{"authority", "${authority}", "an authority, as for CONNECT"},
		{"ws", "ws://${authority}${target}", "a ws URI; only http and https URIs can stand in a request"},
		{"relative", "chat", "a path that does not begin with a slash"},
		{"two-spaces", " ${target}", "a path after a second space"},
		{"fragment", "${target}#top", "a path with a fragment, which is never sent"},
		{"space", "${target}?a b", "a path with a space in it, so that the line has four words"},
		{"nul", "${target}?\x00", "a path with an octet of zero"},
		{"tab", "${target}?a\tb", "a path with a tab"},
		{"delete", "${target}?\x7f", "a path with the octet 7F"},
		{"not-ascii", "${target}?\xc3\xa9", "a path with octets above 7F, not escaped"},
	} {
		rows = append(rows, badRequest("4.2.1/target-"+t.name, "A request whose target is "+t.what+".",
			"rfc6455/4.2.1/request-uri", oracle.Handshake{Target: t.target}))
	}
	return rows
}
