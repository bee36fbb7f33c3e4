package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// plainRequest is the request of a zero Handshake as text, for those that
// differ in what stands between the lines.
const plainRequest = "GET ${target} HTTP/1.1\r\nHost: ${authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n"

// requestWire is about how a request gets onto the wire, and what else HTTP
// lets be there.
func requestWire() []row {
	return slices.Concat(lineEndings(), requestChops(), earlyFrames(), laterRequests(), expectations(), requestBodies(), injections())
}

func lineEndings() []row {
	const syntax = "rfc6455/4.2.1/syntax"
	wire := func(name, what, request string) row {
		r := badRequest("4.2.1/"+name, "A request "+what+".", syntax, oracle.Handshake{Raw: []byte(request)})
		r.also = []string{"RFC 9112 2.2"}
		return r
	}
	unended := func(name, what, request string) row {
		r := wire(name, what, request)
		r.wants += " So may one that waits for a line that ends with CRLF: to that server the request has no end, and it owes no answer."
		return r
	}
	line, fields, _ := strings.Cut(plainRequest, "\r\n")
	return []row{
		unended("lf-everywhere", "whose lines all end with LF alone", strings.ReplaceAll(plainRequest, "\r\n", "\n")),
		wire("lf-request-line", "whose first line ends with LF alone", line+"\n"+fields),
		wire("lf-one-field", "in which one field ends with LF alone", strings.Replace(plainRequest, "websocket\r\n", "websocket\n", 1)),
		unended("lf-last", "whose empty line is LF alone", strings.TrimSuffix(plainRequest, "\r\n")+"\n"),
		wire("empty-line-before", "with an empty line before it, which HTTP asks servers to ignore", "\r\n"+plainRequest),
		wire("empty-lines-before", "with three empty lines before it", "\r\n\r\n\r\n"+plainRequest),
		wire("line-folded-first", "whose first field begins with a space, so that it seems to continue the request line",
			line+"\r\n X-Wscheck: 1\r\n"+fields),
	}
}

// requestChops are the plain request in pieces.
func requestChops() []row {
	var rows []row
	for _, n := range []int{1, 2, 3, 7, 64} {
		rows = append(rows, goodRequest(fmt.Sprintf("4.2.1/chop-%d", n),
			"The plain request in pieces of "+count(n, "octet")+", each written apart.", oracle.Handshake{Chop: n}))
	}
	return append(rows, goodRequest("4.2.1/chop-long", "A request of 4 KiB in pieces of 100 octets, each written apart.",
		oracle.Handshake{Chop: 100, Fields: plus("X-Wscheck: " + strings.Repeat("x", 4<<10)).Fields}))
}

// earlyFrames follow the request at once, which section 4.1 forbids a client
// to do. They are unsolicited pongs: a server may read them or refuse
// the lot, but not lose its place in the stream.
func earlyFrames() []row {
	early := func(name, what string, h oracle.Handshake, frames ...oracle.Step) row {
		h.WithFrames = true
		r := looseRequest("4.1/early-"+name, "The plain request and, in the same write, "+what+". The message follows once the server has answered.",
			"a client has to wait for the answer before it sends more", h)
		r.steps = slices.Concat(frames, []oracle.Step{wait(time.Second, "")}, usable())
		return r
	}
	pong := whole(wsproto.OpPong, literal("early"))
	split := wsproto.NewFrame(wsproto.OpPong, true, []byte("early"))
	split.Masked = true
	octets := string(split.AppendTo(nil))
	return []row{
		early("pong", "an unsolicited pong", oracle.Handshake{}, pong),
		early("pong-split", "the first octet of an unsolicited pong, whose rest follows once the server has answered", oracle.Handshake{},
			raw(octets[:1]), wait(time.Second, ""), raw(octets[1:])),
		early("pongs", "a hundred unsolicited pongs", oracle.Handshake{}, slices.Repeat([]oracle.Step{pong}, 100)...),
	}
}

