package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// goodResponse is a row about a response that every client has to take, with a
// message after it that shows that it did.
func goodResponse(id, sends string, h oracle.Handshake, more ...oracle.ClauseID) row {
	return row{
		id: id, roles: AsServer, sends: sends, open: h,
		wants: "The response is legal. The client takes it for an open connection, and the text message that follows comes back." +
			thenUsable,
		clauses: with(echoClauses, more...),
		steps:   usable(),
	}
}

// looseResponse is a row about a response that is legal, but that a client may
// refuse for that reason.
func looseResponse(id, sends, reason string, h oracle.Handshake) row {
	r := goodResponse(id, sends, h)
	r.open.MayRefuse = true
	r.wants = "Either of two: the client takes the response for an open connection, and the text message that follows comes back; " +
		"or it closes the connection, because " + reason + "."
	return r
}

// badResponse is a row about a response on which a client has to fail the
// connection by that clause. The message after it shows a client that does
// not.
func badResponse(id, sends string, clause oracle.ClauseID, h oracle.Handshake) row {
	h.Refused = true
	r := row{
		id: id, roles: AsServer, sends: sends, open: h,
		wants: "The client fails the connection: it closes TCP and takes nothing that follows the response for a frame. " +
			"The text message does not come back.",
		clauses: []oracle.ClauseID{clause},
		steps:   []oracle.Step{whole(wsproto.OpText, literal(hello)), ended()},
		end:     oracle.EndNone,
	}
	if disputed(clause) {
		r.wants = "By the letter of RFC 6455 the client fails the connection. " +
			"One that opens it all the same is reported, but not called wrong: " + oracle.Lookup(clause).Note
		r.steps, r.end = usable(), oracle.EndClose
	}
	return r
}

// plainResponse is the response of a zero Handshake as text.
const plainResponse = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: ${accept}\r\n\r\n"

// statusLines are about the plain response, by which the client's request is
// judged, and then the first line of the response.
func statusLines() []row {
	plain := goodResponse("4.1/request", "The plain response of RFC 6455 4.2.2, with no field that it could do without, for any offer of the client.",
		oracle.Handshake{},
		"rfc6455/4.1/request-http", "rfc6455/4.1/method-get", "rfc6455/4.1/http-version", "rfc6455/4.1/request-uri", "rfc6455/4.1/host",
		"rfc6455/4.1/upgrade", "rfc6455/4.1/connection", "rfc6455/4.1/key", "rfc6455/4.1/key-random", "rfc6455/4.1/version", "rfc6455/4.1/subprotocols",
		"rfc6455/4.1/await-response", "rfc6455/4.1/request-body", "rfc6455/11.3.1/key-once", "rfc6455/11.3.5/version-once", "rfc6455/9.1/grammar",
		"rfc6455/9/parameters", "rfc6455/7.4.1/extensions-listed", "rfc6455/6.1/framed")
	plain.wants = "The request that the client has made is right in all. The client takes the response for an open connection, " +
		"and the text message that follows comes back; one that misses an extension closes with code 1010 and names it." + thenUsable
	plain.also = []string{"4.3", "9.1"}
	return slices.Concat([]row{plain}, otherStatuses(), interimResponses(), reasonPhrases(), notHTTP())
}

