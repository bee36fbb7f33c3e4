package oracle

const (
	ofIntermediaries = "It binds intermediaries, which are neither client nor server."
	byContent        = "What was meant is known to the peer alone; with an echo it shows in the content."
	validation       = "The RFC forbids the sender to do it and asks receivers to validate what they get (10.7)."
)

// framingClauses are those of RFC 6455 5. An id that ends in -fail is the
// receiver's side of the rule: what to do with a peer that breaks it.
var framingClauses = []Clause{
	// 5.1
	clause("rfc6455/5.1/client-masks", Must, BindsClient,
		"Masks every frame."),
	clause("rfc6455/5.1/server-closes-unmasked", Must, BindsServer,
		"Closes the connection on a frame that is not masked."),
	clause("rfc6455/5.1/server-masks-not", MustNot, BindsServer,
		"Masks a frame."),
	clause("rfc6455/5.1/client-closes-masked", Must, BindsClient,
		"Closes the connection on a frame that is masked."),

	// 5.2
	clause("rfc6455/5.2/rsv", Must, BindsBoth,
		"Sends reserved bits of 0, unless an extension in use defines them."),
	clause("rfc6455/5.2/rsv-fail", Must, BindsBoth,
		"Fails the connection on a reserved bit that no extension in use defines."),
	clause("rfc6455/5.2/opcode", Must, BindsBoth,
		"Sends no opcode that is reserved."),
	clause("rfc6455/5.2/opcode-fail", Must, BindsBoth,
		"Fails the connection on an opcode that is reserved."),
	clause("rfc6455/5.2/length-63bit", Must, BindsBoth,
		"Sends no payload length of 64 bits whose most significant bit is 1."),
	clause("rfc6455/5.2/length-63bit-fail", Must, BindsBoth,
		"Fails the connection on a payload length whose most significant bit is 1.").noted(validation),
	clause("rfc6455/5.2/length-minimal", Must, BindsBoth,
		"Writes each payload length in the fewest octets."),
	clause("rfc6455/5.2/length-minimal-fail", Must, BindsBoth,
		"Fails the connection on a payload length in more octets than it takes.").
		disputed("Section 5.2 forbids the sender to do it; that a receiver has to check follows from 10.7 alone, " +
			"and the length is unambiguous all the same. Many implementations take it."),
	clause("rfc6455/5.2/extension-data", Must, BindsBoth,
		"Tells how long its extension data is and how its use is negotiated.").
		unseen("It binds those who specify an extension."),

	// 5.3
	clause("rfc6455/5.3/masked-bit", Must, BindsClient,
		"Sets the mask bit of a masked frame.").sameAs("rfc6455/5.1/client-masks"),
	clause("rfc6455/5.3/fresh-key", Must, BindsClient,
		"Picks a new masking key for each frame."),
	clause("rfc6455/5.3/key-entropy", Must, BindsClient,
		"Derives its masking keys from a strong source of entropy.").
		unseen("A few keys do not tell a strong source from a weak one."),
	clause("rfc6455/5.3/key-predictable", MustNot, BindsClient,
		"Makes it simple to predict a masking key from those before.").
		unseen("A few keys do not tell a strong source from a weak one; one key for all frames breaks rfc6455/5.3/fresh-key."),

	// 5.4
	clause("rfc6455/5.4/control-fragmented", MustNot, BindsBoth,
		"Fragments a control frame.").sameAs("rfc6455/5.5/control-fragmented"),
	clause("rfc6455/5.4/order", Must, BindsBoth,
		"Sends the fragments of a message in their order.").unseen(byContent),
	clause("rfc6455/5.4/interleaved", MustNot, BindsBoth,
		"Begins a message before the one under way is finished."),
	clause("rfc6455/5.4/interleaved-fail", Must, BindsBoth,
		"Fails the connection on a message within a message.").noted(validation),
	clause("rfc6455/5.4/continuation", Must, BindsBoth,
		"Continues no message where none is under way."),
	clause("rfc6455/5.4/continuation-fail", Must, BindsBoth,
		"Fails the connection on a continuation of nothing.").noted(validation),
	clause("rfc6455/5.4/control-within", Must, BindsBoth,
		"Handles control frames in the middle of a fragmented message."),
	clause("rfc6455/5.4/receive-fragments", Must, BindsBoth,
		"Takes both fragmented and unfragmented messages.").unseen(
		"A peer may close at any time; with an echo, a message that it did not take shows as wscheck/echo-missing."),
	clause("rfc6455/5.4/intermediary-control", MustNot, BindsBoth,
		"Changes the fragmentation of a control frame.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-reserved", MustNot, BindsBoth,
		"Changes the fragmentation of a message with reserved bits that it does not know.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-extensions", MustNot, BindsBoth,
		"Changes the fragmentation where extensions are in use that it does not know.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-handshake", MustNot, BindsBoth,
		"Changes the fragmentation where it did not see the handshake.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/one-type", Must, BindsBoth,
		"Sends all fragments of a message with one type.").sameAs("rfc6455/5.4/interleaved"),

	// 5.5
	clause("rfc6455/5.5/control-length", Must, BindsBoth,
		"Sends control frames of at most 125 octets."),
	clause("rfc6455/5.5/control-length-fail", Must, BindsBoth,
		"Fails the connection on a control frame of more than 125 octets.").noted(validation),
	clause("rfc6455/5.5/control-fragmented", MustNot, BindsBoth,
		"Fragments a control frame."),
	clause("rfc6455/5.5/control-fragmented-fail", Must, BindsBoth,
		"Fails the connection on a fragmented control frame.").noted(validation),

	// 5.5.1
	clause("rfc6455/5.5.1/close-body", Must, BindsBoth,
		"Begins the body of a close frame, if any, with a status code of two octets."),
	clause("rfc6455/5.5.1/close-body-fail", Must, BindsBoth,
		"Ends the connection on a close frame with a body of one octet.").noted(validation),
	clause("rfc6455/5.5.1/reason-utf8", Must, BindsBoth,
		"Sends close reasons in UTF-8."),
	clause("rfc6455/5.5.1/reason-shown", MustNot, BindsClient,
		"Shows a close reason to the end user.").unseen("It is not on the wire."),
	clause("rfc6455/5.5.1/close-masked", Must, BindsClient,
		"Masks its close frame.").sameAs("rfc6455/5.1/client-masks"),
	clause("rfc6455/5.5.1/data-after-close", MustNot, BindsBoth,
		"Sends data frames after a close frame."),
	clause("rfc6455/5.5.1/close-reply", Must, BindsBoth,
		"Answers a close frame with a close frame, unless it has sent one."),
	clause("rfc6455/5.5.1/close-prompt", Should, BindsBoth,
		"Answers a close frame as soon as is practical."),
	clause("rfc6455/5.5.1/close-taken", Must, BindsBoth,
		"Takes a right close frame for the beginning of the closing handshake, and not for an error, whatever its code and reason.").
		noted("Section 7.4 says which codes may be sent, and 5.5 how long a reason may be. Which code stands in the answer is free (5.5.1); but " +
			"1002 and 1007 say that something was wrong (7.4.1). It is judged of a peer that answers code 1000 without them."),
	clause("rfc6455/5.5.1/close-tcp", Must, BindsBoth,
		"Closes the TCP connection once it has sent and received a close frame."),
	clause("rfc6455/5.5.1/server-close-tcp", Must, BindsServer,
		"Closes the TCP connection at once when it has sent and received a close frame."),
	clause("rfc6455/5.5.1/client-waits", Should, BindsClient,
		"Lets the server close the TCP connection."),

	// 5.5.2, 5.5.3
	clause("rfc6455/5.5.2/pong", Must, BindsBoth,
		"Answers a ping with a pong, unless it has received a close frame."),
	clause("rfc6455/5.5.2/pong-prompt", Should, BindsBoth,
		"Answers a ping as soon as is practical."),
	clause("rfc6455/5.5.3/pong-payload", Must, BindsBoth,
		"Answers a ping with the payload of that ping."),

	// 5.6, 5.8
	clause("rfc6455/5.6/text-utf8", Must, BindsBoth,
		"Sends text messages that are UTF-8 as a whole."),
	clause("rfc6455/5.8/negotiated", Must, BindsBoth,
		"Uses extensions that were negotiated in the opening handshake alone.").
		sameAs("rfc6455/5.2/rsv"),
}
