package wsproto

import "strings"

// Field is a header field of an opening handshake.
type Field struct {
	// Name is as on the wire, case kept, and so is white space between the name
	// and the colon. It is empty where a line is not a field at all: without a
	// colon, or white space before the first field. Such a line is in Value.
	Name string
	// Value is without its surrounding white space, and unfolded: a line break
	// with the white space after it is one space (RFC 9112 5.2).
	Value string
	// Raw is the field as it came, line ending included. If it is not empty,
	// it is written instead of Name and Value: so that what was parsed is
	// written as it was, and that any line can be made.
	Raw string
}

// AppendTo appends the field to dst: Raw if there is one, else the name, a
// colon, a space, the value and CRLF.
func (f Field) AppendTo(dst []byte) []byte {
	if f.Raw != "" {
		return append(dst, f.Raw...)
	}
	dst = append(dst, f.Name...)
	dst = append(dst, ": "...)
	dst = append(dst, f.Value...)
	return append(dst, "\r\n"...)
}

// Fields are the header fields of a request or response, in the order in which
// they came. Names are looked up without regard to the case of ASCII letters.
type Fields []Field

// Get returns the value of the first field with that name, and how many there
// are: 0 for none.
func (fs Fields) Get(name string) (first string, count int) {
	for _, f := range fs {
		if !equalFold(f.Name, name) {
			continue
		}
		if count == 0 {
			first = f.Value
		}
		count++
	}
	return first, count
}

// Values returns the values of all fields with that name.
func (fs Fields) Values(name string) []string {
	var values []string
	for _, f := range fs {
		if equalFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Tokens returns the elements of a comma-separated list, collected over all
// fields with that name (RFC 9110 5.6.1) and without the white space around
// them. Empty elements, which a recipient has to ignore, are left out. It knows
// no quoted strings: for Sec-WebSocket-Extensions, see [ParseExtensions].
func (fs Fields) Tokens(name string) []string {
	var tokens []string
	for _, value := range fs.Values(name) {
		for element := range strings.SplitSeq(value, ",") {
			if element = trimSpace(element); element != "" {
				tokens = append(tokens, element)
			}
		}
	}
	return tokens
}

func (fs Fields) appendTo(dst []byte) []byte {
	for _, f := range fs {
		dst = f.AppendTo(dst)
	}
	return dst
}

// trimSpace cuts the optional white space of RFC 9110 5.6.3: SP and HTAB alone.
func trimSpace(s string) string { return strings.Trim(s, " \t") }

// equalFold compares without regard to the case of ASCII letters, as RFC 6455
// 2.1 says; strings.EqualFold would take the Kelvin sign for a k.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// IsToken reports whether s is a token (RFC 9110 5.6.2, and the same set of
// characters as in RFC 2616 2.2, to which RFC 6455 refers).
func IsToken(s string) bool {
	for i := range len(s) {
		if !isTokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenChar(c byte) bool { return tokenChars[c] }

var tokenChars = func() (is [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		is[c] = true
	}
	return is
}()
