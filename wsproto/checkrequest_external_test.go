package wsproto_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

// sampleRequest is the request of RFC 6455 1.2, line by line.
var sampleRequest = []string{
	"GET /chat HTTP/1.1",
	"Host: server.example.com",
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
	"Origin: http://example.com",
	"Sec-WebSocket-Protocol: chat, superchat",
	"Sec-WebSocket-Version: 13",
}

// edit is a change to lines: every line that begins with prefix (the name of a
// field, or the start line's first word) is replaced. Without any, the new lines
// are added at the end; without new lines, it is taken away.
type edit struct {
	prefix string
	lines  []string
}

func set(prefix string, lines ...string) edit { return edit{prefix, lines} }

// message returns the lines, edited, as the text of a message.
func message(lines []string, edits ...edit) string {
	lines = slices.Clone(lines)
	for _, e := range edits {
		at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, e.prefix) })
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, e.prefix) })
		if at < 0 {
			at = len(lines)
		}
		lines = slices.Insert(lines, at, e.lines...)
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

func parseRequest(t *testing.T, text string) *wsproto.Request {
	t.Helper()
	r, n, err := wsproto.ParseRequest([]byte(text))
	if err != nil || n != len(text) {
		t.Fatalf("%q: %d of %d octets, %v", text, n, len(text), err)
	}
	return r
}

// checkKinds compares problems with what was wanted. Every detail has to say
// something, in one line of printable characters.
func checkKinds(t *testing.T, problems []wsproto.Problem, want ...wsproto.ProblemKind) {
	t.Helper()
	var got []wsproto.ProblemKind
	for _, p := range problems {
		got = append(got, p.Kind)
		if p.Detail == "" || len(p.Detail) > 400 || strings.ContainsFunc(p.Detail, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd }) {
			t.Errorf("%v: detail %q", p.Kind, p.Detail)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v\n%v", got, want, problems)
	}
}

