package oracle

// closingClauses are those of RFC 6455 6 to 8: sending, receiving, closing,
// failing, status codes and UTF-8.
var closingClauses = []Clause{
	// 6.1
	clause("rfc6455/6.1/open", Must, BindsBoth,
		"Sends messages in the OPEN state alone.").sameAs("rfc6455/5.5.1/data-after-close"),
	clause("rfc6455/6.1/abort", Must, BindsBoth,
		"Stops sending a message when the connection is no longer OPEN.").
		sameAs("rfc6455/5.5.1/data-after-close"),
	clause("rfc6455/6.1/framed", Must, BindsBoth,
		"Puts what it sends in frames.").
		noted("It is judged where HTTP comes instead. All other octets are frames of some kind, and what is wrong with them has " +
			"a clause of its own."),
	clause("rfc6455/6.1/opcode", Must, BindsBoth,
		"Gives the first frame of a message the opcode for its type.").unseen(byContent),
	clause("rfc6455/6.1/fin", Must, BindsBoth,
		"Sets the FIN bit of the last frame of a message.").unseen(byContent),
	clause("rfc6455/6.1/mask", Must, BindsClient,
		"Masks the frames of a message.").sameAs("rfc6455/5.1/client-masks"),
	clause("rfc6455/6.1/transmit", Must, BindsBoth,
		"Transmits the frames that it has formed.").unseen(byContent),

	// 6.2
	clause("rfc6455/6.2/parse", Must, BindsBoth,
		"Takes what it receives for frames.").unseen(byContent),
	clause("rfc6455/6.2/control", Must, BindsBoth,
		"Handles control frames as section 5.5 says.").sameAs("rfc6455/5.5.2/pong"),
	clause("rfc6455/6.2/type", Must, BindsBoth,
		"Notes the type of a message from the opcode of its first frame.").unseen(byContent),
	clause("rfc6455/6.2/next-message", Must, BindsBoth,
		"Takes the data frame after the last of a message for a new message.").unseen(byContent),
	clause("rfc6455/6.2/unmask", Must, BindsServer,
		"Removes the masking of data frames.").unseen(byContent),

	// 7.1
	clause("rfc6455/7.1.1/clean-close", Should, BindsBoth,
		"Ends the connection cleanly, with the closing handshake before the end of TCP."),
	clause("rfc6455/7.1.1/server-first", Should, BindsClient,
		"Leaves it to the server to close the TCP connection first.").sameAs("rfc6455/5.5.1/client-waits"),
	clause("rfc6455/7.1.1/server-initiates", Should, BindsServer,
		"Closes the TCP connection at once when it is to close.").sameAs("rfc6455/5.5.1/server-close-tcp"),
	clause("rfc6455/7.1.1/client-waits", Should, BindsClient,
		"Waits for the server to close the TCP connection when it is to close.").
		sameAs("rfc6455/5.5.1/client-waits"),
	clause("rfc6455/7.1.2/start", Must, BindsBoth,
		"Starts the closing handshake with a close frame of the code and reason that it was given.").
		unseen("Code and reason are given by the application."),
	clause("rfc6455/7.1.2/close-tcp", Should, BindsBoth,
		"Closes the WebSocket connection once it has sent and received a close frame.").
		sameAs("rfc6455/5.5.1/close-tcp"),
	clause("rfc6455/7.1.5/close-once", MustNot, BindsBoth,
		"Sends a second close frame.").
		disputed("No sentence of the RFC forbids it. Section 5.5.1 forbids data after a close frame, and asks for an answer only of " +
			"those that have not sent one; section 7.1.5 speaks of the first close frame that comes."),

	// 7.1.7
	clause("rfc6455/7.1.7/close-tcp", Must, BindsBoth,
		"Closes the TCP connection when it fails the WebSocket connection."),
	clause("rfc6455/7.1.7/log", Should, BindsServer,
		"Logs why it failed a connection.").unseen("It is not on the wire."),
	clause("rfc6455/7.1.7/close-frame", Should, BindsBoth,
		"Sends a close frame before it closes the TCP connection on failing.").
		noted("It may leave the frame out where the peer is unlikely to be able to process it."),
	clause("rfc6455/7.1.7/status-code", Should, BindsBoth,
		"Gives its close frame a status code that fits the failure."),
	clause("rfc6455/7.1.7/stop", MustNot, BindsBoth,
		"Goes on to process data once it has failed the connection."),
	clause("rfc6455/7.1.7/client-closes", ShouldNot, BindsClient,
		"Closes the connection for no reason that the RFC or the application gives.").
		unseen("What the application asked for does not show."),

	// 7.2, 7.3
	clause("rfc6455/7.2.1/fail", Must, BindsClient,
		"Fails the connection as 7.1.7 says where the opening handshake asks for it.").
		sameAs("rfc6455/7.1.7/close-tcp"),
	clause("rfc6455/7.2.1/lost", Must, BindsClient,
		"Fails the WebSocket connection when the transport is lost.").
		unseen("Without a transport there is nothing to see."),
	clause("rfc6455/7.2.1/client-closes", ShouldNot, BindsClient,
		"Closes the connection for no reason that the RFC or the application gives.").
		sameAs("rfc6455/7.1.7/client-closes"),
	clause("rfc6455/7.2.2/abort", Must, BindsServer,
		"Closes the connection when it aborts the opening handshake.").
		unseen("After an HTTP error the connection may serve another request."),
	clause("rfc6455/7.2.3/backoff", Should, BindsClient,
		"Backs off when it connects again after an abnormal closure.").unseen(oneConnection),
	clause("rfc6455/7.2.3/first-delay", Should, BindsClient,
		"Delays its first attempt to connect again by a random time.").unseen(oneConnection),
	clause("rfc6455/7.2.3/longer-delays", Should, BindsClient,
		"Delays further attempts by longer and longer times.").unseen(oneConnection),
	clause("rfc6455/7.3/client-closes", ShouldNot, BindsClient,
		"Closes the connection arbitrarily.").sameAs("rfc6455/7.1.7/client-closes"),

	// 7.4
	clause("rfc6455/7.4.1/code-1005", MustNot, BindsBoth,
		"Sends the close code 1005."),
	clause("rfc6455/7.4.1/code-1006", MustNot, BindsBoth,
		"Sends the close code 1006."),
	clause("rfc6455/7.4.1/extensions-listed", Should, BindsClient,
		"Lists the extensions that it needs in the reason of a close with code 1010."),
	clause("rfc6455/7.4.1/code-1010", MustNot, BindsServer,
		"Sends the close code 1010, unless it gives it back.").
		disputed("The code says that the server negotiated none of the extensions that a client needs. It is not used by a server, says the RFC, " +
			"since that can fail the opening handshake; whether this forbids it can be argued."),
	clause("rfc6455/7.4.1/code-1015", MustNot, BindsBoth,
		"Sends the close code 1015."),
	clause("rfc6455/7.4.2/code-defined", Must, BindsBoth,
		"Sends close codes below 5000 that are defined: 1000 to 1003, 1007 to 1014, 3000 to 4999.").
		noted("A code has to be one of 7.4 (5.5.1). There, 0 to 999 are not used, 1004 and what is left up to 2999 is " +
			"reserved. 1012 to 1014 are registered with IANA since."),
	clause("rfc6455/7.4.2/code-beyond", Must, BindsBoth,
		"Sends no close code from 5000 on.").
		disputed("A code has to be one of 7.4 (5.5.1), and its ranges end at 4999. Yet nothing is said of what lies " +
			"beyond, and some endpoints give back any code that they are sent."),

	// 8.1
	clause("rfc6455/8.1/utf8-fail", Must, BindsBoth,
		"Fails the connection on a text message that is not UTF-8.").
		noted("Some implementations leave the check to the application. The endpoint of the RFC is both " +
			"together, so one that gives such a message back breaks the clause. It may do so late: at the " +
			"first bad octet, at the end of the frame or at the end of the message."),
	clause("rfc6455/8.1/reason-fail", Must, BindsBoth,
		"Ends the connection on a close reason that is not UTF-8."),
}
