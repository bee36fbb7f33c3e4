package deflate

import "fmt"

// Problem is a rule of RFC 7692 that an offer or an answer breaks. It is
// comparable.
type Problem struct {
	Kind ProblemKind
	// Param is the name of the parameter concerned, "" for none.
	Param string
	// Value is the wrong value, if any.
	Value string
}

// String returns the problem in words: `value out of range 8 to 15:
// server_max_window_bits=16 (RFC 7692 7.1.2)`.
func (p Problem) String() string {
	s := p.Kind.String()
	if p.Param != "" {
		s += ": " + p.Param
	}
	if p.Value != "" {
		s += "=" + p.Value
	}
	return s + " (" + p.Kind.Section() + ")"
}

// ProblemKind is a rule broken. The set is closed; values are comparable.
type ProblemKind uint8

const (
	// ParamUnknown: a parameter that the RFC does not define.
	ParamUnknown ProblemKind = iota + 1
	// ParamRepeated: a parameter that comes more than once.
	ParamRepeated
	// ValueUnwanted: a value for a parameter that has none.
	ValueUnwanted
	// ValueMissing: no value for a parameter that has one. An offer's
	// client_max_window_bits may be without, an answer's not.
	ValueMissing
	// ValueSyntax: a value that is not a decimal number.
	ValueSyntax
	// ValueLeadingZero: a decimal number with leading zeros.
	ValueLeadingZero
	// ValueRange: a number outside 8 to 15.
	ValueRange

	// The following are those of an answer to an offer.

	// NotOffered: an answer where nothing was offered.
	NotOffered
	// OfferUnfit: an answer where everything offered has a problem of its own and
	// has to be declined.
	OfferUnfit
	// AnswerRepeated: the extension comes more than once, and would conflict with
	// itself on RSV1.
	AnswerRepeated
	// ServerTakeover: server_no_context_takeover was asked for and not answered.
	ServerTakeover
	// ServerWindowMissing: server_max_window_bits was asked for and not answered.
	ServerWindowMissing
	// ServerWindowLarger: server_max_window_bits larger than offered.
	ServerWindowLarger
	// ClientWindowNotOffered: client_max_window_bits that the offer did not have.
	ClientWindowNotOffered

	numProblems
)

var problemTexts = [numProblems]struct{ text, section string }{
	ParamUnknown:           {"unknown parameter", "RFC 7692 7.1"},
	ParamRepeated:          {"repeated parameter", "RFC 7692 7.1"},
	ValueUnwanted:          {"value where none belongs", "RFC 7692 7.1.1"},
	ValueMissing:           {"missing value", "RFC 7692 7.1.2"},
	ValueSyntax:            {"value is not a decimal number", "RFC 7692 7.1.2"},
	ValueLeadingZero:       {"value with leading zeros", "RFC 7692 7.1.2"},
	ValueRange:             {"value out of range 8 to 15", "RFC 7692 7.1.2"},
	NotOffered:             {"answer without an offer", "RFC 6455 9.1"},
	OfferUnfit:             {"answer to an offer that has to be declined", "RFC 7692 7.1"},
	AnswerRepeated:         {"more than one answer", "RFC 7692 5"},
	ServerTakeover:         {"asked for and not answered", "RFC 7692 7.1.1.1"},
	ServerWindowMissing:    {"asked for and not answered", "RFC 7692 7.1.2.1"},
	ServerWindowLarger:     {"larger than offered", "RFC 7692 7.1.2.1"},
	ClientWindowNotOffered: {"answered and not offered", "RFC 7692 7.1.2.2"},
}

// String returns the rule in words.
func (k ProblemKind) String() string {
	if k > 0 && k < numProblems {
		return problemTexts[k].text
	}
	return fmt.Sprintf("problem %d", uint8(k))
}

// Section returns where the rule is: "RFC 7692 7.1.2.1".
func (k ProblemKind) Section() string {
	if k > 0 && k < numProblems {
		return problemTexts[k].section
	}
	return ""
}
