package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// offers are about origins, subprotocols and extensions in a request.
func offers() []row {
	return slices.Concat(origins(), subprotocols(), extensions())
}

func origins() []row {
	const policy = "which origins it wants is for the server to decide"
	var rows []row
	for _, o := range []struct{ name, value, what string }{
		{"null", "null", "null, as of a page from a file"},
		{"other", "http://wscheck.example", "another site"},
		{"https", "https://wscheck.example:8443", "another site with its port"},
		{"not-a-url", "wscheck", "something that is not an origin"},
		{"list", "http://a.example http://b.example", "two origins, as RFC 6454 allows"},
	} {
		rows = append(rows, looseRequest("10.2/origin-"+o.name, "A request whose Origin is "+o.what+".", policy, plus("Origin: "+o.value)))
	}
	return rows
}

// subprotocols offers some that the server need not know.
func subprotocols() []row {
	const choice, none = "rfc6455/4.2.2/subprotocol-offered", "rfc6455/4.2.2/subprotocol-none"
	const syntax = "rfc6455/4.2.1/syntax"
	const unwanted = "it wants another subprotocol"
	offer := func(name, what string, lines ...string) row {
		r := looseRequest("4.2.2/subprotocol-"+name, "A request that offers "+what+".", unwanted, plus(lines...), choice, none, "rfc6455/11.3.4/protocol-once")
		r.wants += " It chooses one of those offered, letter for letter, or none; and for none it sends no Sec-WebSocket-Protocol."
		r.also = []string{"4.1", "11.3.4"}
		return r
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("wscheck-%d", i))
	}
	rows := []row{
		goodRequest("4.2.2/subprotocol-none-offered", "A request that offers no subprotocol.", oracle.Handshake{}, none),
		offer("unknown", "one unknown subprotocol", "Sec-WebSocket-Protocol: wscheck-unknown"),
		offer("two", "two subprotocols", "Sec-WebSocket-Protocol: wscheck-a, wscheck-b"),
		offer("tight", "two subprotocols without a space between them", "Sec-WebSocket-Protocol: wscheck-a,wscheck-b"),
		offer("two-fields", "two subprotocols in two fields", "Sec-WebSocket-Protocol: wscheck-a", "Sec-WebSocket-Protocol: wscheck-b"),
		offer("empty-elements", "one subprotocol in a list with empty elements", "Sec-WebSocket-Protocol: , wscheck-a ,,"),
		offer("two-cases", "two subprotocols that differ in case alone, and so are two", "Sec-WebSocket-Protocol: wscheck, WSCHECK"),
		offer("capitals", "one unknown subprotocol in capital letters", "Sec-WebSocket-Protocol: WSCHECK"),
		offer("capitals-known", "subprotocols that many servers know, in capital letters, so that they are others", "Sec-WebSocket-Protocol: CHAT, ECHO, SOAP, MQTT, STOMP"),
		offer("odd-token", "a subprotocol of all the signs that a token may have", "Sec-WebSocket-Protocol: !#$%&'*+-.^_`|~"),
		offer("escaped", "a subprotocol with escapes of a line break, which are not to be decoded", "Sec-WebSocket-Protocol: a%0d%0ab"),
		offer("long", "a subprotocol of 1000 octets", "Sec-WebSocket-Protocol: "+strings.Repeat("p", 1000)),
		offer("many", "a hundred subprotocols", "Sec-WebSocket-Protocol: "+strings.Join(many, ", ")),
	}
	for _, p := range []struct{ name, value, what string }{
		{"empty", "", "nothing"},
		{"commas", ",,", "empty elements alone"},
		{"repeated", "wscheck, other, wscheck", "the same subprotocol twice"},
		{"space", "wscheck a", "a subprotocol with a space"},
		{"slash", "wscheck/1", "a subprotocol with a slash, which no token has"},
		{"quoted", `"wscheck"`, "a subprotocol in quotes"},
		{"not-ascii", "wsch\xc3\xa9ck", "a subprotocol with octets above 7F"},
	} {
		rows = append(rows, badRequest("4.1/subprotocol-"+p.name, "A request whose Sec-WebSocket-Protocol has "+p.what+".", syntax,
			plus("Sec-WebSocket-Protocol: "+p.value)))
	}
	return rows
}