// laterRequests follow other requests on the connection. HTTP lets a server close it after any
// response, and has one that does not take each request by itself (RFC 9110 3.3, RFC 9112 9.3).
func laterRequests() []row {
	const (
		line  = " ${target} HTTP/1.1\r\n"
		host  = "Host: ${authority}\r\n"
		get   = "GET" + line + host + "\r\n"
		head  = "HEAD" + line + host + "\r\n"
		other = "GET ${target}-not-there?a=b HTTP/1.1\r\n" + host + "Accept: */*\r\nCookie: a=b\r\n\r\n"
		post  = "POST" + line + host + "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nhello, world!"
	)
	later := func(id, what string, requests ...string) row {
		r := goodRequest(id, what+" The plain request for a WebSocket follows on the connection once the response has come, and then a message.",
			oracle.Handshake{Before: requests})
		r.wants = "The server answers by HTTP, with any status. It may close the connection then. If it does not, it opens the WebSocket with " +
			"status 101 and the Sec-WebSocket-Accept that answers the key of the last request, and the text message comes back." + thenUsable
		r.also = []string{"RFC 9112 9.3"}
		return r
	}
	begun := func(id, what string, requests ...string) row {
		r := later(id, what, requests...)
		r.sends += " The first half of each further request is in the same write as the request before it."
		r.also = []string{"RFC 9112 9.3.2"}
		r.open.BegunEarly = true
		return r
	}
	version := func(id, with, lines string) row {
		r := later(id, "A request with Sec-WebSocket-Version: 14, which no server has"+with+".",
			strings.Replace(plainRequest, "Version: 13\r\n", "Version: 14\r\n"+lines, 1))
		r.wants = "The server refuses, with 426 or 400, says by Sec-WebSocket-Version: 13 what it has, and may close the connection. " +
			"If it does not, it opens the WebSocket for the second request, and the text message comes back." + thenUsable
		r.clauses = append(r.clauses, "rfc6455/4.2.2/version-advertised")
		return r
	}
	framed := later("4.1/later-early", "A GET for the same target.", get)
	framed.sends += " An unsolicited pong is in the same write as the second request."
	framed.open.WithFrames, framed.open.MayRefuse = true, true
	framed.steps = slices.Concat([]oracle.Step{whole(wsproto.OpPong, literal("early")), wait(time.Second, "")}, framed.steps)
	pieces := begun("4.2.2/later-begun-pieces", "A GET for the same target. All is written in pieces of 20 octets.", get)
	pieces.open.Chop = 20
	return []row{
		later("4.2.2/later-get", "A GET for the same target, without Upgrade.", get),
		later("4.2.2/later-head", "A HEAD for the same target: the response has no body, whatever it says of its length.", head),
		later("4.2.2/later-two", "A GET for the same target, and once it is answered one for another target.", get, other),
		later("4.2.2/later-post", "A POST with a body of 13 octets for the same target.", post),
		version("4.4/later-version", "", ""),
		version("4.4/later-subprotocol", ", and an offer of the subprotocols chat and superchat, which the second request does not have",
			"Sec-WebSocket-Protocol: chat, superchat\r\n").withClauses("rfc6455/4.2.2/subprotocol-none"),
		begun("4.2.2/later-begun", "A GET for the same target.", get),
		begun("4.2.2/later-two-begun", "A GET for the same target, and a POST with a body of 13 octets.", get, post),
		pieces, framed,
	}
}

// expectations are about Expect and the like, which mean something in HTTP.
func expectations() []row {
	return []row{
		looseRequest("4.2.1/expect-continue", "A request with Expect: 100-continue. There is no body to wait for, and an interim response 100 does no harm.",
			"the expectation cannot be met", plus("Expect: 100-continue")),
		looseRequest("4.2.1/expect-unknown", "A request with an unknown expectation in Expect.",
			"an expectation that it does not know cannot be met (417)", plus("Expect: wscheck")),
		looseRequest("4.2.1/te-trailers", "A request with TE: trailers, and TE in its Connection field.",
			"it need not know that", instead("Connection", "Connection: Upgrade, TE", "TE: trailers")),
		looseRequest("4.2.1/range", "A request with a Range.", "a range of nothing can be had", plus("Range: bytes=0-0")),
		looseRequest("4.2.1/if-none-match", "A request with a condition, If-None-Match: *.", "the condition is not met",
			plus("If-None-Match: *")),
		looseRequest("4.2.1/authorization", "A request with credentials that were not asked for.", "they may be wrong",
			plus("Authorization: Basic d3NjaGVjazp3c2NoZWNr")),
		looseRequest("4.2.1/forwarded", "A request with the fields of proxies: Via, Forwarded, X-Forwarded-For, X-Forwarded-Host.",
			"it may not trust them", plus("Via: 1.1 wscheck", "Forwarded: for=192.0.2.1;host=wscheck.example",
				"X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: wscheck.example")),
	}
}

