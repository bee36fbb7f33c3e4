package wsproto_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

// sampleResponse is the response of RFC 6455 1.2 to sampleRequest, line by line.
var sampleResponse = []string{
	"HTTP/1.1 101 Switching Protocols",
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
	"Sec-WebSocket-Protocol: chat",
}

func parseResponse(t *testing.T, text string) *wsproto.Response {
	t.Helper()
	r, n, err := wsproto.ParseResponse([]byte(text))
	if err != nil || n != len(text) {
		t.Fatalf("%q: %d of %d octets, %v", text, n, len(text), err)
	}
	return r
}

// offer is sampleRequest with extensions.
func offer(t *testing.T) *wsproto.Request {
	return parseRequest(t, message(sampleRequest, set("Sec-WebSocket-Extensions",
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, foo", "Sec-WebSocket-Extensions: bar")))
}

func TestCheckResponseConforming(t *testing.T) {
	tests := []struct {
		name  string
		edits []edit
	}{
		{"RFC 6455 1.2", nil},
		{"no subprotocol", []edit{set("Sec-WebSocket-Protocol")}},
		{"the other subprotocol", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: superchat")}},
		{"names in lower case", []edit{set("Upgrade", "upgrade: websocket"), set("Connection", "connection: upgrade"),
			set("Sec-WebSocket-Accept", "sec-websocket-accept: "+sampleAccept), set("Sec-WebSocket-Protocol", "sec-websocket-protocol: chat")}},
		{"tokens in other cases", []edit{set("Upgrade", "Upgrade: WebSocket"), set("Connection", "Connection: UPGRADE")}},
		{"no white space", []edit{set("Upgrade", "Upgrade:websocket"), set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept:"+sampleAccept)}},
		{"much white space", []edit{set("Upgrade", "Upgrade: \twebsocket \t"), set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept:\t "+sampleAccept+" "),
			set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:   chat\t")}},
		{"Connection list", []edit{set("Connection", "Connection: keep-alive, Upgrade")}},
		{"Connection in two fields", []edit{set("Connection", "Connection: Upgrade", "Connection: keep-alive")}},
		{"Upgrade twice", []edit{set("Upgrade", "Upgrade: websocket", "Upgrade: websocket")}},
		{"empty reason", []edit{set("HTTP", "HTTP/1.1 101 ")}},
		{"other reason", []edit{set("HTTP", "HTTP/1.1 101 Web Socket Protocol Handshake")}},
		{"reason of other octets", []edit{set("HTTP", "HTTP/1.1 101 \xe9a\tva ?")}},
		{"higher version", []edit{set("HTTP", "HTTP/1.2 101 OK")}},
		{"an extension", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: permessage-deflate")}},
		{"an extension with other parameters", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;x=\"y\"")}},
		{"an extension in upper case", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: FOO")}},
		{"extensions in a list", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: bar, foo,permessage-deflate")}},
		{"extensions in fields", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo", "Sec-WebSocket-Extensions: bar")}},
		{"version", []edit{set("Sec-WebSocket-Version", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8, 7")}},
		{"other fields", []edit{set("X", "Date: Mon, 20 Nov 2023 00:00:00 GMT", "Server: x/1 (y)", "Set-Cookie: a=b", "Set-Cookie: c=d", "X-Empty:", "Content-Length: 0")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := parseResponse(t, message(sampleResponse, test.edits...))
			checkKinds(t, wsproto.CheckResponse(r, offer(t)))
			checkKinds(t, wsproto.CheckResponse(r, nil))
		})
	}
}

func TestCheckResponseBuilt(t *testing.T) {
	req := wsproto.NewRequest("localhost:9001", "/", sampleKey)
	resp := wsproto.NewResponse(sampleKey)
	checkKinds(t, wsproto.CheckResponse(resp, req))
	checkKinds(t, wsproto.CheckResponse(parseResponse(t, string(resp.AppendTo(nil))), req))
	resp.Reason = ""
	checkKinds(t, wsproto.CheckResponse(resp, req))
	checkKinds(t, wsproto.CheckResponse(&wsproto.Response{}, req), problem.ResponseVersion, problem.StatusNot101)
}

var responseProblems = []problemCase{
	{problem.StartLine, "CRLF first", []edit{set("HTTP", "", "HTTP/1.1 101 OK")}},
	{problem.StartLine, "no space after the status", []edit{set("HTTP", "HTTP/1.1 101")}},
	{problem.StartLine, "control octet in the reason", []edit{set("HTTP", "HTTP/1.1 101 \x00")}},
	{problem.StartLine, "CR in the reason", []edit{set("HTTP", "HTTP/1.1 101 OK\r")}},
	{problem.ResponseVersion, "1.0", []edit{set("HTTP", "HTTP/1.0 101 OK")}},
	{problem.ResponseVersion, "malformed", []edit{set("HTTP", "HTTP/11 101 OK")}},
	{problem.ResponseVersion, "lower case", []edit{set("HTTP", "http/1.1 101 OK")}},
	{problem.StatusNot101, "200", []edit{set("HTTP", "HTTP/1.1 200 OK")}},
	{problem.StatusNot101, "400 and nothing else", []edit{set("HTTP", "HTTP/1.1 400 Bad Request"), set("Upgrade"), set("Connection"), set("Sec")}},
	{problem.StatusNot101, "100", []edit{set("HTTP", "HTTP/1.1 100 Continue"), set("Sec")}},
	{problem.StatusNot101, "426", []edit{set("HTTP", "HTTP/1.1 426 Upgrade Required"), set("Sec", "Sec-WebSocket-Version: 13")}},
	{problem.UpgradeMissing, "no field", []edit{set("Upgrade")}},
	{problem.UpgradeToken, "empty", []edit{set("Upgrade", "Upgrade:")}},
	{problem.UpgradeToken, "another", []edit{set("Upgrade", "Upgrade: h2c")}},
	{problem.UpgradeToken, "another as well", []edit{set("Upgrade", "Upgrade: websocket, h2c")}},
	{problem.UpgradeToken, "another in a second field", []edit{set("Upgrade", "Upgrade: websocket", "Upgrade: h2c")}},
	{problem.ConnectionMissing, "no field", []edit{set("Connection")}},
	{problem.ConnectionToken, "keep-alive", []edit{set("Connection", "Connection: keep-alive")}},
	{problem.ConnectionToken, "websocket", []edit{set("Connection", "Connection: websocket")}},
	{problem.AcceptMissing, "no field", []edit{set("Sec-WebSocket-Accept")}},
	{problem.AcceptRepeated, "the same twice", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+sampleAccept, "Sec-WebSocket-Accept: "+sampleAccept)}},
	{problem.AcceptWrong, "empty", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept:")}},
	{problem.AcceptWrong, "the key itself", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+sampleKey)}},
	{problem.AcceptWrong, "other case", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+strings.ToLower(sampleAccept))}},
	{problem.AcceptWrong, "no padding", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+strings.TrimRight(sampleAccept, "="))}},
	{problem.AcceptWrong, "more after it", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+sampleAccept+", x")}},
	{problem.AcceptWrong, "for the key as corrected of RFC 6455 4.1", []edit{set("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: "+wsproto.AcceptKey("AQIDBAUGBwgJCgsMDQ4PEA=="))}},
	{problem.ProtocolSyntax, "empty", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol:")}},
	{problem.ProtocolSyntax, "two of them", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat, superchat")}},
	{problem.ProtocolRepeated, "two of them", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat")}},
	{problem.ProtocolNotOffered, "another", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: mqtt")}},
	{problem.ProtocolNotOffered, "other case", []edit{set("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: Chat")}},
	{problem.ExtensionSyntax, "no name", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: ; foo")}},
	{problem.ExtensionSyntax, "quoted value that is not a token", []edit{set("Sec-WebSocket-Extensions", `Sec-WebSocket-Extensions: foo; a="b c"`)}},
	{problem.ExtensionEmpty, "empty", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: ")}},
	{problem.ExtensionNotOffered, "another", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: baz")}},
	{problem.ExtensionNotOffered, "one of two", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo, x-webkit-deflate-frame")}},
	{problem.ExtensionNotOffered, "a parameter as an extension", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: client_max_window_bits")}},
	{problem.FieldName, "space before the colon", []edit{set("X", "X-Test : a")}},
	{problem.FieldValue, "NUL", []edit{set("X", "X-Test: \x00")}},
	{problem.FieldFolded, "space", []edit{set("X", "X-Test: a\r\n b")}},
	{problem.LineEnding, "field", []edit{set("X", "X-Test: a\nX-Test: b")}},
}

func TestCheckResponseProblems(t *testing.T) {
	// These depend on the request.
	relative := map[wsproto.ProblemKind]bool{
		problem.AcceptWrong: true, problem.ProtocolNotOffered: true, problem.ExtensionNotOffered: true,
	}
	for _, test := range responseProblems {
		t.Run(test.kind.String()+"/"+test.name, func(t *testing.T) {
			r := parseResponse(t, message(sampleResponse, test.edits...))
			checkKinds(t, wsproto.CheckResponse(r, offer(t)), test.kind)
			if relative[test.kind] {
				checkKinds(t, wsproto.CheckResponse(r, nil))
			} else {
				checkKinds(t, wsproto.CheckResponse(r, nil), test.kind)
			}
		})
	}
}

// Of a response that is no handshake, only the syntax is looked at.
func TestCheckResponseRefusalSyntax(t *testing.T) {
	r := parseResponse(t, "HTTP/1.1 abc\r\nUpgrade : h2c\r\nX: \x00\r\n\r\n")
	checkKinds(t, wsproto.CheckResponse(r, nil),
		problem.StatusNot101, problem.StartLine, problem.FieldName, problem.FieldValue)
}

// Where the request offered nothing, nothing can be chosen; where it is wrong in
// itself, the response is not blamed for it.
func TestCheckResponseToOtherRequests(t *testing.T) {
	resp := parseResponse(t, message(sampleResponse, set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo")))
	tests := []struct {
		name  string
		edits []edit
		want  []wsproto.ProblemKind
	}{
		{"nothing offered", []edit{set("Sec-WebSocket-Protocol")},
			[]wsproto.ProblemKind{problem.ProtocolNotOffered, problem.ExtensionNotOffered}},
		{"another key", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo")},
			[]wsproto.ProblemKind{problem.AcceptWrong}},
		{"two keys", []edit{set("Sec-WebSocket-Key", "Sec-WebSocket-Key: a", "Sec-WebSocket-Key: b"), set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo")}, nil},
		{"no key", []edit{set("Sec-WebSocket-Key"), set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: foo")}, nil},
		{"extensions that do not parse", []edit{set("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions: ;")}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkKinds(t, wsproto.CheckResponse(resp, parseRequest(t, message(sampleRequest, test.edits...))), test.want...)
		})
	}
}

// The key is hashed as it is, whether or not it is what a key should be.
func TestCheckResponseToOddKeys(t *testing.T) {
	for _, key := range []string{"", "short", strings.Repeat("k", 5000), "\xff"} {
		req := wsproto.NewRequest("a", "/", key)
		checkKinds(t, wsproto.CheckResponse(wsproto.NewResponse(key), req))
	}
}