// extensions offers unknown ones, in every form of the grammar and in
// some that it does not have. Those of RFC 7692 have cases of their own.
func extensions() []row {
	const chosen, grammar = "rfc6455/4.2.2/extension-offered", "rfc6455/9.1/grammar-fail"
	var rows []row
	for _, e := range []struct{ name, lines, what string }{
		{"unknown", "Sec-WebSocket-Extensions: x-wscheck", "an unknown extension"},
		{"parameters", "Sec-WebSocket-Extensions: x-wscheck; a; b=1; c=two", "an extension with parameters"},
		{"quoted", `Sec-WebSocket-Extensions: x-wscheck; a="1"`, "an extension with a parameter in quotes"},
		{"quoted-pair", `Sec-WebSocket-Extensions: x-wscheck; a="\1\2"`, "an extension with escapes in a quoted parameter"},
		{"tight", "Sec-WebSocket-Extensions: x-wscheck;a=1;b,x-other", "extensions without any spaces"},
		{"white-space", "Sec-WebSocket-Extensions: x-wscheck ; a ; b\t= 1 , \tx-other", "extensions with spaces and tabs about every separator"},
		{"two", "Sec-WebSocket-Extensions: x-wscheck, x-other", "two extensions"},
		{"same-twice", "Sec-WebSocket-Extensions: x-wscheck; a=1, x-wscheck; a=2", "an extension twice, with other parameters: two offers"},
		{"two-fields", "Sec-WebSocket-Extensions: x-wscheck\r\nSec-WebSocket-Extensions: x-other; a", "two extensions in two fields"},
		{"empty-elements", "Sec-WebSocket-Extensions: ,, x-wscheck ,", "an extension in a list with empty elements"},
		{"repeated-parameter", "Sec-WebSocket-Extensions: x-wscheck; a=1; a=2", "an extension with a parameter twice"},
		{"odd-token", "Sec-WebSocket-Extensions: !#$%&'*+-.^_`|~; ~=|", "an extension of all the signs that a token may have"},
		{"deflate-prefixed", "Sec-WebSocket-Extensions: wscheck-permessage-deflate", "an extension whose name ends like another one's"},
		{"deflate-suffixed", "Sec-WebSocket-Extensions: permessage-deflate-wscheck; client_max_window_bits", "an extension whose name begins like another one's"},
		{"deflate-parameter", "Sec-WebSocket-Extensions: x-wscheck; permessage-deflate", "an extension with a parameter that has another one's name"},
		{"deflate-value", `Sec-WebSocket-Extensions: x-wscheck; a="permessage-deflate"`, "an extension with a value that is another one's name"},
		{"long", "Sec-WebSocket-Extensions: x-wscheck; a=" + strings.Repeat("1", 1000), "an extension with a parameter of 1000 octets"},
	} {
		r := goodRequest("9.1/extension-"+e.name, "A request that offers "+e.what+".", plus(e.lines), chosen)
		r.wants = "The request is legal. The server does not have to take what is offered. The server opens the connection with status 101, " +
			"without any extension, and the text message that follows comes back." + thenUsable
		r.also = []string{"4.2.2"}
		rows = append(rows, r)
	}
	for _, e := range []struct{ name, value, what string }{
		{"no-name", "; a=1", "a parameter without an extension"},
		{"trailing-semicolon", "x-wscheck;", "a semicolon and no parameter after it"},
		{"two-semicolons", "x-wscheck;; a", "two semicolons in a row"},
		{"no-parameter-name", "x-wscheck; =1", "a parameter without a name"},
		{"no-value", "x-wscheck; a=", "an equals sign and no value after it"},
		{"name-with-value", "x-wscheck=1", "an extension with a value, as if it were a parameter"},
		{"two-words", "x-wscheck x-other", "two words without a separator"},
		{"slash", "x/wscheck", "a slash in the name of an extension"},
		{"quoted-name", `"x-wscheck"`, "an extension in quotes"},
		{"quoted-space", `x-wscheck; a="1 2"`, "a parameter in quotes that is not a token"},
		{"quoted-empty", `x-wscheck; a=""`, "quotes with nothing in them"},
		{"unclosed-quote", `x-wscheck; a="1`, "a quote that is not closed"},
		{"single-quotes", `x-wscheck; a='1 2'`, "single quotes, which quote nothing"},
		{"not-ascii", "x-wsch\xc3\xa9ck", "octets above 7F in the name of an extension"},
		{"second-bad", "x-wscheck; a=1, =", "a second extension without a name"},
		{"deflate-quoted-space", `permessage-deflate; server_max_window_bits="1 0"`, "permessage-deflate with a parameter in quotes that is not a token"},
		{"deflate-unclosed", `permessage-deflate; client_max_window_bits="10`, "permessage-deflate with a quote that is not closed"},
	} {
		r := badRequest("9.1/offer-"+e.name, "A request whose Sec-WebSocket-Extensions has "+e.what+": "+octetsAs(e.value)+".", grammar,
			plus("Sec-WebSocket-Extensions: "+e.value))
		rows = append(rows, r)
	}
	return append(rows, badRequest("9.1/offer-empty",
		"A request with an empty Sec-WebSocket-Extensions; the grammar has at least one extension.", "rfc6455/4.2.1/syntax",
		plus("Sec-WebSocket-Extensions:")))
}
