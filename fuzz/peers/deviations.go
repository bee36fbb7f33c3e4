package peers

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deviation is something that a library does differently from the RFCs.
type deviation struct {
	library string         // with and without compression, or with it alone: "gws+deflate"
	roles   []wsproto.Role // of the library
	clause  oracle.ClauseID
	reason  string
	cases   string // where the verdict names no clause, or several deviations show by the same one: the cases
}

var (
	inBoth   = []wsproto.Role{wsproto.Server, wsproto.Client}
	asServer = []wsproto.Role{wsproto.Server}
	asClient = []wsproto.Role{wsproto.Client}
)

// Known returns what the library is known to do differently from the RFCs in a role, as tests of this module
// expect it of the release that go.mod names.
func (lib *Library) Known(role wsproto.Role) []engine.Deviation {
	name := strings.TrimSuffix(lib.Name, "+deflate")
	var known []engine.Deviation
	for _, d := range deviations {
		if (d.library == name || d.library == lib.Name) && slices.Contains(d.roles, role) {
			known = append(known, engine.Deviation{Case: d.cases, Clause: d.clause, Reason: d.reason})
		}
	}
	return known
}

// What several libraries have in common.
const (
	kelvinReason = "Upgrade is compared with strings.EqualFold, for which the Kelvin sign is a k. RFC 6455 4.1 and 4.2.1 " +
		"require an ASCII comparison; no harm comes of it."
	tokenReason = "Connection is searched for \"Upgrade\" as a piece of text. RFC 6455 4.1 and 4.2.1 require a token of a list."
	http10      = "The version of HTTP is not checked. RFC 6455 4.2.1 requires 1.1 or higher."

	serverWindowReason = "An offer that demands server_max_window_bits is answered as if it did not. RFC 7692 7.1.2.1 requires a server " +
		"to decline what it cannot keep to: its messages reach further back than the client has made room for."
	repeatedReason   = "A parameter may appear twice. RFC 7692 7.1 requires a server to decline it, and a client to fail the connection."
	parametersReason = "The parameters are searched for those that the library knows, and not checked beyond that. RFC 7692 7.1 " +
		"requires a server to decline an offer, and a client to fail the connection, where one is unknown, repeated, or has a wrong value."
	twiceReason = "An answer that accepts permessage-deflate twice is taken. RFC 7692 5 requires a client to fail the connection, since " +
		"both use RSV1."
	rsv1Reason = "RSV1 is checked in all frames, or in none, and not only in the first of a message. RFC 7692 6.1 requires the " +
		"recipient to fail the connection."
	emptyElementReason = "Where a list has an empty element, its other elements are not found. RFC 9110 5.6.1.2 requires a recipient to parse " +
		"and ignore it, RFC 2616 2.1, to which RFC 6455 refers, allows it, and 4.2.1 requires Upgrade and Connection read as such lists."
	firstFieldReason = "A server looks at the first Connection field alone, and refuses where Upgrade is in the second. RFC 9110 5.3 makes " +
		"several fields one list."
	pongReason = "With context takeover, the payload of a pong enters the window that is compressed with. RFC 7692 7.2.1 " +
		"lets only messages enter it: what follows refers to the wrong octets, or to some before the first of all."
	finalReason = "What follows a final block within a message is lost. RFC 7692 7.2.3.4 lets a sender set BFINAL, and continue."
)

