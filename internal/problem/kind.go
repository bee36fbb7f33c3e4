// Package problem names the rules that an opening handshake can break. Package wsproto finds the problems; an importer
// of that package knows a kind by its name and its section.
package problem

import "fmt"

// Kind is a rule of the opening handshake. The kinds form a closed set,
// and each has one name for good: see [Kind.String].
type Kind uint8

// The problems of a message, whether request or response. A section named in
// RFC 9112 or 9110 is what became of the RFC 2616 that RFC 6455 refers to.
const (
	// StartLine: empty lines before the start line, or a malformed status line.
	StartLine Kind = iota
	// LineEnding: a line that ends with LF alone. Recipients may take it.
	LineEnding
	// FieldName: a name that is not a token, white space before the colon, or a
	// line without a colon.
	FieldName
	// FieldValue: a control octet, such as NUL or a CR alone, in a value.
	FieldValue
	// FieldFolded: a value over several lines, which RFC 2616 still allowed.
	FieldFolded
	// UpgradeMissing: no Upgrade field.
	UpgradeMissing
	// UpgradeToken: an Upgrade field of a request without "websocket" in its
	// list, or of a response with anything else in it.
	UpgradeToken
	// ConnectionMissing: no Connection field.
	ConnectionMissing
	// ConnectionToken: a Connection list without "Upgrade".
	ConnectionToken
	// ProtocolSyntax: a Sec-WebSocket-Protocol that is not a list of tokens, or
	// in a response not a single one.
	ProtocolSyntax
	// ExtensionSyntax: a Sec-WebSocket-Extensions that does not parse.
	ExtensionSyntax
	// ExtensionEmpty: Sec-WebSocket-Extensions fields with nothing in them. The
	// grammar has at least one extension; the text of RFC 6455 4.2.2 speaks of a
	// possibly empty list.
	ExtensionEmpty
)

// The problems of a request (RFC 6455 4.1, 4.2.1).
const (
	// MethodNotGET: any other method; methods are case-sensitive.
	MethodNotGET Kind = iota + ExtensionEmpty + 1
	// HTTPVersion: a version that is malformed or below 1.1.
	HTTPVersion
	// TargetForm: a request target that is neither a path nor an absolute http
	// or https URI, that has a fragment, or octets that no URI has.
	TargetForm
	// HostMissing: no Host field.
	HostMissing
	// HostRepeated: more than one Host field.
	HostRepeated
	// HostInvalid: a Host value that is not a host and an optional port.
	HostInvalid
	// KeyMissing: no Sec-WebSocket-Key field.
	KeyMissing
	// KeyRepeated: more than one Sec-WebSocket-Key field.
	KeyRepeated
	// KeyEncoding: a key that is not base64, or has pad bits that are not 0.
	KeyEncoding
	// KeyLength: a key that is base64 of more or fewer than 16 octets.
	KeyLength
	// VersionMissing: no Sec-WebSocket-Version field.
	VersionMissing
	// VersionRepeated: more than one Sec-WebSocket-Version field.
	VersionRepeated
	// VersionUnsupported: a version other than 13.
	VersionUnsupported
	// OriginRepeated: more than one Origin field.
	OriginRepeated
	// ProtocolDuplicate: a subprotocol that is offered twice.
	ProtocolDuplicate
)

// The problems of a response (RFC 6455 4.1, 4.2.2).
const (
	// StatusNot101: a response that does not open a WebSocket connection. It may
	// well be right in itself: a redirect, a refusal, an interim response.
	StatusNot101 Kind = iota + ProtocolDuplicate + 1
	// ResponseVersion: a version that is malformed, or below HTTP/1.1, which
	// has no status 101.
	ResponseVersion
	// AcceptMissing: no Sec-WebSocket-Accept field.
	AcceptMissing
	// AcceptRepeated: more than one Sec-WebSocket-Accept field.
	AcceptRepeated
	// AcceptWrong: a value that does not answer the key of the request.
	AcceptWrong
	// ProtocolRepeated: more than one Sec-WebSocket-Protocol field.
	ProtocolRepeated
	// ProtocolNotOffered: a subprotocol that the request does not list.
	ProtocolNotOffered
	// ExtensionNotOffered: an extension that the request does not list.
	ExtensionNotOffered

	numKinds
)