// requestBodies are about requests that have or claim a body. RFC 6455 knows of none,
// and HTTP does not forbid one.
func requestBodies() []row {
	rows := []row{
		goodRequest("4.2.1/content-length-0", "A request with Content-Length: 0, which has no body.", plus("Content-Length: 0")),
	}

	// The body is a pong as well, so that a server that takes it for one is right too.
	pong := wsproto.NewFrame(wsproto.OpPong, true, []byte("body"))
	pong.Masked = true
	body := pong.AppendTo(nil)
	r := looseRequest("4.2.1/content-length-body",
		"A request with a body, which is at the same time an unsolicited pong: a server may read it as either.",
		"such a request has no body", plus(fmt.Sprintf("Content-Length: %d", len(body))))
	r.open.WithFrames = true
	r.steps = slices.Concat([]oracle.Step{raw(string(body)), wait(time.Second, "")}, usable())
	rows = append(rows, r)

	const unclear = "the length of its body is unclear"
	for _, b := range []struct {
		name, what, reason string
		lines              []string
	}{
		{"chunked", "Transfer-Encoding: chunked, and no body yet", "such a request has no body", []string{"Transfer-Encoding: chunked"}},
		{"chunked-and-length", "both Transfer-Encoding: chunked and a Content-Length, by which two servers in a row may disagree", unclear,
			[]string{"Transfer-Encoding: chunked", "Content-Length: 5"}},
		{"transfer-encoding-unknown", "an unknown Transfer-Encoding, xchunked, beside Content-Length: 0", unclear,
			[]string{"Content-Length: 0", "Transfer-Encoding: xchunked"}},
		{"content-length-two", "two Content-Length fields that differ", unclear, []string{"Content-Length: 0", "Content-Length: 5"}},
		{"content-length-list", "a list of two Content-Lengths that differ", unclear, []string{"Content-Length: 0, 5"}},
		{"content-length-negative", "a Content-Length below zero", unclear, []string{"Content-Length: -1"}},
		{"content-length-signed", "a Content-Length with a plus sign", unclear, []string{"Content-Length: +0"}},
		{"content-length-hexadecimal", "a Content-Length in hexadecimal", unclear, []string{"Content-Length: 0x0"}},
		{"content-length-huge", "a Content-Length beyond 64 bits", unclear, []string{"Content-Length: 99999999999999999999"}},
	} {
		r := looseRequest("4.2.1/body-"+b.name, "A request with "+b.what+". Nothing follows it.", b.reason, plus(b.lines...))
		r.wants = "The server refuses with an HTTP error, because " + b.reason + "; or it opens the connection with status 101, " +
			"the right Sec-WebSocket-Accept and nothing but frames after it; or it waits for a body. Our side ends the connection then."
		r.also = []string{"RFC 9112 6.3"}
		r.steps, r.end = nil, oracle.EndNone
		rows = append(rows, r)
	}
	return rows
}

// injections are requests that hide a second request or another handshake.
func injections() []row {
	const syntax = "rfc6455/4.2.1/syntax"
	return []row{
		badRequest("4.2.1/inject-lf-field", "A request in which a bare LF in a field ends it, and a second Host follows.", "rfc6455/4.2.1/host-valid",
			plus("X-Wscheck: 1\nHost: wscheck.example")).withClauses(syntax),
		badRequest("4.2.1/inject-cr-field", "A request with a CR and a second Host field within the value of a field.", syntax,
			plus("X-Wscheck: 1\rHost: wscheck.example")),
		badRequest("4.2.1/inject-folded-upgrade", "A request whose Upgrade is hidden in the folded value of another field, and is missing as a field.",
			"rfc6455/4.2.1/upgrade", instead("Upgrade", "X-Wscheck: 1\r\n Upgrade: websocket")),
		badRequest("4.2.1/inject-key-in-value", "A request whose key is hidden after a CR in the value of another field, and is missing as a field.",
			"rfc6455/4.2.1/key", instead("Sec-WebSocket-Key", "X-Wscheck: 1\rSec-WebSocket-Key: ${key}")),
		badRequest("4.2.1/inject-upgrade-in-target", "A request with escapes of whole header fields in its target, and no Upgrade field.",
			"rfc6455/4.2.1/upgrade", oracle.Handshake{Target: "${target}?%20HTTP/1.1%0d%0aUpgrade:%20websocket", Drop: []string{"Upgrade"}}),
		badRequest("4.2.1/inject-underscores", "A request without a key, but with a field Sec_WebSocket_Key, which some gateways take for the same name.",
			"rfc6455/4.2.1/key", instead("Sec-WebSocket-Key", "Sec_WebSocket_Key: ${key}")),
		{
			id: "5.1/http-after-upgrade", roles: AsClient,
			sends: "The plain request, and once the connection is open a second HTTP request: to a WebSocket server that is a frame without a mask, " +
				"with RSV1 and a reserved opcode.",
			wants:   "The second request is not answered by HTTP." + thenFailed,
			also:    []string{"5.2"},
			clauses: []oracle.ClauseID{"rfc6455/5.1/server-closes-unmasked", "rfc6455/5.2/rsv-fail", "rfc6455/5.2/opcode-fail", "rfc6455/6.1/framed"},
			steps:   []oracle.Step{raw("GET / HTTP/1.1\r\nHost: wscheck.example\r\nConnection: close\r\nX: 567890\r\n\r\n"), ended()},
		},
	}
}

// withClauses adds clauses to those of the row.
func (r row) withClauses(more ...oracle.ClauseID) row {
	r.clauses = with(r.clauses, more...)
	return r
}