// deviations are in alphabetical order of the libraries, and within one by section.
var deviations = []deviation{
	{"coder", asClient, "rfc6455/4.1/response-upgrade", kelvinReason, ""},
	{"coder", asServer, "rfc6455/4.2.1/upgrade", kelvinReason, ""},
	{"coder", asServer, "rfc6455/4.2.2/response-connection", "The response goes through net/http, which puts \"close\" in the place of " +
		"Upgrade where the request announces a body that is not read. RFC 6455 4.2.2 requires the token.", ""},
	{"coder", asClient, "rfc6455/5.1/client-closes-masked", "A client unmasks what a server masks. RFC 6455 5.1 requires it " +
		"to close the connection; to take such frames is harmless, but hides a broken server.", ""},
	{"coder", inBoth, "rfc6455/5.5.1/reason-utf8", "A close frame is answered with its own reason, which is not checked. " +
		"RFC 6455 5.5.1 requires UTF-8 in what is sent.", ""},
	{"coder", asServer, "rfc6455/*close-tcp", "After a close frame of its own, the library reads on for the other one, and " +
		"misses it where it has come before. TCP then stays open for five seconds; RFC 6455 5.5.1 requires a server to close it at once.", ""},
	{"coder", inBoth, "rfc6455/5.6/text-utf8", "Text is not checked, neither what comes nor what goes: the documentation " +
		"leaves it to the user, and the library's own conformance test excludes section 6.", ""},
	{"coder", inBoth, "rfc6455/8.1/utf8-fail", "Text is not checked: see RFC 6455 5.6.", ""},
	{"coder", inBoth, "rfc6455/8.1/reason-fail", "A close frame whose reason is not UTF-8 is answered as a right one, with its own code. " +
		"RFC 6455 8.1 requires the recipient to fail the connection.", ""},
	{"coder", inBoth, "wscheck/echo-content", "Where the stream ends within a message, the writer of its echo is closed as " +
		"if the message were complete.", ""},

	{"gobwas", asClient, "rfc6455/4.1/response-upgrade", kelvinReason, ""},
	{"gobwas", asServer, "rfc6455/4.2.1/upgrade", "Upgrade is compared by Unicode's folding, for which the Kelvin sign is a " +
		"k, and a folded line is taken for a field.", ""},
	{"gobwas", asServer, "rfc6455/4.2.2/equal", emptyElementReason + " " + firstFieldReason + " A tab beside a comma ends the search too; 5.6.3 allows it there.", ""},
	{"gobwas", asClient, "rfc6455/5.1/client-masks", "A close frame that must not be sent is answered with a frame whose " +
		"payload is masked and whose header says that it is not.", ""},
	{"gobwas", asClient, "wscheck/stay", "A client takes a Connection field for a single token, and gives up where a server " +
		"sends a list. RFC 6455 4.1 requires the token among others.", ""},
	{"gobwas", asServer, "wscheck/stay", "A message of very many frames ends the connection: the reader gives up with " +
		"io.ErrNoProgress after a hundred frames without payload, or with control frames in between.", ""},

	{"gorilla", asClient, "rfc6455/4.1/response-extension", "A client ignores extensions that it did not offer. RFC 6455 4.1 " +
		"requires it to fail the connection.", ""},
	{"gorilla", asClient, "rfc6455/4.1/response-subprotocol", "A client takes any subprotocol that the server names. RFC " +
		"6455 4.1 requires it to fail the connection unless it offered that one.", ""},
	{"gorilla", asClient, "rfc6455/4.1/response-upgrade", "A client searches Upgrade for a token among others. RFC 6455 4.1 " +
		"requires the value to be \"websocket\"; a list that has it is harmless.", ""},
	{"gorilla", asServer, "rfc6455/4.2.1/http-version", http10, ""},
	{"gorilla", asServer, "rfc6455/4.2.1/version", "Sec-WebSocket-Version is searched for 13 as in a list. RFC 6455 4.2.1 " +
		"requires one version, with the value 13.", ""},
	{"gorilla", asServer, "rfc6455/4.2.2/equal", emptyElementReason, ""},
	{"gorilla", asClient, "wscheck/stay", "An empty element ends the search for the token in Connection, where RFC 9110 5.6.1 " +
		"requires a recipient to ignore it. With compression, a client gives up unless client_no_context_takeover is in the answer, " +
		"which RFC 7692 7.1.1.2 leaves to the server.", ""},

	{"gws", asClient, "rfc6455/4.1/response-connection", tokenReason, ""},
	{"gws", asClient, "rfc6455/4.1/response-extension", "A client searches the answer for permessage-deflate and ignores all " +
		"else. RFC 6455 4.1 requires it to fail the connection on an extension that it did not offer.", ""},
	{"gws", asClient, "rfc6455/4.1/response-subprotocol", "A client that offers no subprotocol takes what the server " +
		"names. RFC 6455 4.1 requires it to fail the connection.", ""},
	{"gws", asClient, "rfc6455/4.1/response-upgrade", kelvinReason, ""},
	{"gws", asServer, "rfc6455/4.2.1/connection", tokenReason, ""},
	{"gws", asServer, "rfc6455/4.2.1/host", "A request without Host is accepted: gws takes the connection before net/http " +
		"looks at it. RFC 6455 4.2.1 requires the field.", ""},
	{"gws", asServer, "rfc6455/4.2.1/http-version", http10, ""},
	{"gws", asServer, "rfc6455/4.2.1/upgrade", kelvinReason, ""},
	{"gws", asServer, "rfc6455/4.2.2/equal", emptyElementReason + " " + firstFieldReason, ""},
	{"gws", asServer, "rfc6455/4.2.2/version-advertised", "A version other than 13 is refused with 400 alone. RFC 6455 4.2.2 " +
		"requires Sec-WebSocket-Version in the answer, so that the client can learn which one there is.", ""},
	{"gws", inBoth, "wscheck/peer-panicked", "The library panics on what the other side sends.", ""},
	{"gws", asClient, "wscheck/stay", "A client looks at the first Connection field alone. RFC 9110 5.3 makes several " +
		"fields one list.", ""},

	{"xnet", asClient, "rfc6455/4.1/response-upgrade", kelvinReason, ""},
	{"xnet", asServer, "rfc6455/4.2.1/connection", tokenReason, ""},
	{"xnet", asServer, "rfc6455/4.2.1/http-version", http10, ""},
	{"xnet", asServer, "rfc6455/4.2.1/upgrade", kelvinReason, ""},
	{"xnet", asServer, "rfc6455/4.2.2/equal", emptyElementReason + " " + firstFieldReason, ""},
	{"xnet", asClient, "rfc6455/5.1/client-closes-masked", "Masking is checked where a message begins, and not in what " +
		"follows within it.", ""},
	{"xnet", asServer, "rfc6455/5.1/server-closes-unmasked", "Masking is checked where a message begins, and not in what " +
		"follows within it.", ""},
	{"xnet", inBoth, "rfc6455/5.2/length-63bit-fail", "The most significant bit of a length is taken for a sign, and the " +
		"payload for empty.", ""},
	{"xnet", inBoth, "rfc6455/5.2/opcode-fail", "Frames of reserved opcodes are skipped. RFC 6455 5.2 requires the recipient to fail " +
		"the connection.", ""},
	{"xnet", inBoth, "rfc6455/5.2/rsv-fail", "Reserved bits are ignored. RFC 6455 5.2 requires the recipient to fail the connection.", ""},
	{"xnet", inBoth, "rfc6455/5.4/continuation-fail", "The user is given frames, and not messages: one that continues " +
		"nothing is as good as another.", ""},
	{"xnet", inBoth, "rfc6455/5.4/control-within", "The user is given frames, and not messages, so that a ping within one " +
		"comes between two.", ""},
	{"xnet", inBoth, "rfc6455/5.4/interleaved-fail", "The user is given frames, and not messages, so that none can be in " +
		"the middle of another.", ""},
	{"xnet", inBoth, "rfc6455/5.5/control-fragmented-fail", "FIN is not checked in control frames.", ""},
	{"xnet", inBoth, "rfc6455/5.5/control-length-fail", "Control frames of any length are taken.", ""},
	{"xnet", inBoth, "rfc6455/5.6/text-utf8", "Text is not checked, neither what comes nor what goes; and a fragment is " +
		"given to the user, and so sent back, as a message even where it ends within a code point.", ""},
	{"xnet", inBoth, "rfc6455/8.1/utf8-fail", "Text is not checked. RFC 6455 8.1 requires the recipient to fail the connection.", ""},
	{"xnet", inBoth, "wscheck/echo-content", "A fragmented message comes back in as many messages as it had frames.", ""},
	{"xnet", inBoth, "wscheck/echo-extra", "A fragmented message comes back in as many messages as it had frames.", ""},
	{"xnet", inBoth, "wscheck/echo-order", "A fragmented message comes back in as many messages as it had frames.", ""},
	{"xnet", inBoth, "wscheck/echo-type", "The type of a message is not kept over its frames.", ""},
	{"xnet", asClient, "wscheck/stay", "A client takes Connection for a single token, and a length above a limit of its own " +
		"ends the connection with 1000 where RFC 6455 7.4.1 has 1009.", ""},

	{"coder+deflate", asServer, "rfc7692/7.1/decline-repeated", repeatedReason, ""},
	{"coder+deflate", asServer, "rfc7692/7.1/decline-value", "The value of client_max_window_bits is not checked. RFC 7692 " +
		"7.1.2.2 requires a server to decline an offer whose value is not a number from 8 to 15.", ""},
	{"coder+deflate", asClient, "rfc7692/7.1/fail-repeated", repeatedReason, ""},
	{"coder+deflate", asClient, "rfc7692/7.1/fail-value", "The value of server_max_window_bits is not checked. RFC 7692 7.1 " +
		"requires a client to fail the connection on a value that it must not have.", ""},
	{"coder+deflate", inBoth, "wscheck/stay", finalReason + " The next message then ends the connection with 1011.", ""},

	{"gobwas+deflate", inBoth, "rfc6455/5.2/rsv-fail", "Once permessage-deflate is agreed on, RSV2 and RSV3 are not checked. " +
		"The extension defines RSV1 alone.", ""},
	{"gobwas+deflate", asServer, "rfc7692/5/decline", "White space about a parameter's \"=\", and a quoted pair in its value, draw a refusal. The " +
		"grammar of RFC 6455 9.1 allows the second, and RFC 2616 2.1, which it is written in, the first.", ""},
	{"gobwas+deflate", asClient, "rfc7692/5/rsv1-conflict-fail", twiceReason, ""},
	{"gobwas+deflate", asServer, "rfc7692/7.1/decline-repeated", "A repeated client_max_window_bits is taken. RFC 7692 7.1 requires " +
		"a server to decline an offer with a parameter twice.", ""},
	{"gobwas+deflate", asServer, "rfc7692/7.1/decline-value", "Numbers are taken with zeros before them, and modulo 2^64. RFC " +
		"7692 7.1.2.1 requires a decimal number without leading zeros.", ""},
	{"gobwas+deflate", asClient, "rfc7692/7.1/fail-value", "Numbers are taken with zeros before them, and an answer may leave " +
		"out the value. RFC 7692 7.1.2.1 requires a decimal number without leading zeros.", ""},
	{"gobwas+deflate", inBoth, "wscheck/echo-content", finalReason, ""},

	{"gorilla+deflate", asClient, "rfc7692/5/rsv1-conflict-fail", twiceReason, ""},
	{"gorilla+deflate", inBoth, "rfc7692/6.1/rsv1-continuation-fail", rsv1Reason, ""},
	{"gorilla+deflate", inBoth, "rfc7692/6.1/rsv1-control-fail", rsv1Reason, ""},
	{"gorilla+deflate", asServer, "rfc7692/7.1.2.1/window-kept", serverWindowReason, ""},
	{"gorilla+deflate", asServer, "rfc7692/7.1/decline-parameter", parametersReason, ""},
	{"gorilla+deflate", asServer, "rfc7692/7.1/decline-repeated", parametersReason, ""},
	{"gorilla+deflate", asServer, "rfc7692/7.1/decline-value", parametersReason, ""},
	{"gorilla+deflate", asClient, "rfc7692/7.1/fail-parameter", parametersReason, ""},
	{"gorilla+deflate", asClient, "rfc7692/7.1/fail-repeated", parametersReason, ""},
	{"gorilla+deflate", asClient, "rfc7692/7.1/fail-value", parametersReason, ""},
	{"gorilla+deflate", asClient, "rfc7692/7.2.1/client-window", "client_max_window_bits in the answer, which a client that did " +
		"not offer it must not accept, is ignored: what is sent reaches further back.", ""},
	{"gorilla+deflate", inBoth, "wscheck/echo-content", finalReason, ""},

	{"gws+deflate", inBoth, "rfc6455/5.2/rsv-fail", "Once permessage-deflate is agreed on, RSV2 and RSV3 are not checked. The " +
		"extension defines RSV1 alone.", ""},
	{"gws+deflate", asServer, "rfc6455/4.2.2/extension-offered", "permessage-deflate is searched for as a piece of text, and found in the name " +
		"or the parameters of another extension. RFC 6455 4.2.2 allows a server to accept what was offered.", ""},
	{"gws+deflate", asClient, "rfc7692/5/rsv1-conflict-fail", twiceReason, ""},
	{"gws+deflate", inBoth, "rfc7692/6.1/rsv1-continuation-fail", rsv1Reason, ""},
	{"gws+deflate", inBoth, "rfc7692/6.1/rsv1-control-fail", rsv1Reason, ""},
	{"gws+deflate", asServer, "rfc7692/7.1.2.1/window-kept", serverWindowReason, ""},
	{"gws+deflate", asServer, "rfc7692/7.1.2.2/window-offered", "A server answers with client_max_window_bits whether it was " +
		"offered or not. RFC 7692 7.1.2.2 allows it where it was.", ""},
	{"gws+deflate", asServer, "rfc7692/7.1/decline-parameter", parametersReason, ""},
	{"gws+deflate", asServer, "rfc7692/7.1/decline-repeated", parametersReason, ""},
	{"gws+deflate", asServer, "rfc7692/7.1/decline-value", parametersReason, ""},
	{"gws+deflate", asClient, "rfc7692/7.1/fail-parameter", parametersReason, ""},
	{"gws+deflate", asClient, "rfc7692/7.1/fail-repeated", parametersReason, ""},
	{"gws+deflate", asClient, "rfc7692/7.1/fail-value", parametersReason, ""},
	{"gws+deflate", inBoth, "rfc7692/7.2.1/deflate", pongReason, ""},
	{"gws+deflate", inBoth, "wscheck/echo-content", pongReason, "(rfc7692/7.2.1/window-past-|corpus/wscheck_echo-content-)*"},
	{"gws+deflate", inBoth, "wscheck/echo-content", finalReason, ""},
}
