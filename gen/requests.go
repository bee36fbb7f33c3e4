package gen

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// plainRequest is the request of a zero [oracle.Handshake].
const plainRequest = "GET ${target} HTTP/1.1\r\nHost: ${authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n"

// requestSyntax is the clause for what HTTP does not allow either.
const requestSyntax = "rfc6455/4.2.1/syntax"

// requests are our opening handshakes as the client.
var requests = newVariants(
	[]opening{right("plain", oracle.Handshake{})},
	requestLines(), requestFields(), requestKeys(), requestVersions(), requestSubprotocols(), requestOctets(),
)

// requestLines have another first line (RFC 6455 4.1, 4.2.1).
func requestLines() []opening {
	all := []opening{
		right("target-absolute", oracle.Handshake{Target: "http://${authority}${target}"}),
		loose("target-query", oracle.Handshake{Target: "${target}?a=1&b=%20&c"}),
		loose("target-long", oracle.Handshake{Target: "${target}?" + strings.Repeat("a", 1000)}),
		loose("http-1.2", oracle.Handshake{Proto: "HTTP/1.2"}),
	}
	for _, m := range []string{"POST", "HEAD", "OPTIONS", "GETS", "get", "Get"} {
		all = append(all, bad("method-"+m, "rfc6455/4.2.1/method-get", oracle.Handshake{Method: m}))
	}
	all = append(all, bad("method-CONNECT", "rfc6455/4.2.1/method-get", oracle.Handshake{Method: "CONNECT", Target: "${authority}"}))
	for _, v := range []string{"1.0", "0.9", "1", "11"} {
		all = append(all, bad("http-"+v, "rfc6455/4.2.1/http-version", oracle.Handshake{Proto: "HTTP/" + v}))
	}
	for _, t := range [][2]string{
		{"asterisk", "*"}, {"ws", "ws://${authority}${target}"}, {"relative", "chat"}, {"fragment", "${target}#top"},
		{"nul", "${target}?\x00"}, {"not-ascii", "${target}?\xc3\xa9"},
	} {
		all = append(all, bad("target-"+t[0], "rfc6455/4.2.1/request-uri", oracle.Handshake{Target: t[1]}))
	}
	return all
}

// requestFields have the fields other than those that have a function of their
// own below (RFC 6455 4.2.1).
func requestFields() []opening {
	const host, upgrade, connection = "rfc6455/4.2.1/host-valid", "rfc6455/4.2.1/upgrade", "rfc6455/4.2.1/connection"
	var all []opening
	for _, f := range []field{
		{"Host", "${authority}", "rfc6455/4.2.1/host"},
		{"Upgrade", "websocket", upgrade},
		{"Connection", "Upgrade", connection},
		{"Sec-WebSocket-Key", "${key}", "rfc6455/4.2.1/key"},
		{"Sec-WebSocket-Version", "13", "rfc6455/4.2.1/version"},
	} {
		all = append(all, f.forms(requestSyntax)...)
	}
	return slices.Concat(all,
		valued("Upgrade", "", rightly, [][2]string{
			{"capitals", "WEBSOCKET"}, {"list-first", "websocket, wscheck"}, {"list-last", "wscheck/1.0,websocket"}, {"empty-elements", ", websocket ,,"},
		}),
		valued("Upgrade", upgrade, bad, [][2]string{
			{"other", "wscheck"}, {"plural", "websockets"}, {"prefix", "websocke"}, {"kelvin", "websoc\xe2\x84\xaaet"}, {"empty", ""},
		}),
		valued("Connection", "", rightly, [][2]string{
			{"lower-case", "upgrade"}, {"capitals", "UPGRADE"}, {"list-first", "Upgrade, keep-alive"}, {"list-last", "keep-alive,Upgrade"},
			{"empty-elements", ",, Upgrade ,"}, {"first-line", "Upgrade\r\nConnection: keep-alive"}, {"second-line", "keep-alive\r\nConnection: Upgrade"},
		}),
		valued("Connection", connection, bad, [][2]string{
			{"keep-alive", "keep-alive"}, {"close", "close"}, {"longer", "Upgraded"}, {"within", "keep-alive, not-upgrade"}, {"semicolon", "keep-alive; Upgrade"},
			{"empty", ""},
		}),
		valued("Host", "", loosely, [][2]string{{"other", "wscheck.example"}, {"ipv6", "[2001:db8::1]:9001"}}),
		valued("Host", host, bad, [][2]string{
			{"list", "${authority}, ${authority}"}, {"user", "user@${authority}"}, {"path", "${authority}/path"}, {"space", "wscheck example"}, {"empty", ""},
		}),
		[]opening{
			bad("host-twice", host, plus("Host: ${authority}")),
			bad("host-two", host, plus("Host: wscheck.example")),
			right("host-capitals", instead("Host", "Host: ${authority-upper}")),
			right("upgrade-twice", plus("Upgrade: websocket")),
			right("fields-unknown", plus("X-Wscheck: 1", "x-wscheck-2:", "Cookie: a=1; b=2")),
			loose("origin", plus("Origin: http://wscheck.example")),
			loose("field-8kib", plus("X-Wscheck: "+strings.Repeat("x", 8<<10))),
			bad("origin-twice", requestSyntax, plus("Origin: http://a.example", "Origin: http://b.example")),
			bad("field-no-colon", requestSyntax, plus("X-Wscheck")),
			bad("field-space-before-colon", requestSyntax, plus("X-Wscheck : 1")),
			bad("field-name-separator", requestSyntax, plus("X(Wscheck): 1")),
			bad("field-value-nul", requestSyntax, plus("X-Wscheck: a\x00b")),
			bad("field-value-cr", requestSyntax, plus("X-Wscheck: a\rb")),
			bad("field-value-folded", requestSyntax, plus("X-Wscheck: a\r\n b")),
		})
}

