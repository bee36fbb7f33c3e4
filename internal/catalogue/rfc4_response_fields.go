package catalogue

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// responseFields are about the header fields of a response with status 101.
func responseFields() []row {
	return slices.Concat(responseUpgrade(), responseAccept(), responseSubprotocols(), responseExtensions(), responseForms(), responseWire())
}

func responseUpgrade() []row {
	const upgrade, connection = "rfc6455/4.1/response-upgrade", "rfc6455/4.1/response-connection"
	rows := []row{
		badResponse("4.1/upgrade-missing", "A response without Upgrade.", upgrade, instead("Upgrade")),
		badResponse("4.1/connection-missing", "A response without Connection.", connection, instead("Connection")),
	}
	for _, f := range []struct{ name, value, what string }{
		{"other", "wscheck", "another protocol"},
		{"plural", "websockets", "the keyword with a letter after it"},
		{"prefix", "websocke", "the keyword without its last letter"},
		{"list", "websocket, wscheck", "another protocol besides"},
		{"h2c", "h2c", "h2c, which was not asked for"},
		{"quoted", `"websocket"`, "the keyword in quotes"},
		{"kelvin", "websoc\xe2\x84\xaaet", "the keyword with the Kelvin sign U+212A for its k"},
		{"empty", "", "nothing"},
	} {
		rows = append(rows, badResponse("4.1/upgrade-"+f.name, "A response whose Upgrade field has "+f.what+".", upgrade,
			instead("Upgrade", "Upgrade: "+f.value)))
	}
	for _, f := range []struct{ name, value, what string }{
		{"keep-alive", "keep-alive", "keep-alive alone"},
		{"close", "close", "close alone"},
		{"longer", "Upgraded", "the token with a letter after it"},
		{"within", "not-upgrade", "the word within another token"},
		{"empty", "", "nothing"},
	} {
		rows = append(rows, badResponse("4.1/connection-"+f.name, "A response whose Connection field has "+f.what+".", connection,
			instead("Connection", "Connection: "+f.value)))
	}
	for _, f := range []struct{ name, field, lines, what string }{
		{"upgrade-capitals", "Upgrade", "Upgrade: WEBSOCKET", "with websocket in capitals"},
		{"upgrade-capitalized", "Upgrade", "Upgrade: WebSocket", "with websocket in the spelling of its name"},
		{"connection-lower-case", "Connection", "Connection: upgrade", "with the token Upgrade in small letters"},
		{"connection-capitals", "Connection", "Connection: UPGRADE", "with the token Upgrade in capitals"},
		{"connection-list-first", "Connection", "Connection: Upgrade, keep-alive", "with the token Upgrade first in a list"},
		{"connection-list-last", "Connection", "Connection: keep-alive,Upgrade", "with the token Upgrade last in a list"},
		{"connection-two-fields", "Connection", "Connection: keep-alive\r\nConnection: Upgrade", "with the token Upgrade in the second of two fields"},
		{"connection-first-field", "Connection", "Connection: Upgrade\r\nConnection: keep-alive", "with the token Upgrade in the first of two fields"},
		{"connection-empty-elements", "Connection", "Connection: , Upgrade ,,", "with the token Upgrade in a list with empty elements"},
	} {
		rows = append(rows, goodResponse("4.1/"+f.name, "A response "+f.what+".", instead(f.field, f.lines)))
	}
	return rows
}

