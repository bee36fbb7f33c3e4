package gen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// plainResponse is the response of a zero [oracle.Handshake].
const plainResponse = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: ${accept}\r\n\r\n"

// responseSyntax is the clause for what HTTP does not allow either.
const responseSyntax = "rfc6455/4.1/response-conform"

// responses are our opening handshakes as the server.
var responses = newVariants(
	[]opening{right("plain", oracle.Handshake{})},
	statusLines(), responseFields(), responseAccepts(), responseSubprotocols(), responseOctets(),
)

// statusLines have another first line (RFC 6455 4.1).
func statusLines() []opening {
	const status = "rfc6455/4.1/validate-response"
	_, fields, _ := strings.Cut(plainResponse, "\r\n")
	var all []opening
	for _, l := range [][2]string{
		{"reason-other", "HTTP/1.1 101 Web Socket Protocol Handshake"}, {"reason-empty", "HTTP/1.1 101 "}, {"reason-200", "HTTP/1.1 101 200 OK"},
	} {
		all = append(all, right(l[0], verbatim(l[1]+"\r\n"+fields)))
	}
	for _, i := range []string{"100 Continue", "103 Early Hints"} {
		all = append(all, right("interim-"+i[:3], verbatim("HTTP/1.1 "+i+"\r\n\r\n"+plainResponse)))
	}
	all = append(all, loose("http-1.2", oracle.Handshake{Proto: "HTTP/1.2"}))
	for _, s := range []int{200, 201, 204, 304, 400, 404, 500} {
		all = append(all, bad(fmt.Sprintf("status-%d", s), status, oracle.Handshake{Status: s}))
	}
	for _, s := range []int{302, 401, 426, 503} {
		h := plus("Content-Length: 0", "Connection: close")
		h.Status, h.Drop = s, []string{"Upgrade", "Connection", "Sec-WebSocket-Accept"}
		all = append(all, bad(fmt.Sprintf("refused-%d", s), status, h))
	}
	for _, l := range [][2]string{
		{"no-space", "HTTP/1.1 101"}, {"http-1.0", "HTTP/1.0 101 Switching Protocols"}, {"empty-line-before", "\r\nHTTP/1.1 101 Switching Protocols"},
	} {
		all = append(all, bad("line-"+l[0], responseSyntax, verbatim(l[1]+"\r\n"+fields)))
	}
	for _, l := range [][2]string{
		{"four-digits", "HTTP/1.1 1010 Switching Protocols"}, {"word", "HTTP/1.1 OK"}, {"signed", "HTTP/1.1 +101 Switching Protocols"},
	} {
		all = append(all, bad("status-"+l[0], status, verbatim(l[1]+"\r\n"+fields)))
	}
	return all
}

// responseFields have other fields than the accept value and the subprotocol
// (RFC 6455 4.1, 4.2.2).
func responseFields() []opening {
	const upgrade, connection = "rfc6455/4.1/response-upgrade", "rfc6455/4.1/response-connection"
	var all []opening
	for _, f := range []field{
		{"Upgrade", "websocket", upgrade},
		{"Connection", "Upgrade", connection},
		{"Sec-WebSocket-Accept", "${accept}", "rfc6455/4.1/response-accept"},
	} {
		all = append(all, f.forms(responseSyntax)...)
	}
	return slices.Concat(all,
		valued("Upgrade", "", rightly, [][2]string{{"capitals", "WEBSOCKET"}, {"capitalized", "WebSocket"}}),
		valued("Upgrade", upgrade, bad, [][2]string{
			{"other", "wscheck"}, {"plural", "websockets"}, {"prefix", "websocke"}, {"list", "websocket, wscheck"}, {"kelvin", "websoc\xe2\x84\xaaet"}, {"empty", ""},
		}),
		valued("Connection", "", rightly, [][2]string{
			{"lower-case", "upgrade"}, {"capitals", "UPGRADE"}, {"list-first", "Upgrade, keep-alive"}, {"list-last", "keep-alive,Upgrade"},
			{"empty-elements", ", Upgrade ,,"}, {"first-line", "Upgrade\r\nConnection: keep-alive"}, {"second-line", "keep-alive\r\nConnection: Upgrade"},
		}),
		valued("Connection", connection, bad, [][2]string{
			{"keep-alive", "keep-alive"}, {"longer", "Upgraded"}, {"within", "not-upgrade"}, {"empty", ""},
		}),
		[]opening{
			right("fields-unknown", plus("X-Wscheck: 1", "x-wscheck-2:", "Server: wscheck")),
			right("fields-cookies", plus(slices.Repeat([]string{"Set-Cookie: a=1; Path=/"}, 10)...)),
			loose("content-length", plus("Content-Length: 5")),
			loose("chunked", plus("Transfer-Encoding: chunked")),
			loose("field-8kib", plus("X-Wscheck: "+strings.Repeat("x", 8<<10))),
			bad("field-no-colon", responseSyntax, plus("X-Wscheck")),
			bad("field-space-before-colon", responseSyntax, plus("X-Wscheck : 1")),
			bad("field-name-separator", responseSyntax, plus("X(Wscheck): 1")),
			bad("field-value-nul", responseSyntax, plus("X-Wscheck: a\x00b")),
			bad("field-value-folded", responseSyntax, plus("X-Wscheck: a\r\n b")),
		})
}

