package oracle

// Reasons that several clauses of the opening handshake share.
const (
	oneConnection = "One conversation shows one connection, and nothing of how the client goes about others."
	belowOctets   = "It happens below the octets that are judged, in name resolution, TCP or TLS."
	ownPolicy     = "What the server offers, wants and supports is known to the server alone."
)

// openingClauses are those of RFC 6455 4, with the rules of 11.3 on how often
// the handshake's header fields may occur.
var openingClauses = []Clause{
	// 4.1, before the request.
	clause("rfc6455/4.1/establish", Must, BindsClient,
		"Connects, sends an opening handshake and reads the server's answer.").
		unseen("A TCP connection without a request does not yet say that it was meant for WebSocket."),
	clause("rfc6455/4.1/uri-valid", Must, BindsClient,
		"Takes no URI that is not a WebSocket URI by section 3.").
		unseen("The URI is given to the client by its application."),
	clause("rfc6455/4.1/await-other-connection", Must, BindsClient,
		"Waits while another connection to the same address is being established.").unseen(oneConnection),
	clause("rfc6455/4.1/one-connecting", Must, BindsClient,
		"Has no more than one connection to an address in the CONNECTING state.").unseen(oneConnection),
	clause("rfc6455/4.1/serialize", Must, BindsClient,
		"Makes simultaneous connections to one address one after the other.").unseen(oneConnection),
	clause("rfc6455/4.1/unknown-address", Must, BindsClient,
		"Takes each host name for a host of its own where addresses are not known.").unseen(oneConnection),
	clause("rfc6455/4.1/limit-pending", Should, BindsClient,
		"Limits the number of pending connections where addresses are not known.").unseen(oneConnection),
	clause("rfc6455/4.1/proxy", Should, BindsClient,
		"Connects through the proxy that it is configured to use.").unseen(belowOctets),
	clause("rfc6455/4.1/direct", Should, BindsClient,
		"Connects directly where no proxy is configured.").unseen(belowOctets),
	clause("rfc6455/4.1/proxy-autoconfig", Must, BindsClient,
		"Gives a proxy autoconfiguration script the WebSocket URI.").unseen(belowOctets),
	clause("rfc6455/4.1/connect-failed", Must, BindsClient,
		"Fails the WebSocket connection where no TCP connection can be had.").
		unseen("Without a connection there is nothing to see."),
	clause("rfc6455/4.1/tls-first", Must, BindsClient,
		"Does a TLS handshake before the opening handshake of a wss URI.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-failed", Must, BindsClient,
		"Fails the WebSocket connection where the TLS handshake fails.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-all", Must, BindsClient,
		"Sends everything through the TLS connection once it is made.").unseen(belowOctets),
	clause("rfc6455/4.1/tls-sni", Must, BindsClient,
		"Names the server in the TLS handshake (SNI).").unseen(belowOctets),

	// 4.1, the request.
	clause("rfc6455/4.1/send-handshake", Must, BindsClient,
		"Sends an opening handshake once it is connected.").sameAs("rfc6455/4.1/establish"),
	clause("rfc6455/4.1/request-http", Must, BindsClient,
		"Sends a request that is valid HTTP."),
	clause("rfc6455/4.1/method-get", Must, BindsClient,
		"Makes its request with the method GET."),
	clause("rfc6455/4.1/http-version", Must, BindsClient,
		"Makes its request with HTTP/1.1 or higher."),
	clause("rfc6455/4.1/request-uri", Must, BindsClient,
		"Asks for the resource name, as a path or as an absolute http or https URI."),
	clause("rfc6455/4.1/host", Must, BindsClient,
		"Sends one Host field with the host and, unless it is the default, the port."),
	clause("rfc6455/4.1/upgrade", Must, BindsClient,
		"Sends an Upgrade field that includes the keyword websocket."),
	clause("rfc6455/4.1/connection", Must, BindsClient,
		"Sends a Connection field that includes the token Upgrade."),
	clause("rfc6455/4.1/key", Must, BindsClient,
		"Sends a Sec-WebSocket-Key field with 16 octets in base64."),
	clause("rfc6455/4.1/key-random", Must, BindsClient,
		"Chooses the key at random for each connection.").unseen(oneConnection),
	clause("rfc6455/4.1/origin", Must, BindsClient,
		"Sends an Origin field if it is a browser.").
		unseen("Whether the client is a browser cannot be told from its octets."),
	clause("rfc6455/4.1/version", Must, BindsClient,
		"Sends a Sec-WebSocket-Version field with the value 13."),
	clause("rfc6455/4.1/subprotocols", Must, BindsClient,
		"Offers subprotocols that are tokens, not empty and all different."),
	clause("rfc6455/4.1/await-response", Must, BindsClient,
		"Sends nothing after its request before the server has answered."),

	// 4.1, the response.
	clause("rfc6455/4.1/validate-response", Must, BindsClient,
		"Opens the WebSocket connection on a response with status 101 alone."),
	clause("rfc6455/4.1/response-upgrade", Must, BindsClient,
		"Fails the connection where the response has no Upgrade field with websocket."),
	clause("rfc6455/4.1/response-connection", Must, BindsClient,
		"Fails the connection where the response has no Connection field with Upgrade."),
	clause("rfc6455/4.1/response-accept", Must, BindsClient,
		"Fails the connection where Sec-WebSocket-Accept is missing or does not answer the key."),
	clause("rfc6455/4.1/response-extension", Must, BindsClient,
		"Fails the connection where the response has an extension that was not offered."),
	clause("rfc6455/4.1/response-subprotocol", Must, BindsClient,
		"Fails the connection where the response has a subprotocol that was not offered."),
	clause("rfc6455/4.1/response-conform", Must, BindsClient,
		"Fails the connection where the response breaks section 4.2.2 in another way.").
		disputed("Section 4.1 asks a client to fail on every response that does not conform to 4.2.2, " +
			"but HTTP lets a recipient mend what it can (a bare LF, a folded value, a field given twice), " +
			"and HTTP libraries do so before the WebSocket client sees the response."),

	// 4.2.1
	clause("rfc6455/4.2.1/method-get", Must, BindsServer,
		"Refuses a request with another method than GET."),
	clause("rfc6455/4.2.1/http-version", Must, BindsServer,
		"Refuses a request below HTTP/1.1."),
	clause("rfc6455/4.2.1/request-uri", Must, BindsServer,
		"Refuses a request whose target is neither a path nor an http or https URI.").
		disputed("HTTP lets a server be lenient with octets in a target that no URI has, and an HTTP library " +
			"may have taken the target apart before the WebSocket server sees it."),
	clause("rfc6455/4.2.1/host", Must, BindsServer,
		"Refuses a request without a Host field."),
	clause("rfc6455/4.2.1/host-valid", Must, BindsServer,
		"Refuses a request with several Host fields, or with one that is no authority.").
		disputed("RFC 6455 asks for a Host field; that a second one or a malformed one has to be refused " +
			"was first said by RFC 7230 5.4, and is now in RFC 9112 3.2."),
	clause("rfc6455/4.2.1/upgrade", Must, BindsServer,
		"Refuses a request without an Upgrade field that includes websocket."),
	clause("rfc6455/4.2.1/connection", Must, BindsServer,
		"Refuses a request without a Connection field that includes Upgrade."),
	clause("rfc6455/4.2.1/key", Must, BindsServer,
		"Refuses a request without a Sec-WebSocket-Key field."),
	clause("rfc6455/4.2.1/key-valid", Must, BindsServer,
		"Refuses a request whose key is not 16 octets in base64.").
		disputed("Section 4.2.1 wants every handshake refused that does not match its description, of which " +
			"a key of 16 octets is a part; section 4.2.2 says that a server need not decode the key."),
	clause("rfc6455/4.2.1/version", Must, BindsServer,
		"Refuses a request without the Sec-WebSocket-Version 13."),
	clause("rfc6455/4.2.1/version-draft", Must, BindsServer,
		"Refuses a request whose Sec-WebSocket-Version is that of a draft, 0 to 8.").
		disputed("A server may understand a draft's version as well and then accepts it (4.2.2, 4.4)."),
	clause("rfc6455/4.2.1/syntax", Must, BindsServer,
		"Refuses a request that breaks the grammar of the handshake in another way.").
		disputed("HTTP lets a recipient mend what it can (a bare LF, a folded value, an empty line in front), " +
			"and HTTP libraries do so before the WebSocket server sees the request."),
	clause("rfc6455/4.2.1/browser", ShouldNot, BindsServer,
		"Takes a request without an Origin field for one from a browser.").
		unseen("What a server takes a request for does not show."),

	// 4.2.2
	clause("rfc6455/4.2.2/respond", Must, BindsServer,
		"Answers an opening handshake: opens the connection with status 101, or refuses."),
	clause("rfc6455/4.2.2/equal", Must, BindsServer,
		"Accepts a request that says the same as one that it accepts, however that is written.").
		noted("A request that has all that 4.2.1 lists is right in any form that HTTP gives it: fields in any order (RFC 9110 5.3), names, and " +
			"the tokens of Upgrade and Connection, in any case (5.1, 7.6.1, 7.8), white space around a value or none (5.5), a list over several lines or " +
			"with empty elements (5.3, 5.6.1), keep-alive in Connection, which says what is so anyhow (RFC 9112 9.3), a target in absolute form (3.2.2). " +
			"A refusal with a status that speaks of the client or of the load, such as 401 or 503, is not held against it."),
	clause("rfc6455/4.2.2/tls-all", Must, BindsServer,
		"Sends everything through the TLS connection once it is made.").unseen(belowOctets),
	clause("rfc6455/4.2.2/origin-refused", Must, BindsServer,
		"Answers with an HTTP error where it does not want the origin.").unseen(ownPolicy),
	clause("rfc6455/4.2.2/version-advertised", Must, BindsServer,
		"Names the versions that it understands when it refuses another."),
	clause("rfc6455/4.2.2/service-unavailable", Must, BindsServer,
		"Answers with an HTTP error where the service asked for is not there.").unseen(ownPolicy),
	clause("rfc6455/4.2.2/subprotocol-offered", Must, BindsServer,
		"Chooses a subprotocol out of those that the client offered."),
	clause("rfc6455/4.2.2/subprotocol-none", MustNot, BindsServer,
		"Sends a Sec-WebSocket-Protocol field where none was offered or agreed on, or with no subprotocol in it."),
	clause("rfc6455/4.2.2/extension-derived", Must, BindsServer,
		"Chooses its extensions out of those that the client offered.").
		sameAs("rfc6455/4.2.2/extension-offered"),
	clause("rfc6455/4.2.2/extension-offered", MustNot, BindsServer,
		"Lists an extension that the client did not offer."),
	clause("rfc6455/4.2.2/response-http", Must, BindsServer,
		"Accepts with a response that is valid HTTP."),
	clause("rfc6455/4.2.2/response-upgrade", Must, BindsServer,
		"Accepts with an Upgrade field whose value is websocket."),
	clause("rfc6455/4.2.2/response-connection", Must, BindsServer,
		"Accepts with a Connection field that has Upgrade."),
	clause("rfc6455/4.2.2/accept", Must, BindsServer,
		"Accepts with the Sec-WebSocket-Accept that answers the key."),

	// 4.3, 4.4
	clause("rfc6455/4.3/quoted-token", Must, BindsBoth,
		"Quotes no extension parameter that is not a token once unquoted.").
		sameAs("rfc6455/9.1/grammar"),
	clause("rfc6455/4.4/version-advertised", Must, BindsServer,
		"Answers a version that it does not support with all those that it does.").
		sameAs("rfc6455/4.2.2/version-advertised"),

	// 11.3
	clause("rfc6455/11.3.1/key-once", MustNot, BindsClient,
		"Sends more than one Sec-WebSocket-Key field."),
	clause("rfc6455/11.3.2/extensions-once", MustNot, BindsServer,
		"Sends more than one Sec-WebSocket-Extensions field.").
		unseen("Section 4.2.2 allows it, and erratum 3433 settles the contradiction in its favour."),
	clause("rfc6455/11.3.3/accept-once", MustNot, BindsServer,
		"Sends more than one Sec-WebSocket-Accept field."),
	clause("rfc6455/11.3.4/protocol-once", MustNot, BindsServer,
		"Sends more than one Sec-WebSocket-Protocol field."),
	clause("rfc6455/11.3.5/version-once", MustNot, BindsClient,
		"Sends more than one Sec-WebSocket-Version field."),
}
