package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateAnswers are answers of ours as the server, right and wrong (RFC 7692 5,
// 7.1). A client that made no offer has to fail the connection on all of them.
func deflateAnswers() []row { return slices.Concat(rightAnswers(), wrongAnswers()) }

// rightAnswers are in forms that no client may mind.
func rightAnswers() []row {
	var rows []row
	add := func(name, sends string, lines ...string) {
		r := goodResponse("7.1/answer-"+name, "An answer "+sends+", and a compressed text message.", plus(lines...),
			"rfc7692/7.2.1/deflate", "rfc7692/7.2.1/tail", "rfc7692/7.2.1/client-empty-window")
		r.steps = []oracle.Step{compressed(wsproto.OpText, fixedBlock(hello)), echoed(1)}
		r.wants = "The answer is right for every offer of permessage-deflate: the server may announce what was not asked for, and a window smaller than was. " +
			"The client takes it for an open connection, and the text message that follows comes back." + thenUsable
		r.also = []string{"RFC 7692 7.1.1.1", "RFC 7692 7.1.2.1"}
		rows = append(rows, r)
	}
	add("all", "that has all that fits any offer", extensionLine(anyAnswer))
	add("order", "with its parameters in another order",
		extensionLine("permessage-deflate; server_max_window_bits=8; client_no_context_takeover; server_no_context_takeover"))
	add("quoted", "whose value is in quotes, which make no difference",
		extensionLine(`permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits="8"`))
	add("tight", "without any spaces", extensionLine("permessage-deflate;server_no_context_takeover;client_no_context_takeover;server_max_window_bits=8"))
	add("white-space", "with spaces and tabs about its semicolons",
		extensionLine("permessage-deflate ;\tserver_no_context_takeover ; client_no_context_takeover  ;  server_max_window_bits=8"))
	add("empty-elements", "in a list with empty elements", extensionLine(", "+anyAnswer+" ,"))
	add("field-lower-case", "in a field whose name is in small letters", "sec-websocket-extensions: "+anyAnswer)

	const alone = plainOffer + "; client_no_context_takeover"
	r := goodResponse("7.1.1.2/answer-alone", "An answer whose only parameter asks the client to take no context over, and a text message.",
		plus(extensionLine(alone)), "rfc7692/7.1.1.2/supported")
	r.wants = "A client that offered permessage-deflate has to support the parameter. The text message comes back." + thenUsable
	rows = append(rows, r)

	for _, a := range []struct{ name, answer, what string }{
		{"plain", plainOffer, "without parameters"},
		{"server-context", plainOffer + "; server_no_context_takeover", "that we take no context over"},
		{"client-context", plainOffer + "; client_no_context_takeover", "that the client is to take no context over"},
		{"contexts", plainOffer + "; server_no_context_takeover; client_no_context_takeover", "that neither side takes its context over"},
		{"window-8", plainOffer + "; server_max_window_bits=8", "that our window has 8 bits"},
		{"window-15", plainOffer + "; server_max_window_bits=15", "that our window has 15 bits"},
		{"client-window-8", plainOffer + "; client_max_window_bits=8", "that asks the client to keep its window to 8 bits"},
		{"client-window-15", plainOffer + "; client_max_window_bits=15", "that asks the client to keep its window to 15 bits"},
		{"everything", plainOffer + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=8", "with all four parameters"},
	} {
		rows = append(rows, answeredAtOnce("7.1/preset-"+a.name, "For any offer of the client, an answer "+a.what+".", a.answer, nil,
			compressed(wsproto.OpText, fixedBlock(hello))))
	}
	return rows
}

// wrongAnswers are wrong by themselves, for any offer of the client.
func wrongAnswers() []row {
	var rows []row
	add := func(id, value, what, clause string) {
		r := badResponse(id, "An answer "+what+": "+octetsAs(value)+".", oracle.ClauseID(clause), plus(extensionLine(value)))
		rows = append(rows, r)
	}
	const unknown, value, twice = "rfc7692/7.1/fail-parameter", "rfc7692/7.1/fail-value", "rfc7692/7.1/fail-repeated"
	add("7.1/answer-unknown", anyAnswer+"; x_wscheck", "with an unknown parameter", unknown)
	add("7.1/answer-unknown-value", anyAnswer+"; x_wscheck=1", "with an unknown parameter and its value", unknown)
	add("7.1/answer-unknown-alone", plainOffer+"; x_wscheck", "whose only parameter is unknown", unknown)
	add("7.1/answer-misspelled", plainOffer+"; server_no_context_takeovers", "with a parameter that has a letter too many", unknown)

	for _, w := range []struct{ name, value, what string }{
		{"0", "=0", "0"},
		{"7", "=7", "7, one less than the least"},
		{"16", "=16", "16, one more than the most"},
		{"08", "=08", "08, with a leading zero"},
		{"word", "=nine", "a word"},
		{"byte", "=264", "264, which is 8 in its low eight bits"},
		{"quoted-16", `="16"`, "16 in quotes"},
		{"no-value", "", "no number"},
	} {
		const contexts = plainOffer + "; server_no_context_takeover; client_no_context_takeover; "
		add("7.1.2.1/answer-"+w.name, contexts+"server_max_window_bits"+w.value, "with a window of ours of "+w.what, value)
		add("7.1.2.2/answer-"+w.name, anyAnswer+"; client_max_window_bits"+w.value, "that asks the client for a window of "+w.what, value)
	}
	for _, p := range []string{"server_no_context_takeover", "client_no_context_takeover"} {
		section := map[byte]string{'s': "7.1.1.1", 'c': "7.1.1.2"}[p[0]]
		add(section+"/answer-value", fmt.Sprintf("%s; %s=1; server_max_window_bits=8", plainOffer, p), "with a value for a parameter that has none", value)
		add(section+"/answer-twice", anyAnswer+"; "+p, "with the same parameter twice", twice)
	}
	add("7.1.2.1/answer-twice", anyAnswer+"; server_max_window_bits=8", "with the same parameter twice", twice)
	add("7.1.2.1/answer-twice-other", anyAnswer+"; server_max_window_bits=9", "with the same parameter twice, with other values", twice)

	const conflict = "rfc7692/5/rsv1-conflict-fail"
	add("5/answer-twice", anyAnswer+", "+anyAnswer, "that accepts permessage-deflate twice, which would both use RSV1", conflict)
	add("5/answer-twice-other", anyAnswer+", permessage-deflate", "that accepts permessage-deflate twice, with other parameters", conflict)
	r := badResponse("5/answer-two-fields", "An answer that accepts permessage-deflate twice, in two fields.", conflict,
		plus(extensionLine(anyAnswer), extensionLine(anyAnswer)))
	rows = append(rows, r)
	r = badResponse("5/answer-not-offered", "An answer that accepts permessage-deflate, and an extension that no client offers.", "rfc6455/4.1/response-extension",
		plus(extensionLine(anyAnswer+", x-wscheck-never")))
	r.also = []string{"RFC 6455 4.1"}
	return append(rows, r)
}