// otherStatuses are right but for the status, and refusals as servers send
// them.
func otherStatuses() []row {
	const clause = "rfc6455/4.1/validate-response"
	var rows []row
	for _, s := range []struct {
		status int
		reason string
	}{
		{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {300, "Multiple Choices"}, {304, "Not Modified"},
		{400, "Bad Request"}, {404, "Not Found"}, {500, "Internal Server Error"}, {999, "Wscheck"},
	} {
		rows = append(rows, badResponse(fmt.Sprintf("4.1/status-%d", s.status),
			fmt.Sprintf("A response with status %d that is right in all else, and a text message.", s.status),
			clause, oracle.Handshake{Status: s.status, Reason: s.reason}))
	}
	early := strings.Replace(plainResponse, "101 Switching Protocols", "103 Early Hints", 1)
	rows = append(rows, badResponse("4.1/status-103",
		"An interim response with status 103 that is right in all else, then a refusal with status 404, and a text message.", clause,
		oracle.Handshake{Raw: []byte(early + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")}))
	own := []string{"Upgrade", "Connection", "Sec-WebSocket-Accept"}
	for _, s := range []struct {
		status       int
		reason, what string
		lines        []string
	}{
		{301, "Moved Permanently", "a redirect without a place to go", nil},
		{302, "Found", "a redirect to a closed port; a client may follow it", []string{"Location: http://127.0.0.1:1/"}},
		{401, "Unauthorized", "a demand for credentials; a client may try again with some", []string{`WWW-Authenticate: Basic realm="wscheck"`}},
		{403, "Forbidden", "a refusal of the origin", nil},
		{407, "Proxy Authentication Required", "a demand of a proxy", []string{`Proxy-Authenticate: Basic realm="wscheck"`}},
		{426, "Upgrade Required", "a refusal of the version that names another one", []string{"Sec-WebSocket-Version: 14"}},
		{503, "Service Unavailable", "a refusal for now", []string{"Retry-After: 3600"}},
	} {
		h := plus(append(s.lines, "Content-Length: 0", "Connection: close")...)
		h.Status, h.Reason, h.Drop = s.status, s.reason, own
		r := badResponse(fmt.Sprintf("4.1/refused-%d", s.status), fmt.Sprintf("The status %d: %s.", s.status, s.what), clause, h)
		r.steps = []oracle.Step{ended()}
		r.wants = "The client opens no WebSocket connection: no frame comes. It closes TCP."
		rows = append(rows, r)
	}
	return rows
}

// interimResponses come before the real one; every client of HTTP has to pass
// over them.
func interimResponses() []row {
	var rows []row
	for _, i := range []struct{ name, interim, what string }{
		{"100", "HTTP/1.1 100 Continue\r\n\r\n", "100 Continue, which was not asked for"},
		{"102", "HTTP/1.1 102 Processing\r\n\r\n", "102 Processing"},
		{"103", "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n", "103 Early Hints with a field of its own"},
		{"199", "HTTP/1.1 199 Wscheck\r\n\r\n", "199, an unknown status"},
		{"two", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n", "two of them, 100 and 102"},
	} {
		r := goodResponse("4.1/interim-"+i.name, "An interim response, "+i.what+", and then the response with status 101.",
			oracle.Handshake{Raw: []byte(i.interim + plainResponse)}, "rfc6455/4.1/interim")
		r.wants = "The client passes over it, takes the response after it for an open connection, and the text message that follows comes back. " +
			"A client that closes the connection is reported, but not called wrong." + thenUsable
		r.also = []string{"RFC 9110 15.2"}
		rows = append(rows, r)
	}
	return rows
}

func reasonPhrases() []row {
	const conform = "rfc6455/4.1/response-conform"
	withLine := func(line string) oracle.Handshake {
		_, fields, _ := strings.Cut(plainResponse, "\r\n")
		return oracle.Handshake{Raw: []byte(line + "\r\n" + fields)}
	}
	var rows []row
	for _, l := range []struct{ name, line, what string }{
		{"other", "HTTP/1.1 101 Web Socket Protocol Handshake", "with another phrase than usual"},
		{"empty", "HTTP/1.1 101 ", "without a phrase, but with the space before it"},
		{"not-ascii", "HTTP/1.1 101 \xc3\x89change", "with octets above 7F in its phrase"},
		{"digits", "HTTP/1.1 101 200 OK", "with another status in its phrase"},
		{"long", "HTTP/1.1 101 " + strings.Repeat("Switching ", 50), "with a phrase of 500 octets"},
	} {
		rows = append(rows, goodResponse("4.1/reason-"+l.name, "A status line "+l.what+": "+octetsAs(l.line)+".", withLine(l.line)))
	}
	rows = append(rows, looseResponse("4.1/http-1.2", "A response of HTTP/1.2, a minor version that does not exist yet.",
		"a version of HTTP above its own is for the client to support", oracle.Handshake{Proto: "HTTP/1.2"}))
	for _, l := range []struct{ name, line, what string }{
		{"no-space", "HTTP/1.1 101", "that ends after the status, without the space that HTTP wants"},
		{"http-1.0", "HTTP/1.0 101 Switching Protocols", "of HTTP/1.0, which has no status 101"},
		{"http-0.9", "HTTP/0.9 101 Switching Protocols", "of HTTP/0.9"},
		{"control", "HTTP/1.1 101 Switching\x00Protocols", "with an octet of zero in its phrase"},
		{"empty-line-before", "\r\nHTTP/1.1 101 Switching Protocols", "after an empty line"},
	} {
		rows = append(rows, badResponse("4.1/status-line-"+l.name, "A status line "+l.what+": "+octetsAs(l.line)+".", conform, withLine(l.line)))
	}
	for _, l := range []struct{ name, line, what string }{
		{"four-digits", "HTTP/1.1 1010 Switching Protocols", "with a status of four digits"},
		{"two-digits", "HTTP/1.1 10 Switching Protocols", "with a status of two digits"},
		{"word", "HTTP/1.1 OK", "with a word instead of a status"},
		{"signed", "HTTP/1.1 +101 Switching Protocols", "with a sign before the status"},
		{"hexadecimal", "HTTP/1.1 0x65 Switching Protocols", "with a status in hexadecimal"},
	} {
		rows = append(rows, badResponse("4.1/status-"+l.name, "A status line "+l.what+": "+octetsAs(l.line)+".",
			"rfc6455/4.1/validate-response", withLine(l.line)))
	}
	return rows
}

// notHTTP are octets in the place of a response that are not one.
func notHTTP() []row {
	var rows []row
	for _, o := range []struct{ name, octets, what string }{
		{"frame", "\x81\x09Hello\r\n\r\n", "a text frame with two line ends, as if no handshake were needed"},
		{"close", "\x88\x06\x03\xe8\r\n\r\n", "a close frame whose reason is two line ends"},
		{"html", "<html><body>Wscheck</body></html>\r\n\r\n", "a page of HTML without any header, as in HTTP/0.9"},
		{"icy", "ICY 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n",
			"a response of another protocol than HTTP, right in all else"},
		{"banner", "220 wscheck ESMTP\r\n\r\n", "the greeting of a mail server"},
		{"zeros", strings.Repeat("\x00", 64) + "\r\n\r\n", "64 octets of zero and two line ends"},
	} {
		rows = append(rows, badResponse("4.1/instead-"+o.name, "Instead of a response, "+o.what+", and then a text message.",
			"rfc6455/4.1/validate-response", oracle.Handshake{Raw: []byte(o.octets)}))
	}
	return rows
}

// EscapedURL has what a client may get wrong in a path and a query.
const EscapedURL = "ws://localhost/Chat%20room;a=1//a%2Fb%25~?q=a%26b%3Dc+d%20e%2B&q=1&a=?b"

// addresses send a client to URLs whose authority is not a mere name: the Host
// field has all of it.
func addresses() []row {
	var rows []row
	for _, u := range []struct{ name, url, what string }{
		{"port", "ws://localhost:9001/", "with a port"},
		{"default-port", "ws://localhost:80/", "with the port that is the default"},
		{"port-443", "ws://localhost:443/chat", "with the port that is another scheme's default"},
		{"ipv4", "ws://127.0.0.1:9001/chat?a=b", "with an IPv4 address, a port and a query"},
		{"query", "ws://localhost/chat/room?a=b&c=d", "with a path and a query"},
		{"ipv6", "ws://[::1]/", "with an IPv6 address"},
		{"ipv6-port", "ws://[2001:db8::1]:9001/", "with an IPv6 address and a port"},
		{"capitals", "ws://WSCHECK.example:9001/", "whose host is in capitals"},
		{"no-path", "ws://localhost:9001", "without a path"},
		{"no-path-query", "ws://localhost:9001?a=/b&c", "with a query and without a path"},
		{"empty-query", "ws://localhost:9001/chat?", "with an empty query"},
		{"question-marks", "ws://localhost/chat??a=?b&c=d/e?", "with a path and a query that has question marks and slashes"},
		{"slashes", "ws://localhost//chat//room/", "whose path has empty parts"},
		{"escapes", EscapedURL, "with escapes and capitals in its path, and a query whose parts are in no order"},
	} {
		r := goodResponse("4.1/host-"+u.name, "A plain response to a client that was sent to a URL "+u.what+", "+u.url+". (wscheck drive gives a client the path and the query at an address of its own; another client outside of this process goes to its own URL.)",
			oracle.Handshake{}, "rfc6455/4.1/host", "rfc6455/4.1/request-uri")
		r.wants = "The Host field of the client's request has the host and the port, as they stand in the URL: an IPv6 address in brackets, and the port unless it is the default. " +
			"The request is for the URL's path, or for / where it has none, and for its query. " + r.wants
		r.url = u.url
		rows = append(rows, r)
	}
	return rows
}
