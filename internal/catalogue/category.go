package catalogue

import (
	"strings"
	"unicode/utf8"
)

// Section is a group of Autobahn's cases, as the reports show them.
type Section struct {
	ID   string // "6", or "6.4" for a subcategory
	Name string
}

// The top-level names are those of Autobahn's reports; the others are ours.
var (
	categories = []Section{
		{"1", "Framing"},
		{"2", "Pings/Pongs"},
		{"3", "Reserved Bits"},
		{"4", "Opcodes"},
		{"5", "Fragmentation"},
		{"6", "UTF-8 Handling"},
		{"7", "Close Handling"},
		{"9", "Limits/Performance"},
		{"10", "Misc"},
		{"12", "WebSocket Compression (different payloads)"},
		{"13", "WebSocket Compression (different parameters)"},
	}
	subcategories = []Section{
		{"1.1", "Text messages by length form"},
		{"1.2", "Binary messages by length form"},
		{"4.1", "Reserved non-control opcodes"},
		{"4.2", "Reserved control opcodes"},
		{"6.1", "Text with empty frames"},
		{"6.2", "Valid text, whole and in fragments"},
		{"6.3", "Invalid text, whole and in fragments"},
		{"6.4", "Failing at the first bad octet"},
		{"6.5", "Valid code points of each length"},
		{"6.6", "Every prefix of a text"},
		{"6.7", "First code point of each length"},
		{"6.8", "First sequences of five and six octets"},
		{"6.9", "Last code point of each length"},
		{"6.10", "Last sequences beyond the code space"},
		{"6.11", "Code points about the gaps"},
		{"6.12", "Continuation octets without a lead octet"},
		{"6.13", "Lead octets without continuation"},
		{"6.14", "Sequences without their last octet"},
		{"6.15", "Cut sequences in a row"},
		{"6.16", "Octets that are never valid"},
		{"6.17", "Overlong ASCII"},
		{"6.18", "Greatest overlong sequences"},
		{"6.19", "Overlong zero"},
		{"6.20", "Single surrogates"},
		{"6.21", "Pairs of surrogates"},
		{"6.22", "Noncharacters, which are valid"},
		{"6.23", "Specials, which are valid"},
		{"7.1", "Frames about the closing handshake"},
		{"7.3", "Close payloads by length"},
		{"7.5", "Close reasons in bad UTF-8"},
		{"7.7", "Close codes that may be sent"},
		{"7.9", "Close codes that must not be sent"},
		{"7.13", "Close codes without a definition (informational)"},
		{"9.1", "Text messages of up to 16 MiB"},
		{"9.2", "Binary messages of up to 16 MiB"},
		{"9.3", "Text message of 4 MiB by fragment size"},
		{"9.4", "Binary message of 4 MiB by fragment size"},
		{"9.5", "Text message of 1 MiB by chop size"},
		{"9.6", "Binary message of 1 MiB by chop size"},
		{"9.7", "Text round trips by message size"},
		{"9.8", "Binary round trips by message size"},
		{"10.1", "Fragments of packet size"},
		{"12.1", "JSON (UTF-8, text)"},
		{"12.2", "Greyscale bitmap (binary)"},
		{"12.3", "German prose (ISO 8859-1, binary)"},
		{"12.4", "HTML (UTF-8, text)"},
		{"12.5", "PDF, hardly compressible (binary)"},
		{"13.1", "Nothing asked of the peer"},
		{"13.2", "No context takeover"},
		{"13.3", "Window of 9 bits"},
		{"13.4", "Window of 15 bits"},
		{"13.5", "No context takeover, window of 9 bits"},
		{"13.6", "No context takeover, window of 15 bits"},
		{"13.7", "Several offers"},
	}
)

// Categories returns Autobahn's top-level sections in order of execution. The
// slice must not be changed.
func Categories() []Section { return categories }

// Subcategories returns the second level, for the sections that have one, in
// order of execution. The slice must not be changed.
func Subcategories() []Section { return subcategories }

// Sections returns the category and the subcategory of a case. Where there is
// none (2.1 stands in section 2 directly; a case that is not Autobahn's has
// neither), it is the zero Section.
func (c *Case) Sections() (category, subcategory Section) {
	id, ok := strings.CutPrefix(c.ID, AutobahnPrefix)
	if !ok {
		return Section{}, Section{}
	}
	for _, s := range categories {
		if strings.HasPrefix(id, s.ID+".") {
			category = s
		}
	}
	for _, s := range subcategories {
		if strings.HasPrefix(id, s.ID+".") {
			subcategory = s
		}
	}
	return category, subcategory
}

// Group returns the part of the suite that a case belongs to, for views of many
// cases: a category of Autobahn's, a top-level section of an RFC ("rfc6455/5"), or
// what its id begins with.
func (c *Case) Group() Section {
	if category, _ := c.Sections(); category.ID != "" {
		return category
	}
	document, rest, _ := strings.Cut(c.ID, "/")
	number, ok := strings.CutPrefix(document, "rfc")
	if !ok || number == "" || rest == "" {
		_, size := utf8.DecodeRuneInString(document)
		return Section{ID: document, Name: strings.ToUpper(document[:size]) + document[size:]}
	}
	section, _, _ := strings.Cut(rest, "/")
	section, _, _ = strings.Cut(section, ".")
	return Section{ID: document + "/" + section, Name: "RFC " + number + ", section " + section}
}
