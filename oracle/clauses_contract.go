package oracle

// contractClauses are no RFC's: what the implementation under test is asked to
// do ([Options]), and what no endpoint may do whatever it is for.
var contractClauses = []Clause{
	clause("wscheck/echo-content", Must, BindsBoth,
		"Sends each message back octet by octet.").
		noted("A byte order mark at the beginning of text is part of it. RFC 3629 6 lets a receiver take one for a signature, but has none " +
			"where a protocol wants UTF-8 in any case, as RFC 6455 5.6 does."),
	clause("wscheck/echo-type", Must, BindsBoth,
		"Sends text back as text and binary as binary."),
	clause("wscheck/echo-order", Must, BindsBoth,
		"Sends messages back in the order in which they came."),
	clause("wscheck/echo-missing", Must, BindsBoth,
		"Sends every message back."),
	clause("wscheck/echo-extra", MustNot, BindsBoth,
		"Sends a message that it did not get."),
	clause("wscheck/answer-missing", Must, BindsBoth,
		"Answers each message that its dialect has an answer to."),
	clause("wscheck/answer-wrong", MustNot, BindsBoth,
		"Reports that it does not understand a message that its dialect has."),
	clause("wscheck/stay", Must, BindsBoth,
		"Leaves the closing to the other side while nothing is wrong.").
		noted("A close frame with a code that speaks of a limit or a policy of the peer (1003, 1008 to 1010), or of its own end (1001, 1012, " +
			"1013), is not held against it, unless a longer message came back before (RFC 6455 7.4.1, 10.4)."),
	clause("wscheck/peer-died", MustNot, BindsBoth,
		"Dies during a conversation."),
	clause("wscheck/peer-panicked", MustNot, BindsBoth,
		"Panics during a conversation."),
	clause("wscheck/peer-hung", MustNot, BindsBoth,
		"Is still busy with a connection that is over."),
	clause("wscheck/peer-bloated", MustNot, BindsBoth,
		"Takes memory out of all proportion to what it was sent."),
	clause("wscheck/peer-toiled", MustNot, BindsBoth,
		"Does work that grows faster than what it was sent."),
	clause("wscheck/peer-kept", MustNot, BindsBoth,
		"Keeps memory of connections that are over."),
	clause("wscheck/peer-mixed", MustNot, BindsBoth,
		"Sends octets that came to it on another connection."),
	clause("wscheck/overflow", MustNot, BindsBoth,
		"Sends without end."),
}