// encoded is a key or accept value of n equal octets.
func encoded(n int, octet byte) string {
	return base64.StdEncoding.EncodeToString(slices.Repeat([]byte{octet}, n))
}

// requestKeys are about Sec-WebSocket-Key (RFC 6455 4.1, 4.2.1, 11.3.1).
func requestKeys() []opening {
	const valid = "rfc6455/4.2.1/key-valid"
	var all []opening
	for _, octet := range []byte{0, 0xff, 0xfb} {
		all = append(all, right(fmt.Sprintf("key-of-%02x", octet), oracle.Handshake{Key: encoded(16, octet)}))
	}
	for _, n := range []int{1, 15, 17, 32} {
		all = append(all, bad(fmt.Sprintf("key-%d-octets", n), valid, oracle.Handshake{Key: encoded(n, 'k')}))
	}
	for _, k := range [][2]string{
		{"not-base64", "0123456789abcdef!!!!!!=="}, {"url-alphabet", "-_-_-_-_-_-_-_-_-_-_-g=="}, {"unpadded", "dGhlIHNhbXBsZSBub25jZQ"},
		{"pad-bits", "dGhlIHNhbXBsZSBub25jZR=="}, {"16-letters", "sixteen.letters."},
	} {
		all = append(all, bad("key-"+k[0], valid, oracle.Handshake{Key: k[1]}))
	}
	return append(all,
		bad("key-empty", "rfc6455/4.2.1/key", instead("Sec-WebSocket-Key", "Sec-WebSocket-Key:")),
		bad("key-twice", valid, plus("Sec-WebSocket-Key: ${key}")),
		bad("key-two", valid, plus("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")))
}

// requestVersions are about Sec-WebSocket-Version (RFC 6455 4.2.1, 4.4, 11.3.5).
func requestVersions() []opening {
	const version = "rfc6455/4.2.1/version"
	var all []opening
	for _, v := range []string{"0", "7", "8"} {
		o := bad("version-"+v, "rfc6455/4.2.1/version-draft", oracle.Handshake{Version: v})
		o.clauses = append(o.clauses, "rfc6455/4.2.2/version-advertised")
		all = append(all, o)
	}
	for _, v := range []string{"9", "12", "14", "99", "255", "256", "269", "013", "+13", "13.0", "0x0d", "thirteen", "18446744073709551629"} {
		o := bad("version-"+v, version, oracle.Handshake{Version: v})
		o.clauses = append(o.clauses, "rfc6455/4.2.2/version-advertised")
		all = append(all, o)
	}
	return append(all,
		bad("version-empty", version, instead("Sec-WebSocket-Version", "Sec-WebSocket-Version:")),
		bad("version-twice", requestSyntax, plus("Sec-WebSocket-Version: 13")),
		bad("version-13-and-8", requestSyntax, plus("Sec-WebSocket-Version: 8")),
		bad("version-8-and-13", version, instead("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13")))
}

// requestSubprotocols offer subprotocols (RFC 6455 4.1). The first are among
// those that endpoints commonly know.
func requestSubprotocols() []opening {
	const name = "Sec-WebSocket-Protocol"
	all := []opening{
		loose("subprotocol-two-fields", plus(name+": chat", name+": superchat")),
	}
	for _, p := range [][]string{{"chat"}, {"chat", "superchat"}, {"superchat", "wscheck"}, {"wscheck"}, {"CHAT", "chat"}} {
		all = append(all, loose("subprotocol-"+strings.Join(p, "-"), oracle.Handshake{Subprotocols: p}))
	}
	for _, p := range [][2]string{
		{"empty", ""}, {"repeated", "chat, other, chat"}, {"space", "wscheck a"}, {"slash", "wscheck/1"}, {"quoted", `"wscheck"`},
	} {
		all = append(all, bad("subprotocol-"+p[0], requestSyntax, plus(name+": "+p[1])))
	}
	return all
}

// requestOctets are out of order as octets (RFC 9112 2.2).
func requestOctets() []opening {
	line, fields, _ := strings.Cut(plainRequest, "\r\n")
	return []opening{
		bad("lf-everywhere", requestSyntax, verbatim(strings.ReplaceAll(plainRequest, "\r\n", "\n"))),
		bad("lf-first-line", requestSyntax, verbatim(line+"\n"+fields)),
		bad("lf-last", requestSyntax, verbatim(strings.TrimSuffix(plainRequest, "\r\n")+"\n")),
		bad("empty-line-before", requestSyntax, verbatim("\r\n"+plainRequest)),
		bad("first-field-folded", requestSyntax, verbatim(line+"\r\n X-Wscheck: 1\r\n"+fields)),
		bad("upgrade-in-fold", "rfc6455/4.2.1/upgrade", instead("Upgrade", "X-Wscheck: 1\r\n Upgrade: websocket")),
		bad("key-behind-cr", "rfc6455/4.2.1/key", instead("Sec-WebSocket-Key", "X-Wscheck: 1\rSec-WebSocket-Key: ${key}")),
	}
}
