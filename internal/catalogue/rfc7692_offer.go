package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateOffers are offers of ours as the client, right and wrong (RFC 7692 5,
// 7.1).
func deflateOffers() []row { return slices.Concat(rightOffers(), wrongOffers(), severalOffers()) }

// extensionLine is a header field with offers, or with an answer.
func extensionLine(value string) string { return "Sec-WebSocket-Extensions: " + value }

// offered is a row for a request with these lines. Compressible messages, a long one
// among them, and their echoes show what came of them.
func offered(id, sends, wants string, clauses []oracle.ClauseID, lines ...string) row {
	text := message(wsproto.OpText, repeated("wscheck ", 400), 0)
	long := message(wsproto.OpBinary, repeated(letters(700), 40000), 0) // more than any window
	return row{
		id: id, roles: AsClient, sends: sends, open: plus(lines...),
		wants:   wants + " The text messages that follow come back." + thenUsable,
		clauses: with(with(echoClauses, "rfc6455/4.2.2/extension-offered", "rfc6455/9/parameters", "rfc7692/5/decline"), clauses...),
		steps:   []oracle.Step{text, echoed(1), long, echoed(2), text, echoed(3)},
	}
}

func rightOffers() []row {
	const (
		kept, value      = oracle.ClauseID("rfc7692/7.1.2.1/window-kept"), oracle.ClauseID("rfc7692/7.1.2.1/window-value")
		hint, clientBits = oracle.ClauseID("rfc7692/7.1.2.2/window-kept"), oracle.ClauseID("rfc7692/7.1.2.2/window-value")
		unasked          = oracle.ClauseID("rfc7692/7.1.2.2/window-offered")
		forget           = oracle.ClauseID("rfc7692/7.1.1.1/server-no-context-takeover")
	)
	var rows []row
	add := func(id, params, what string, clauses ...oracle.ClauseID) {
		offer := strings.TrimSuffix(plainOffer+"; "+params, "; ")
		rows = append(rows, offered(id, "An offer "+what+".",
			"The offer is right. The server accepts it as RFC 7692 7.1 says, or leaves permessage-deflate out.", clauses, extensionLine(offer)))
	}
	add("7.1/offer-plain", "", "without parameters", unasked)
	add("7.1.1.1/offer", "server_no_context_takeover", "that demands of the server to take no context over", forget)
	add("7.1.1.2/offer", "client_no_context_takeover", "that announces that we may take no context over, to which the server need not answer", unasked)
	add("7.1.1.2/offer-both", "server_no_context_takeover; client_no_context_takeover", "with both parameters about context takeover", forget)
	add("7.1.2.1/offer-8", "server_max_window_bits=8", "that demands a window of 8 bits", kept, value)
	add("7.1.2.1/offer-15", "server_max_window_bits=15", "that demands a window of 15 bits, as it is without a demand; an answer should have the parameter, and means the same without it", kept, value)
	add("7.1.2.2/offer-without-value", "client_max_window_bits", "to limit our window as the server wishes; its answer has a value if it has the parameter", clientBits)
	for _, n := range []int{8, 9, 15} {
		add(fmt.Sprintf("7.1.2.2/offer-%d", n), fmt.Sprintf("client_max_window_bits=%d", n), "to limit our window to "+bitsOf(n), hint, clientBits)
	}
	add("7.1/offer-all", "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12",
		"with all four parameters", forget, kept, value, hint, clientBits)
	add("7.1/offer-all-reversed", "client_max_window_bits=12; server_max_window_bits=10; client_no_context_takeover; server_no_context_takeover",
		"with all four parameters, the last first", forget, kept, value, hint, clientBits)
	add("7.1/offer-quoted", `server_max_window_bits="10"; client_max_window_bits="12"`,
		"whose values are in quotes, which make no difference", kept, value, hint, clientBits)
	add("7.1/offer-quoted-pair", `server_max_window_bits="\1\0"`, "whose value is in quotes and escaped", kept, value)

	add = func(id, value, what string, clauses ...oracle.ClauseID) {
		rows = append(rows, offered(id, "An offer "+what+".",
			"The offer is right. The server accepts it as RFC 7692 7.1 says, or leaves permessage-deflate out.", clauses, value))
	}
	add("7.1/offer-tight", extensionLine("permessage-deflate;server_max_window_bits=10;client_max_window_bits"), "without any spaces", kept, value, clientBits)
	add("7.1/offer-white-space", extensionLine("permessage-deflate ; \tserver_max_window_bits\t= 10 ; client_max_window_bits"),
		"with spaces and tabs about every separator", kept, value, clientBits)
	add("7.1/offer-field-lower-case", "sec-websocket-extensions: permessage-deflate; server_max_window_bits=10", "in a field whose name is in small letters", kept, value)
	return rows
}

// wrongOffers have to be declined, each for one mistake (RFC 7692 7.1).
func wrongOffers() []row {
	var rows []row
	add := func(id, params, what, clause string) {
		r := offered(id, "An offer "+what+": "+octetsAs(params)+".",
			"The server declines the offer: it answers without permessage-deflate, and no message is compressed.",
			[]oracle.ClauseID{oracle.ClauseID(clause)}, extensionLine(plainOffer+"; "+params))
		r.clauses = with(echoClauses, oracle.ClauseID(clause))
		plain := whole(wsproto.OpText, repeated("wscheck ", 400))
		r.steps = []oracle.Step{plain, echoed(1), plain, echoed(2)}
		rows = append(rows, r)
	}
	const unknown, value, twice = "rfc7692/7.1/decline-parameter", "rfc7692/7.1/decline-value", "rfc7692/7.1/decline-repeated"
	add("7.1/offer-unknown", "x_wscheck", "with an unknown parameter", unknown)
	add("7.1/offer-unknown-value", "x_wscheck=1", "with an unknown parameter and its value", unknown)
	add("7.1/offer-unknown-last", "server_no_context_takeover; client_max_window_bits; x_wscheck", "whose last parameter is unknown", unknown)
	add("7.1/offer-misspelled", "server_max_window_bit=10", "with a parameter that lacks its last letter", unknown)
	add("7.1/offer-x-webkit", "no_context_takeover", "with a parameter of an older draft", unknown)

	for _, w := range []struct{ name, value, what string }{
		{"0", "=0", "0"},
		{"7", "=7", "7, one less than the least"},
		{"16", "=16", "16, one more than the most"},
		{"08", "=08", "08, with a leading zero"},
		{"015", "=015", "015, with a leading zero"},
		{"negative", "=-9", "a negative number"},
		{"signed", "=+9", "a number with a sign"},
		{"hexadecimal", "=0x9", "a number in hexadecimal"},
		{"fraction", "=9.0", "a number with a fraction"},
		{"word", "=nine", "a word"},
		{"true", "=true", "a truth value"},
		{"byte", "=265", "265, which is 9 in its low eight bits"},
		{"word-32", "=4294967305", "4294967305, which is 9 in its low 32 bits"},
		{"word-64", "=18446744073709551625", "18446744073709551625, which is 9 in its low 64 bits"},
		{"quoted-08", `="08"`, "08 in quotes"},
		{"quoted-16", `="16"`, "16 in quotes"},
	} {
		add("7.1.2.1/offer-"+w.name, "server_max_window_bits"+w.value, "that demands a window of "+w.what, value)
		add("7.1.2.2/offer-"+w.name, "client_max_window_bits"+w.value, "to limit our window to "+w.what, value)
	}
	add("7.1.2.1/offer-no-value", "server_max_window_bits", "that demands a window without saying of what size", value)
	for _, p := range []string{"server_no_context_takeover", "client_no_context_takeover"} {
		section := map[byte]string{'s': "7.1.1.1", 'c': "7.1.1.2"}[p[0]]
		for _, v := range []string{"1", "0", "true"} {
			add(section+"/offer-value-"+v, p+"="+v, "with a value for a parameter that has none", value)
		}
		add(section+"/offer-twice", p+"; "+p, "with the same parameter twice", twice)
	}
	add("7.1.2.1/offer-twice", "server_max_window_bits=10; server_max_window_bits=10", "with the same parameter twice", twice)
	add("7.1.2.1/offer-twice-other", "server_max_window_bits=10; server_max_window_bits=12", "with the same parameter twice, with other values", twice)
	add("7.1.2.2/offer-twice", "client_max_window_bits; client_max_window_bits", "with the same parameter twice", twice)
	add("7.1.2.2/offer-twice-other", "client_max_window_bits; client_max_window_bits=10", "with the same parameter twice, without a value and with one", twice)
	add("7.1.2.2/offer-twice-apart", "client_max_window_bits; server_no_context_takeover; client_max_window_bits=10",
		"with the same parameter twice and another one between", twice)
	return rows
}

// severalOffers are for the server to choose among (RFC 7692 5, 7.1.3).
func severalOffers() []row {
	const conflict = oracle.ClauseID("rfc7692/5/rsv1-conflict")
	var rows []row
	add := func(name, sends, wants string, clauses []oracle.ClauseID, lines ...string) {
		r := offered("5/"+name, sends, wants, with(clauses, conflict), lines...)
		r.also = []string{"RFC 7692 7.1.3"}
		rows = append(rows, r)
	}
	const oneOf = "The server accepts one of the offers, as it should the first that it supports, or none; and never two."
	add("two", "Two offers: with a window of 10 bits of the server's, and one that asks for nothing.", oneOf, nil,
		extensionLine("permessage-deflate; server_max_window_bits=10, permessage-deflate"))
	add("same", "The same offer twice.", oneOf, nil, extensionLine("permessage-deflate, permessage-deflate"))
	add("two-fields", "Two offers in two fields.", oneOf, nil,
		extensionLine("permessage-deflate; server_max_window_bits=10"), extensionLine("permessage-deflate; client_max_window_bits"))
	add("windows", "Eight offers, with windows of 8 to 15 bits of the server's.", oneOf, nil, extensionLine(func() string {
		var offers []string
		for bits := 8; bits <= 15; bits++ {
			offers = append(offers, fmt.Sprintf("%s; server_max_window_bits=%d", plainOffer, bits))
		}
		return strings.Join(offers, ", ")
	}()))
	add("unknown-extension-first", "An unknown extension, and an offer of permessage-deflate.", "The server accepts the offer of permessage-deflate or none.", nil,
		extensionLine("x-wscheck; a=1, permessage-deflate; client_max_window_bits"))
	add("unknown-extension-last", "An offer of permessage-deflate, and an unknown extension.", "The server accepts the offer of permessage-deflate or none.", nil,
		extensionLine("permessage-deflate; client_max_window_bits, x-wscheck; a=1"))
	add("empty-elements", "An offer in a list with empty elements.", "The server accepts the offer or none.", nil, extensionLine(",, permessage-deflate, ,"))
	add("hundred", "A hundred offers, all alike.", oneOf, nil, extensionLine(strings.Repeat("permessage-deflate, ", 99)+plainOffer))

	const second = "The first offer is wrong and has to be declined; the server accepts the second, or none."
	for _, w := range []struct{ name, first, what, clause string }{
		{"unknown", "x_wscheck", "an unknown parameter", "decline-parameter"},
		{"value", "server_max_window_bits=16", "a window of 16 bits", "decline-value"},
		{"no-value", "server_max_window_bits", "a window of no size", "decline-value"},
		{"repeated", "server_no_context_takeover; server_no_context_takeover", "a parameter twice", "decline-repeated"},
	} {
		add("second-"+w.name, "Two offers, the first with "+w.what+".", second, []oracle.ClauseID{oracle.ClauseID("rfc7692/7.1/" + w.clause)},
			extensionLine("permessage-deflate; "+w.first+", permessage-deflate; client_max_window_bits"))
	}
	return rows
}