var kinds = [numKinds]struct{ name, section string }{
	StartLine:         {"start-line", "RFC 9112 2.2, 4"},
	LineEnding:        {"line-ending", "RFC 9112 2.2"},
	FieldName:         {"field-name", "RFC 9110 5.1, RFC 9112 5.1"},
	FieldValue:        {"field-value", "RFC 9110 5.5"},
	FieldFolded:       {"field-folded", "RFC 9112 5.2"},
	UpgradeMissing:    {"upgrade-missing", "RFC 6455 4.1, 4.2.2"},
	UpgradeToken:      {"upgrade-token", "RFC 6455 4.1, 4.2.2"},
	ConnectionMissing: {"connection-missing", "RFC 6455 4.1, 4.2.2"},
	ConnectionToken:   {"connection-token", "RFC 6455 4.1, 4.2.2"},
	ProtocolSyntax:    {"protocol-syntax", "RFC 6455 4.3"},
	ExtensionSyntax:   {"extension-syntax", "RFC 6455 9.1"},
	ExtensionEmpty:    {"extension-empty", "RFC 6455 9.1"},

	MethodNotGET:       {"method-not-get", "RFC 6455 4.1"},
	HTTPVersion:        {"http-version", "RFC 6455 4.1"},
	TargetForm:         {"target-form", "RFC 6455 4.1, 3"},
	HostMissing:        {"host-missing", "RFC 6455 4.1"},
	HostRepeated:       {"host-repeated", "RFC 9112 3.2"},
	HostInvalid:        {"host-invalid", "RFC 9112 3.2"},
	KeyMissing:         {"key-missing", "RFC 6455 4.1"},
	KeyRepeated:        {"key-repeated", "RFC 6455 11.3.1"},
	KeyEncoding:        {"key-encoding", "RFC 6455 4.1, RFC 4648 3.5"},
	KeyLength:          {"key-length", "RFC 6455 4.1"},
	VersionMissing:     {"version-missing", "RFC 6455 4.1"},
	VersionRepeated:    {"version-repeated", "RFC 6455 11.3.5"},
	VersionUnsupported: {"version-unsupported", "RFC 6455 4.1"},
	OriginRepeated:     {"origin-repeated", "RFC 6454 7.3"},
	ProtocolDuplicate:  {"protocol-duplicate", "RFC 6455 4.1"},

	StatusNot101:        {"status-not-101", "RFC 6455 4.2.2"},
	ResponseVersion:     {"response-version", "RFC 9110 15.2"},
	AcceptMissing:       {"accept-missing", "RFC 6455 4.2.2"},
	AcceptRepeated:      {"accept-repeated", "RFC 6455 11.3.3"},
	AcceptWrong:         {"accept-wrong", "RFC 6455 4.2.2"},
	ProtocolRepeated:    {"protocol-repeated", "RFC 6455 11.3.4"},
	ProtocolNotOffered:  {"protocol-not-offered", "RFC 6455 4.2.2"},
	ExtensionNotOffered: {"extension-not-offered", "RFC 6455 4.2.2"},
}

// Kinds returns all kinds, in no order that means anything.
func Kinds() []Kind {
	all := make([]Kind, numKinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// String returns the kind's stable name, in lower case with hyphens.
func (k Kind) String() string {
	if k < numKinds {
		return kinds[k].name
	}
	return fmt.Sprintf("problem(%d)", uint8(k))
}

// Section returns where the rule stands: "RFC 6455 4.1", or several places
// separated by commas.
func (k Kind) Section() string {
	if k < numKinds {
		return kinds[k].section
	}
	return ""
}