func TestCheckRequestConforming(t *testing.T) {
	tests := []struct {
		name  string
		edits []edit
	}{
		{"RFC 6455 1.2", nil},
		{"the least", []edit{set("Origin"), set("Sec-WebSocket-Protocol")}},
		{"names in lower case", []edit{set("Host", "host: a"), set("Upgrade", "upgrade: websocket"), set("Connection", "connection: Upgrade"),
			set("Sec-WebSocket-Key", "sec-websocket-key: "+sampleKey), set("Sec-WebSocket-Version", "sec-websocket-version: 13")}},
		{"names in upper case", []edit{set("Upgrade", "UPGRADE: websocket"), set("Sec-WebSocket-Key", "SEC-WEBSOCKET-KEY: "+sampleKey)}},
		{"tokens in other cases", []edit{set("Upgrade", "Upgrade: WebSocket"), set("Connection", "Connection: upGRADE")}},
		{"no white space", []edit{set("Upgrade", "Upgrade:websocket"), set("Host", "Host:a")}},
		{"much white space", []edit{set("Upgrade", "Upgrade: \t websocket\t "), set("Sec-WebSocket-Version", "Sec-WebSocket-Version:  13 "),
			set("Sec-WebSocket-Key", "Sec-WebSocket-Key:\t"+sampleKey+"\t")}},
		{"Connection list", []edit{set("Connection", "Connection: keep-alive, Upgrade")}},
		{"Connection in two fields", []edit{set("Connection", "Connection: keep-alive", "Connection: upgrade")}},
		{"Connection list without spaces", []edit{set("Connection", "Connection: Upgrade,keep-alive,,HTTP2-Settings")}},
		{"Upgrade list", []edit{set("Upgrade", "Upgrade: h2c, websocket, IRC/6.9")}},
		{"Upgrade in two fields", []edit{set("Upgrade", "Upgrade: h2c", "Upgrade: websocket")}},
		{"higher minor version", []edit{set("GET", "GET /chat HTTP/1.2")}},
		{"higher major version", []edit{set("GET", "GET /chat HTTP/2.0")}},
		{"root", []edit{set("GET", "GET / HTTP/1.1")}},
		{"query", []edit{set("GET", "GET /chat?a=1&b=/c?d HTTP/1.1")}},
		{"query alone in a path of nothing", []edit{set("GET", "GET /?x HTTP/1.1")}},
		{"escapes and sub-delimiters", []edit{set("GET", "GET /%c3%a9;a=b/(c)!$&'*+,@:~ HTTP/1.1")}},
		{"characters browsers send", []edit{set("GET", "GET /a|b?{c}^[d]`e HTTP/1.1")}},
		{"double slash", []edit{set("GET", "GET //chat HTTP/1.1")}},
		{"absolute http", []edit{set("GET", "GET http://server.example.com/chat HTTP/1.1")}},
		{"absolute https, port, no path", []edit{set("GET", "GET HTTPS://server.example.com:8443 HTTP/1.1")}},
		{"absolute with a query and no path", []edit{set("GET", "GET http://a?b HTTP/1.1")}},
		{"host with a port", []edit{set("Host", "Host: server.example.com:8080")}},
		{"host with an empty port", []edit{set("Host", "Host: server.example.com:")}},
		{"IPv4", []edit{set("Host", "Host: 127.0.0.1:9001")}},
		{"IPv6", []edit{set("Host", "Host: [::1]")}},
		{"IPv6 with a port", []edit{set("Host", "Host: [2001:db8::1%25eth0]:9001")}},
		{"odd reg-name", []edit{set("Host", "Host: under_score.%41!$&'()*+,;=~")}},
		{"key of zeros", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")}},
		{"key with plus and slash", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: /+/+/+/+/+/+/+/+/+/+/w==")}},
		{"the key of RFC 6455 4.1 as corrected", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==")}},
		{"null origin", []edit{set("Origin", "Origin: null")}},
		{"subprotocols in fields", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat")}},
		{"subprotocols with empty elements", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: ,chat ,\t, superchat,")}},
		{"subprotocols that differ in case", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat, Chat")}},
		{"subprotocol of odd characters", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: v1.json!#$%&'*+-.^_`|~")}},
		{"extensions", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, foo")}},
		{"extensions in fields", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Extensions: foo; a=\"b\"")}},
		{"the same extension twice", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover, permessage-deflate")}},
		{"an empty extensions field among others", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions:", "Sec-WebSocket-Extensions: foo")}},
		{"other fields", []edit{set("X", "X-Empty:", "X-Tab: a\tb", "X-Octets: \xff\x80", "Cookie: a=b; c=d", "!#$%&'*+-.^_`|~09: x", "X-Empty:")}},
		{"a body of no octets", []edit{set("X", "Content-Length: 0")}},
		{"fields in another order", []edit{set("Host"), set("Z", "Host: a")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkKinds(t, wsproto.CheckRequest(parseRequest(t, message(sampleRequest, test.edits...))))
		})
	}
}

func TestCheckRequestBuilt(t *testing.T) {
	r := wsproto.NewRequest("localhost:9001", "/", sampleKey)
	checkKinds(t, wsproto.CheckRequest(r))
	checkKinds(t, wsproto.CheckRequest(parseRequest(t, string(r.AppendTo(nil)))))

	r.Fields = append(r.Fields, wsproto.Field{Name: "X", Value: "a\r\nb"}, wsproto.Field{Name: "", Value: "x"})
	checkKinds(t, wsproto.CheckRequest(r), problem.FieldValue, problem.FieldName)
	checkKinds(t, wsproto.CheckRequest(&wsproto.Request{}),
		problem.MethodNotGET, problem.HTTPVersion, problem.TargetForm, problem.HostMissing, problem.UpgradeMissing,
		problem.ConnectionMissing, problem.KeyMissing, problem.VersionMissing)
}

// problemCase is a message with one problem.
type problemCase struct {
	kind  wsproto.ProblemKind
	name  string
	edits []edit
}

var requestProblems = []problemCase{
	{problem.StartLine, "CRLF first", []edit{set("GET", "", "GET / HTTP/1.1")}},
	{problem.StartLine, "two CRLF first", []edit{set("GET", "", "", "GET / HTTP/1.1")}},
	{problem.MethodNotGET, "POST", []edit{set("GET", "POST / HTTP/1.1")}},
	{problem.MethodNotGET, "lower case", []edit{set("GET", "get / HTTP/1.1")}},
	{problem.MethodNotGET, "CONNECT", []edit{set("GET", "CONNECT /chat HTTP/1.1")}},
	{problem.MethodNotGET, "no token", []edit{set("GET", "GET\x00 / HTTP/1.1")}},
	{problem.HTTPVersion, "1.0", []edit{set("GET", "GET / HTTP/1.0")}},
	{problem.HTTPVersion, "0.9", []edit{set("GET", "GET / HTTP/0.9")}},
	{problem.HTTPVersion, "lower case", []edit{set("GET", "GET / http/1.1")}},
	{problem.HTTPVersion, "two digits", []edit{set("GET", "GET / HTTP/1.10")}},
	{problem.HTTPVersion, "no minor", []edit{set("GET", "GET / HTTP/1")}},
	{problem.HTTPVersion, "a space after it", []edit{set("GET", "GET / HTTP/1.1 ")}},
	{problem.HTTPVersion, "no digits", []edit{set("GET", "GET / HTTP/x.y")}},
	{problem.HTTPVersion, "a comma", []edit{set("GET", "GET / HTTP/1,1")}},
	{problem.TargetForm, "none", []edit{set("GET", "GET HTTP/1.1")}},
	{problem.TargetForm, "empty", []edit{set("GET", "GET  HTTP/1.1")}},
	{problem.TargetForm, "no slash", []edit{set("GET", "GET chat HTTP/1.1")}},
	{problem.TargetForm, "asterisk", []edit{set("GET", "GET * HTTP/1.1")}},
	{problem.TargetForm, "authority", []edit{set("GET", "GET a:80 HTTP/1.1")}},
	{problem.TargetForm, "ws URI", []edit{set("GET", "GET ws://a/chat HTTP/1.1")}},
	{problem.TargetForm, "no authority", []edit{set("GET", "GET http:///chat HTTP/1.1")}},
	{problem.TargetForm, "query without a path", []edit{set("GET", "GET ?a HTTP/1.1")}},
	{problem.TargetForm, "fragment", []edit{set("GET", "GET /chat#here HTTP/1.1")}},
	{problem.TargetForm, "fragment of a URI", []edit{set("GET", "GET http://a/#here HTTP/1.1")}},
	{problem.TargetForm, "space", []edit{set("GET", "GET /a b HTTP/1.1")}},
	{problem.TargetForm, "two spaces before it", []edit{set("GET", "GET  / HTTP/1.1")}},
	{problem.TargetForm, "tab", []edit{set("GET", "GET /\t HTTP/1.1")}},
	{problem.TargetForm, "NUL", []edit{set("GET", "GET /\x00 HTTP/1.1")}},
	{problem.TargetForm, "UTF-8", []edit{set("GET", "GET /é HTTP/1.1")}},
	{problem.HostMissing, "no field", []edit{set("Host")}},
	{problem.HostRepeated, "the same twice", []edit{set("Host", "Host: a", "host: a")}},
	{problem.HostInvalid, "empty", []edit{set("Host", "Host:")}},
	{problem.HostInvalid, "port alone", []edit{set("Host", "Host: :80")}},
	{problem.HostInvalid, "port in words", []edit{set("Host", "Host: a:http")}},
	{problem.HostInvalid, "two ports", []edit{set("Host", "Host: a:80:80")}},
	{problem.HostInvalid, "URI", []edit{set("Host", "Host: http://a")}},
	{problem.HostInvalid, "path", []edit{set("Host", "Host: a/b")}},
	{problem.HostInvalid, "user", []edit{set("Host", "Host: user@a")}},
	{problem.HostInvalid, "space", []edit{set("Host", "Host: a b")}},
	{problem.HostInvalid, "bare IPv6", []edit{set("Host", "Host: ::1")}},
	{problem.HostInvalid, "unclosed IPv6", []edit{set("Host", "Host: [::1")}},
	{problem.HostInvalid, "empty brackets", []edit{set("Host", "Host: []")}},
	{problem.HostInvalid, "after the bracket", []edit{set("Host", "Host: [::1]80")}},
	{problem.HostInvalid, "UTF-8", []edit{set("Host", "Host: é.example")}},
	{problem.UpgradeMissing, "no field", []edit{set("Upgrade")}},
	{problem.UpgradeToken, "empty", []edit{set("Upgrade", "Upgrade:")}},
	{problem.UpgradeToken, "another", []edit{set("Upgrade", "Upgrade: h2c")}},
	{problem.UpgradeToken, "with a version", []edit{set("Upgrade", "Upgrade: websocket/13")}},
	{problem.UpgradeToken, "two words", []edit{set("Upgrade", "Upgrade: websocket h2c")}},
	{problem.UpgradeToken, "quoted", []edit{set("Upgrade", `Upgrade: "websocket"`)}},
	{problem.UpgradeToken, "hyphen", []edit{set("Upgrade", "Upgrade: web-socket")}},
	{problem.ConnectionMissing, "no field", []edit{set("Connection")}},
	{problem.ConnectionToken, "empty", []edit{set("Connection", "Connection:")}},
	{problem.ConnectionToken, "another", []edit{set("Connection", "Connection: keep-alive")}},
	{problem.ConnectionToken, "close", []edit{set("Connection", "Connection: close", "Connection: Upgraded")}},
	{problem.ConnectionToken, "semicolon", []edit{set("Connection", "Connection: keep-alive; Upgrade")}},
	{problem.KeyMissing, "no field", []edit{set("Sec-WebSocket-Key")}},
	{problem.KeyRepeated, "twice", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: "+sampleKey, "Sec-WebSocket-Key: "+sampleKey)}},
	{problem.KeyEncoding, "no base64", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: not base64!")}},
	{problem.KeyEncoding, "no padding", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ")}},
	{problem.KeyEncoding, "half of the padding", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=")}},
	{problem.KeyEncoding, "more padding", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===")}},
	{problem.KeyEncoding, "URL alphabet", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: _-_-_-_-_-_-_-_-_-_-_w==")}},
	{problem.KeyEncoding, "space within", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ==")}},
	{problem.KeyEncoding, "quoted", []edit{set("Sec-WebSocket-Key", `Sec-WebSocket-Key: "`+sampleKey+`"`)}},
	{problem.KeyEncoding, "pad bits, as in RFC 6455 4.1", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==")}},
	{problem.KeyLength, "empty", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key:")}},
	{problem.KeyLength, "15 octets", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA")}},
	{problem.KeyLength, "17 octets", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=")}},
	{problem.KeyLength, "18 octets", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA")}},
	{problem.VersionMissing, "no field", []edit{set("Sec-WebSocket-Version")}},
	{problem.VersionRepeated, "twice", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8")}},
	{problem.VersionUnsupported, "empty", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version:")}},
	{problem.VersionUnsupported, "8", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8")}},
	{problem.VersionUnsupported, "list", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13, 8")}},
	{problem.VersionUnsupported, "leading zero", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version: 013")}},
	{problem.OriginRepeated, "twice", []edit{set("Origin", "Origin: http://a", "Origin: http://a")}},
	{problem.ProtocolSyntax, "empty", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:")}},
	{problem.ProtocolSyntax, "commas alone", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: , ,")}},
	{problem.ProtocolSyntax, "space", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat room")}},
	{problem.ProtocolSyntax, "slash", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat/1.0")}},
	{problem.ProtocolSyntax, "quoted", []edit{set("Sec-WebSocket-Protocol", `Sec-WebSocket-Protocol: "chat"`)}},
	{problem.ProtocolSyntax, "UTF-8", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: ch\u00e4t")}},
	{problem.ProtocolDuplicate, "in one field", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat, a, chat")}},
	{problem.ProtocolDuplicate, "in two fields", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: chat")}},
	{problem.ExtensionSyntax, "no parameter", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo;")}},
	{problem.ExtensionSyntax, "in the second field", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo", "Sec-WebSocket-Extensions: a b")}},
	{problem.ExtensionEmpty, "empty", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions:")}},
	{problem.ExtensionEmpty, "commas alone", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: ,", "Sec-WebSocket-Extensions:")}},
	{problem.FieldName, "space before the colon", []edit{set("X", "X-Test : a")}},
	{problem.FieldName, "tab before the colon", []edit{set("X", "X-Test\t: a")}},
	{problem.FieldName, "no colon", []edit{set("X", "X-Test")}},
	{problem.FieldName, "no name", []edit{set("X", ": a")}},
	{problem.FieldName, "separator in the name", []edit{set("X", "X(Test): a")}},
	{problem.FieldName, "NUL in the name", []edit{set("X", "X\x00Test: a")}},
	{problem.FieldName, "UTF-8 in the name", []edit{set("X", "X-Tést: a")}},
	{problem.FieldName, "space before the first field", []edit{set("GET", "GET / HTTP/1.1", " X: a")}},
	{problem.FieldValue, "NUL", []edit{set("X", "X-Test: a\x00b")}},
	{problem.FieldValue, "CR within", []edit{set("X", "X-Test: a\rb")}},
	{problem.FieldValue, "CR at the end", []edit{set("X", "X-Test: a\r")}},
	{problem.FieldValue, "DEL", []edit{set("X", "X-Test: \x7f")}},
	{problem.FieldValue, "escape", []edit{set("X", "X-Test: \x1b[31m")}},
	{problem.FieldFolded, "space", []edit{set("X", "X-Test: a\r\n b")}},
	{problem.FieldFolded, "tab", []edit{set("X", "X-Test:\r\n\ta")}},
	{problem.FieldFolded, "an Upgrade list", []edit{set("Upgrade", "Upgrade: h2c,\r\n websocket")}},
	{problem.LineEnding, "start line", []edit{set("GET", "GET / HTTP/1.1\nX: a")}},
	{problem.LineEnding, "field", []edit{set("X", "X-Test: a\nX-Test: b")}},
	{problem.LineEnding, "last line", []edit{set("X", "X-Test: a\r\n\n")}},
}

func TestCheckRequestProblems(t *testing.T) {
	for _, test := range requestProblems {
		t.Run(test.kind.String()+"/"+test.name, func(t *testing.T) {
			text := message(sampleRequest, test.edits...)
			// An edit may end the fields in a way of its own.
			if fields, _, ok := strings.Cut(text, "\r\n\n"); ok {
				text = fields + "\r\n\n"
			}
			checkKinds(t, wsproto.CheckRequest(parseRequest(t, text)), test.kind)
		})
	}
}

func TestCheckRequestFloodOfProblems(t *testing.T) {
	flood := strings.Repeat("a: \x00\n b\nc\n", 4000)
	text := message(sampleRequest, set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: "+strings.Repeat("(,", 1000)),
		set("GET", "GET /"+strings.Repeat("#", 1000)+" HTTP/1.1"), set("X", "X: a\n"+flood+"X: b"))
	checkKinds(t, wsproto.CheckRequest(parseRequest(t, text)),
		problem.TargetForm, problem.LineEnding, problem.FieldName, problem.FieldValue, problem.FieldFolded,
		problem.ProtocolSyntax, problem.ProtocolDuplicate)
}
