package oracle

// negotiationClauses are those of RFC 6455 9 and 10: extensions and security.
var negotiationClauses = []Clause{
	// 9, 9.1
	clause("rfc6455/9/extension-offered", MustNot, BindsServer,
		"Answers with an extension that the client did not offer.").
		sameAs("rfc6455/4.2.2/extension-offered"),
	clause("rfc6455/9/parameters", Must, BindsBoth,
		"Chooses the parameters of an extension as that extension says."),
	clause("rfc6455/9.1/grammar", Must, BindsBoth,
		"Sends Sec-WebSocket-Extensions by its grammar."),
	clause("rfc6455/9.1/grammar-fail", Must, BindsBoth,
		"Fails the connection at once on a Sec-WebSocket-Extensions that breaks the grammar.").
		disputed("Section 9.1 says so of every recipient. Yet a server need not accept any offer (9.1), and one that " +
			"knows no extension, or not the one that is spoilt, commonly does not read the field at all."),
	clause("rfc6455/9.1/registered", Must, BindsBoth,
		"Names extensions by registered tokens alone.").
		unseen("The registry of 11.4 grows: a name that is not known here may be registered."),
	clause("rfc6455/9.1/parameters-defined", Must, BindsBoth,
		"Sends parameters that are defined for their extension.").sameAs("rfc6455/9/parameters"),
	clause("rfc6455/9.1/offer-only", MustNot, BindsClient,
		"Uses an extension that the server did not accept.").sameAs("rfc6455/5.2/rsv"),

	// 10
	clause("rfc6455/10.2/verify-origin", Should, BindsServer,
		"Verifies the origin if it does not serve every web page.").unseen(ownPolicy),
	clause("rfc6455/10.2/forbidden", Should, BindsServer,
		"Answers an origin that it does not accept with 403 Forbidden.").unseen(ownPolicy),
	clause("rfc6455/10.3/new-key", Must, BindsClient,
		"Chooses a new masking key for each frame.").sameAs("rfc6455/5.3/fresh-key"),
	clause("rfc6455/10.4/protect", Must, BindsBoth,
		"Protects itself against frames and messages beyond its limits.").sameAs("wscheck/peer-bloated"),
	clause("rfc6455/10.4/limit", Should, BindsBoth,
		"Limits the size of frames and of messages.").
		unseen("A limit that was not reached does not show."),
	clause("rfc6455/10.6/tls", Must, BindsBoth,
		"Supports TLS.").unseen("A conversation without TLS does not say what else is supported."),
	clause("rfc6455/10.6/tls-used", Should, BindsBoth,
		"Uses TLS.").unseen("Whether it is used under test is for the tester to choose."),
	clause("rfc6455/10.7/validate", Must, BindsBoth,
		"Validates the data that it receives.").
		unseen("It sums up what is judged at each clause whose id ends in -fail."),
	clause("rfc6455/10.7/close-frame", Should, BindsBoth,
		"Sends a close frame with a fitting status code before it closes on invalid data.").
		sameAs("rfc6455/7.1.7/close-frame"),
	clause("rfc6455/10.7/http-status", Should, BindsServer,
		"Answers an invalid opening handshake with a fitting HTTP status."),
}