func responseAccept() []row {
	const clause = "rfc6455/4.1/response-accept"
	rows := []row{
		badResponse("4.1/accept-missing", "A response without Sec-WebSocket-Accept.", clause, instead("Sec-WebSocket-Accept")),
		goodResponse("4.1/accept-white-space", "A response with spaces and tabs before and after the right Sec-WebSocket-Accept.",
			instead("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: \t  ${accept} \t ")),
		badResponse("11.3.3/accept-twice", "A response with two equal Sec-WebSocket-Accept fields.", "rfc6455/4.1/response-conform",
			plus("Sec-WebSocket-Accept: ${accept}")),
		badResponse("11.3.3/accept-right-and-wrong", "A response with two Sec-WebSocket-Accept fields; the first is right.",
			"rfc6455/4.1/response-conform", plus("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
		badResponse("11.3.3/accept-wrong-and-right", "A response with two Sec-WebSocket-Accept fields; the second is right.",
			"rfc6455/4.1/response-conform", instead("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Accept: ${accept}")),
	}
	for _, a := range []struct{ name, value, what string }{
		{"empty", "", "is empty"},
		{"of-another-key", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "answers the key of the RFC's example"},
		{"key", "${key}", "is the key itself"},
		{"lower-case", "${accept-lower}", "is right but for its capitals"},
		{"unpadded", "${accept-unpadded}", "is right but for its padding"},
		{"overpadded", "${accept}=", "is right, with one more padding character"},
		{"longer", "${accept}AAAA", "begins with the right one"},
		{"prefixed", "AAAA${accept}", "ends with the right one"},
		{"quoted", `"${accept}"`, "is the right one in quotes"},
		{"list", "${accept}, ${accept}", "is the right one twice in a list"},
		{"parameter", "${accept}; a=1", "is the right one with a parameter"},
		{"not-base64", "!", "is not base64"},
		{"20-zeros", encoded(20, 0), "is 20 octets of zero"},
		{"long", strings.Repeat("A", 4000), "is 4000 octets long"},
	} {
		rows = append(rows, badResponse("4.1/accept-"+a.name, "A response whose Sec-WebSocket-Accept "+a.what+".", clause,
			instead("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+a.value)))
	}
	return rows
}

func responseSubprotocols() []row {
	const clause = "rfc6455/4.1/response-subprotocol"
	var rows []row
	for _, p := range []struct {
		name, what string
		clause     oracle.ClauseID
		lines      []string
	}{
		{"never-offered", "a subprotocol that no client offers", clause, []string{"Sec-WebSocket-Protocol: wscheck-never-offered"}},
		{"list", "a list of two subprotocols that no client offers", clause, []string{"Sec-WebSocket-Protocol: wscheck-never-a, wscheck-never-b"}},
		{"two-fields", "two fields, each with a subprotocol that no client offers", clause,
			[]string{"Sec-WebSocket-Protocol: wscheck-never-a", "Sec-WebSocket-Protocol: wscheck-never-b"}},
		{"not-a-token", "a subprotocol that is not a token", clause, []string{"Sec-WebSocket-Protocol: wscheck/never"}},
		{"quoted", "a subprotocol in quotes", clause, []string{`Sec-WebSocket-Protocol: "wscheck-never"`}},
		{"long", "a subprotocol of 4000 octets", clause, []string{"Sec-WebSocket-Protocol: " + strings.Repeat("p", 4000)}},
		{"name-lower-case", "a subprotocol that no client offers, in a field whose name is in small letters", clause,
			[]string{"sec-websocket-protocol: wscheck-never-offered"}},
	} {
		rows = append(rows, badResponse("4.1/subprotocol-"+p.name+"-answered", "A response that chooses "+p.what+".", p.clause, plus(p.lines...)))
	}
	for _, which := range []string{"first", "last"} {
		r := goodResponse("4.2.2/subprotocol-"+which+"-answered", "A response that chooses the "+which+" subprotocol that the client offers. "+
			"To a client that offers none it is the plain response.", oracle.Handshake{Subprotocols: []string{"${offered-" + which + "}"}})
		r.also = []string{"4.1"}
		rows = append(rows, r)
	}
	return rows
}

func responseExtensions() []row {
	const clause, grammar = "rfc6455/4.1/response-extension", "rfc6455/9.1/grammar-fail"
	var rows []row
	for _, e := range []struct {
		name, what string
		lines      []string
	}{
		{"never-offered", "an extension that no client offers", []string{"Sec-WebSocket-Extensions: x-wscheck-never"}},
		{"parameters", "an extension that no client offers, with parameters", []string{`Sec-WebSocket-Extensions: x-wscheck-never; a; b="1"`}},
		{"list", "a list of two extensions that no client offers", []string{"Sec-WebSocket-Extensions: x-wscheck-a, x-wscheck-b"}},
		{"two-fields", "two fields, each with an extension that no client offers",
			[]string{"Sec-WebSocket-Extensions: x-wscheck-a", "Sec-WebSocket-Extensions: x-wscheck-b"}},
		{"name-lower-case", "an extension that no client offers, in a field whose name is in small letters",
			[]string{"sec-websocket-extensions: x-wscheck-never"}},
		{"deflate-prefixed", "an extension whose name ends like another one's", []string{"Sec-WebSocket-Extensions: wscheck-permessage-deflate"}},
		{"deflate-suffixed", "an extension whose name begins like another one's", []string{"Sec-WebSocket-Extensions: permessage-deflate-wscheck"}},
		{"deflate-parameter", "an extension that no client offers, with a parameter that has another one's name",
			[]string{"Sec-WebSocket-Extensions: x-wscheck-never; permessage-deflate"}},
		{"empty-elements", "an extension that no client offers, in a list with empty elements",
			[]string{"Sec-WebSocket-Extensions: ,, x-wscheck-never"}},
	} {
		rows = append(rows, badResponse("9.1/answer-"+e.name, "A response that accepts "+e.what+".", clause, plus(e.lines...)))
	}
	for _, e := range []struct{ name, value, what string }{
		{"no-name", "; a=1", "a parameter without an extension"},
		{"trailing-semicolon", "permessage-deflate;", "a semicolon and no parameter after it"},
		{"no-value", "permessage-deflate; a=", "an equals sign and no value after it"},
		{"quoted-space", `permessage-deflate; a="1 2"`, "a parameter in quotes that is not a token"},
		{"unclosed-quote", `permessage-deflate; a="1`, "a quote that is not closed"},
		{"value-slash", "permessage-deflate; a=/", "a slash for the value of a parameter"},
		{"two-semicolons", "permessage-deflate;; a", "two semicolons in a row"},
	} {
		r := badResponse("9.1/answer-"+e.name, "A response whose Sec-WebSocket-Extensions has "+e.what+": "+octetsAs(e.value)+".", grammar,
			plus("Sec-WebSocket-Extensions: "+e.value))
		r.also = []string{"4.1"}
		rows = append(rows, r)
	}
	return rows
}

// responseForms writes fields in every way that HTTP has, and in some that it
// does not have.
func responseForms() []row {
	const conform = "rfc6455/4.1/response-conform"
	values := map[string]string{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": "${accept}"}
	var rows []row
	for _, name := range []string{"Upgrade", "Connection", "Sec-WebSocket-Accept"} {
		id := "4.2.2/" + strings.ToLower(strings.TrimPrefix(name, "Sec-WebSocket-"))
		rows = append(rows,
			goodResponse(id+"-name-lower-case", "A response with the name of "+name+" in small letters.",
				instead(name, strings.ToLower(name)+": "+values[name])),
			goodResponse(id+"-name-upper-case", "A response with the name of "+name+" in capitals.",
				instead(name, strings.ToUpper(name)+": "+values[name])),
			goodResponse(id+"-no-space", "A response with no space after the colon of "+name+".", instead(name, name+":"+values[name])),
			badResponse(id+"-folded-answer", "A response in which the value of "+name+" stands on a line of its own, after a space.", conform,
				instead(name, name+":\r\n "+values[name])),
		)
	}
	for _, f := range []struct{ name, line, what string }{
		{"no-colon", "X-Wscheck", "a line without a colon"},
		{"space-before-colon", "X-Wscheck : 1", "a space between the name and the colon of a field"},
		{"name-separator", "X(Wscheck): 1", "parentheses in the name of a field"},
		{"value-nul", "X-Wscheck: a\x00b", "an octet of zero in the value of a field"},
		{"value-cr", "X-Wscheck: a\rb", "a CR without LF in the value of a field"},
		{"value-folded", "X-Wscheck: a\r\n b", "the value of a field over two lines"},
	} {
		rows = append(rows, badResponse("4.1/field-"+f.name, "A response with "+f.what+": "+octetsAs(f.line)+".", conform, plus(f.line)))
	}
	rows = append(rows,
		badResponse("4.1/lf-everywhere", "A response whose lines all end with LF alone.", conform,
			oracle.Handshake{Raw: []byte(strings.ReplaceAll(plainResponse, "\r\n", "\n"))}),
		badResponse("4.1/extensions-empty", "A response with an empty Sec-WebSocket-Extensions.", conform, plus("Sec-WebSocket-Extensions:")),
		badResponse("4.1/subprotocol-empty-answered", "A response with an empty Sec-WebSocket-Protocol.", conform, plus("Sec-WebSocket-Protocol:")),
		goodResponse("4.2.2/fields-unknown", "A response with unknown fields.", plus("X-Wscheck: 1", "x-wscheck-2:", "Server: wscheck")),
		goodResponse("4.2.2/fields-cookies", "A response with ten cookies.", plus(slices.Repeat([]string{"Set-Cookie: a=1; Path=/"}, 10)...)),
		goodResponse("4.2.2/field-not-ascii", "A response with octets above 7F in the value of an unknown field.", plus("X-Wscheck: \xe9\xff\x80")),
		looseResponse("4.2.2/content-length-answered", "A response with Content-Length: 5. A response with status 101 has no body, even if its fields announce one.",
			"such a field has no place there", plus("Content-Length: 5")),
		looseResponse("4.2.2/chunked-answered", "A response with Transfer-Encoding: chunked. A response with status 101 has no body, even if its fields announce one.",
			"such a field has no place there", plus("Transfer-Encoding: chunked")),
		looseResponse("4.2.2/version-answered", "A response with Sec-WebSocket-Version: 13, which has a meaning in refusals alone.",
			"such a field has no place there", plus("Sec-WebSocket-Version: 13")),
	)
	for _, n := range []int{1, 4, 8, 16, 32} {
		rows = append(rows, looseResponse(fmt.Sprintf("4.2.2/field-%dkib", n),
			fmt.Sprintf("A response with an unknown field, of %d KiB.", n), "it limits the size of responses",
			plus("X-Wscheck: "+strings.Repeat("x", n<<10))))
	}
	return rows
}

// responseWire is about how a response gets onto the wire, and frames that
// follow it at once.
func responseWire() []row {
	var rows []row
	for _, n := range []int{1, 3, 64} {
		rows = append(rows, goodResponse(fmt.Sprintf("4.2.2/chop-%d", n),
			"The plain response in pieces of "+count(n, "octet")+", each written apart.", oracle.Handshake{Chop: n}))
	}
	following := func(name, what string, n int, frames ...oracle.Step) row {
		r := goodResponse("4.2.2/with-"+name, "The plain response and, in the same write, "+what+".", oracle.Handshake{WithFrames: true})
		r.wants = "A server may send as soon as it has answered, and the client loses nothing of it. Every message comes back." + thenUsable
		r.steps = append(frames, echoed(n))
		return r
	}
	greet := whole(wsproto.OpText, literal(hello))
	split := declaring(uint64(len(hello)), wsproto.FormMinimal, whole(wsproto.OpText, literal(hello[:3])))
	ping := following("ping", "a ping, and a text message after it", 1, whole(wsproto.OpPing, literal("with response")), greet)
	ping.clauses = with(ping.clauses, pingClauses...)
	closed := following("close", "a close frame (1000)", 0)
	closed.steps, closed.end = []oracle.Step{closing(wsproto.CloseNormal, "")}, oracle.EndAwait
	closed.wants = "The client answers the close frame with one of its own."
	closed.clauses = []oracle.ClauseID{"rfc6455/5.5.1/close-reply"}
	long := string(wsproto.NewFrame(wsproto.OpText, true, bytes.Repeat([]byte("*"), 200)).AppendTo(nil))
	for _, at := range []int{1, 2, 3, 4, 5} {
		rows = append(rows, following(fmt.Sprintf("octets-%d", at),
			fmt.Sprintf("the first %s of a text frame of 200 octets, of whose header there are 4; the rest comes once the client has read that", count(at, "octet")), 1,
			raw(long[:at]), wait(pause, ""), alone(raw(long[at:]))))
	}
	return append(rows,
		following("text", "a text message", 1, greet),
		following("texts", "ten text messages", 10, slices.Repeat([]oracle.Step{greet}, 10)...),
		following("fragments", "a text message in three frames", 1, message(wsproto.OpText, literal(hello), 5)),
		following("half-frame", "the first octets of a text frame, whose rest is written apart", 1, split, alone(more(hello[3:]))),
		ping, closed,
		row{
			id: "5.2/response-twice", roles: AsServer,
			sends: "The plain response, and once the connection is open the same response again: to a WebSocket client that is a frame " +
				"with RSV1, of a close that is not final.",
			wants:   "The second response is not taken for one." + thenFailed,
			also:    []string{"5.5"},
			clauses: []oracle.ClauseID{"rfc6455/5.2/rsv-fail", "rfc6455/5.5/control-fragmented-fail"},
			steps:   []oracle.Step{raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: 5678\r\n\r\n"), ended()},
		},
	)
}