// responseAccepts are about Sec-WebSocket-Accept (RFC 6455 4.1, 11.3.3).
func responseAccepts() []opening {
	const name, clause = "Sec-WebSocket-Accept", "rfc6455/4.1/response-accept"
	return slices.Concat(
		valued(name, clause, bad, [][2]string{
			{"empty", ""}, {"of-another-key", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, {"key", "${key}"}, {"lower-case", "${accept-lower}"},
			{"unpadded", "${accept-unpadded}"}, {"longer", "${accept}AAAA"}, {"quoted", `"${accept}"`}, {"list", "${accept}, ${accept}"},
			{"20-zeros", encoded(20, 0)},
		}),
		[]opening{
			bad("accept-twice", responseSyntax, plus(name+": ${accept}")),
			bad("accept-right-and-wrong", responseSyntax, plus(name+": s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
			bad("accept-wrong-and-right", clause, instead(name, name+": s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", name+": ${accept}")),
		})
}

// responseSubprotocols choose what was hardly offered (RFC 6455 4.1, 11.3.4).
func responseSubprotocols() []opening {
	const name, clause = "Sec-WebSocket-Protocol", "rfc6455/4.1/response-subprotocol"
	all := []opening{
		// Right for those who offer it, and for others not.
		loose("subprotocol-chat", oracle.Handshake{Subprotocols: []string{"chat"}}),
		bad("subprotocol-chat-twice", responseSyntax, plus(name+": chat", name+": chat")),
		bad("subprotocol-empty", responseSyntax, plus(name+":")),
	}
	for _, p := range [][2]string{
		{"other", "wscheck-never"}, {"list", "wscheck-never-a, wscheck-never-b"}, {"case", "CHAT"}, {"not-a-token", "wscheck/never"},
	} {
		all = append(all, bad("subprotocol-"+p[0], clause, plus(name+": "+p[1])))
	}
	return append(all, bad("subprotocol-two", clause, plus(name+": wscheck-never-a", name+": wscheck-never-b")))
}

// responseOctets are not a response, or one with its octets out of order.
func responseOctets() []opening {
	const status = "rfc6455/4.1/validate-response"
	return []opening{
		bad("lf-everywhere", responseSyntax, verbatim(strings.ReplaceAll(plainResponse, "\r\n", "\n"))),
		bad("instead-frame", status, verbatim("\x81\x09Hello\r\n\r\n")),
		bad("instead-html", status, verbatim("<html><body>Wscheck</body></html>\r\n\r\n")),
		bad("instead-icy", status, verbatim("ICY"+strings.TrimPrefix(plainResponse, "HTTP/1.1"))),
		bad("instead-zeros", status, verbatim(strings.Repeat("\x00", 64)+"\r\n\r\n")),
	}
}
