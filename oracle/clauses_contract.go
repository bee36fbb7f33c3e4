package oracle

// contractClauses are no RFC's: what the implementation under test is asked to
// do ([Options]), and what no endpoint may do whatever it is for.
var contractClauses = []Clause{
	clause("wscheck/echo-content", Must, BindsBoth,
		"Sends each message back octet by octet."),
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
		"Leaves the closing to the other side while nothing is wrong."),
	clause("wscheck/peer-died", MustNot, BindsBoth,
		"Dies during a conversation."),
	clause("wscheck/peer-panicked", MustNot, BindsBoth,
		"Panics during a conversation."),
	clause("wscheck/peer-hung", MustNot, BindsBoth,
		"Is still busy with a connection that is over."),
	clause("wscheck/peer-bloated", MustNot, BindsBoth,
		"Takes memory out of all proportion to what it was sent."),
	clause("wscheck/overflow", MustNot, BindsBoth,
		"Sends without end."),
}
