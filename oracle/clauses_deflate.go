package oracle

const (
	ownSupport = "What an endpoint supports is known to it alone."
	byInflated = "It shows in the content that is given back, and as failing a message that is right."
)

// deflateClauses are those of RFC 7692.
var deflateClauses = []Clause{
	// 5
	clause("rfc7692/5/preference", Should, BindsServer,
		"Accepts, of the offers that it supports, the one that stands first.").unseen(ownSupport),
	clause("rfc7692/5/decline", Must, BindsServer,
		"Declines a valid offer that it does not accept by an answer without the extension, and opens the connection all the same.").
		noted("The offer is no demand. A server that accepts the request without it has no reason to refuse the one with it: " +
			"RFC 6455 4.2.1 lists Sec-WebSocket-Extensions among what a request may have."),
	clause("rfc7692/5/offered-fail", Must, BindsClient,
		"Fails the connection on an accepted extension that it did not offer.").
		sameAs("rfc6455/4.1/response-extension"),
	clause("rfc7692/5/rsv1-conflict", MustNot, BindsServer,
		"Accepts two extensions that both use RSV1."),
	clause("rfc7692/5/rsv1-conflict-fail", Must, BindsClient,
		"Fails the connection on a response with two extensions that both use RSV1."),

	// 6
	clause("rfc7692/6.1/compressed", Must, BindsBoth,
		"Compresses a message and sets RSV1 of its first frame, both or neither.").
		sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/6.1/rsv1-control", MustNot, BindsBoth,
		"Sets RSV1 of a control frame."),
	clause("rfc7692/6.1/rsv1-control-fail", Must, BindsBoth,
		"Fails the connection on a control frame with RSV1."),
	clause("rfc7692/6.1/rsv1-continuation", MustNot, BindsBoth,
		"Sets RSV1 of a frame that is not the first of its message."),
	clause("rfc7692/6.1/rsv1-continuation-fail", Must, BindsBoth,
		"Fails the connection on RSV1 in a frame that is not the first of its message."),
	clause("rfc7692/6.1/uncompressed", Must, BindsBoth,
		"Leaves RSV1 at 0 in a message that is not compressed.").sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/6.2/inflate", Must, BindsBoth,
		"Decompresses the messages that have RSV1.").unseen(byInflated),
	clause("rfc7692/6.2/plain", Must, BindsBoth,
		"Takes the messages without RSV1 as they are.").unseen(byInflated),

	// 7.1
	clause("rfc7692/7.1/decline-parameter", Must, BindsServer,
		"Declines an offer with a parameter that is not defined for offers."),
	clause("rfc7692/7.1/decline-value", Must, BindsServer,
		"Declines an offer with a parameter whose value is not valid."),
	clause("rfc7692/7.1/decline-repeated", Must, BindsServer,
		"Declines an offer with a parameter twice."),
	clause("rfc7692/7.1/decline-unsupported", Must, BindsServer,
		"Declines an offer that it does not support.").unseen(ownSupport),
	clause("rfc7692/7.1/fail-parameter", Must, BindsClient,
		"Fails the connection on a response with a parameter that is not defined for responses."),
	clause("rfc7692/7.1/fail-value", Must, BindsClient,
		"Fails the connection on a response with a parameter whose value is not valid."),
	clause("rfc7692/7.1/fail-repeated", Must, BindsClient,
		"Fails the connection on a response with a parameter twice."),
	clause("rfc7692/7.1/fail-unsupported", Must, BindsClient,
		"Fails the connection on a response that it does not support.").unseen(ownSupport),
	clause("rfc7692/7.1.1.1/server-no-context-takeover", Must, BindsServer,
		"Accepts an offer with server_no_context_takeover by a response with it."),
	clause("rfc7692/7.1.1.1/supported", Should, BindsServer,
		"Supports server_no_context_takeover in an offer.").unseen(ownSupport),
	clause("rfc7692/7.1.2.1/window-value", Must, BindsBoth,
		"Gives server_max_window_bits a value of 8 to 15 without leading zeros."),
	clause("rfc7692/7.1.2.1/window-kept", Must, BindsServer,
		"Accepts an offer with server_max_window_bits by a response with that value or a smaller one."),
	clause("rfc7692/7.1.2.2/window-value", Must, BindsBoth,
		"Gives client_max_window_bits a value of 8 to 15 without leading zeros, or none in an offer."),
	clause("rfc7692/7.1.2.2/window-offered", MustNot, BindsServer,
		"Answers with client_max_window_bits an offer without it."),
	clause("rfc7692/7.1.2.2/window-kept", Must, BindsServer,
		"Answers client_max_window_bits with no larger value than the offer's.").
		disputed("The offer's value is called a hint that the server may ignore, and a response is then said to " +
			"hold the same value or a smaller one."),

	// 7.2.1
	clause("rfc7692/7.2.1/deflate", Must, BindsBoth,
		"Sends compressed messages that are DEFLATE."),
	clause("rfc7692/7.2.1/tail", Must, BindsBoth,
		"Ends a compressed message with an empty stored block, less its last four octets."),
	clause("rfc7692/7.2.1/padding", Must, BindsBoth,
		"Pads a block with BFINAL to the next octet with bits of 0."),
	clause("rfc7692/7.2.1/fragment-tail", MustNot, BindsBoth,
		"Removes the last four octets of a fragment that is not the last.").
		sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/7.2.1/window", MustNot, BindsBoth,
		"Uses a window of more than 32768 octets.").
		unseen("DEFLATE has no code for a longer distance."),
	clause("rfc7692/7.2.1/client-window", MustNot, BindsClient,
		"Uses a window longer than client_max_window_bits allows."),
	clause("rfc7692/7.2.1/server-window", MustNot, BindsServer,
		"Uses a window longer than server_max_window_bits allows."),
	clause("rfc7692/7.2.1/client-empty-window", Must, BindsClient,
		"Begins each message with an empty window under client_no_context_takeover."),
	clause("rfc7692/7.2.1/server-empty-window", Must, BindsServer,
		"Begins each message with an empty window under server_no_context_takeover."),

	// 7.2.2
	clause("rfc7692/7.2.2/invalid-fail", Must, BindsBoth,
		"Fails the connection on a compressed message that is not DEFLATE.").noted(validation),
	clause("rfc7692/7.2.2/unfinished-fail", Must, BindsBoth,
		"Fails the connection on a compressed message that ends within a block.").
		disputed("Common inflaters give what they have by then and report nothing; the RFC says nothing of it."),
	clause("rfc7692/7.2.2/overrun-fail", Must, BindsBoth,
		"Fails the connection on a back-reference beyond the agreed window, or into a message that was to be forgotten.").
		disputed("The RFC forbids the sender to (7.2.1) and says nothing of the receiver: one that keeps more than was agreed on " +
			"can inflate it, one that does not cannot, and one that starts anew behind a block with BFINAL forgets that too."),
	clause("rfc7692/7.2.2/tail-fail", Must, BindsBoth,
		"Fails the connection on a compressed message that does not end right before the four octets that the sender takes off.").
		disputed("What the receiver appends is then no block, or part of one. Some inflaters fail, and some have given all there is by then."),
	clause("rfc7692/7.2.2/client-takeover", Must, BindsClient,
		"Decompresses with the window of the message before, unless it was agreed to be empty.").unseen(byInflated),
	clause("rfc7692/7.2.2/server-takeover", Must, BindsServer,
		"Decompresses with the window of the message before, unless it was agreed to be empty.").unseen(byInflated),
	clause("rfc7692/7.2.2/client-window", Must, BindsClient,
		"Decompresses with a window of 32768 octets, unless a smaller one was agreed on.").unseen(byInflated),
	clause("rfc7692/7.2.2/server-window", Must, BindsServer,
		"Decompresses with a window of 32768 octets, unless a smaller one was agreed on.").unseen(byInflated),
}
