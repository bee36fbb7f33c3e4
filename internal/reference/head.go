package reference

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// The names of the header fields of RFC 6455 11.3 that the endpoint looks at.
const (
	fieldKey        = "Sec-WebSocket-Key"
	fieldVersion    = "Sec-WebSocket-Version"
	fieldAccept     = "Sec-WebSocket-Accept"
	fieldProtocol   = "Sec-WebSocket-Protocol"
	fieldExtensions = "Sec-WebSocket-Extensions"
)

// head is one half of an opening handshake as it came: a start line and fields. Package
// [net/http] reads it; the lines are kept for what that does not report.
type head struct {
	line   string // without its ending
	fields wsproto.Fields
}

// errNotHTTP is the error of a half that cannot be one.
var errNotHTTP = errors.New("reference: the peer does not speak HTTP")

// readHead reads the peer's half of the opening handshake and leaves what follows it in
// the buffer. Empty lines before it are skipped (RFC 2616 4.1).
func (e *endpoint) readHead() (*head, error) {
	for seen := 0; ; {
		b := e.buffered()
		for len(b) > 0 && b[0] == '\n' || len(b) > 1 && b[0] == '\r' && b[1] == '\n' {
			e.take(bytes.IndexByte(b, '\n') + 1)
			b, seen = e.buffered(), 0
		}
		if bytes.IndexByte(b[seen:], '\n') >= 0 {
			if n := headSize(b); n > 0 {
				h := parseHead(string(b[:n]))
				e.take(n)
				e.hooks.head(e, h)
				return h, nil
			}
		}
		if !e.mayBeHead(b) || len(b) == inputSize {
			return nil, errNotHTTP
		}
		seen = len(b)
		if err := e.fill(); err != nil {
			return nil, err
		}
	}
}

// mayBeHead reports whether b can be the beginning of the peer's half.
func (e *endpoint) mayBeHead(b []byte) bool {
	const version = "HTTP/"
	if e.role == wsproto.Client {
		n := min(len(b), len(version))
		return string(b[:n]) == version[:n]
	}
	line, _, complete := bytes.Cut(b, []byte("\n"))
	return len(line) == 0 || line[0] == '\r' || isToken(string(line[:1])) && (!complete || bytes.Contains(line, []byte(" "+version)))
}

// headSize returns the size of the head with which b begins, its empty line included, or
// 0 if it is not complete.
func headSize(b []byte) int {
	for n := 0; ; {
		i := bytes.IndexByte(b[n:], '\n')
		if i < 0 {
			return 0
		}
		if line := b[n : n+i]; len(line) == 0 || string(line) == "\r" {
			return n + i + 1
		}
		n += i + 1
	}
}

// parseHead takes a complete head apart.
func parseHead(text string) *head {
	line, rest, _ := strings.Cut(text, "\n")
	h := &head{line: strings.TrimSuffix(line, "\r")}
	for raw := range strings.Lines(rest) {
		line := strings.TrimSuffix(strings.TrimSuffix(raw, "\n"), "\r")
		if line == "" {
			break
		}
		if n := len(h.fields); n > 0 && (line[0] == ' ' || line[0] == '\t') { // folded
			f := &h.fields[n-1]
			f.Raw, f.Value = f.Raw+raw, strings.Trim(f.Value+" "+strings.Trim(line, " \t"), " \t")
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			name = ""
		}
		h.fields = append(h.fields, wsproto.Field{Name: name, Value: strings.Trim(value, " \t"), Raw: raw})
	}
	return h
}

// reader returns the head as [http.ReadRequest] and [http.ReadResponse] take it.
func (h *head) reader() *bufio.Reader {
	b := append([]byte(h.line), "\r\n"...)
	for _, f := range h.fields {
		if !equalFold(f.Name, "Content-Length") && !equalFold(f.Name, "Transfer-Encoding") { // no body is read
			b = f.AppendTo(b)
		}
	}
	return bufio.NewReader(bytes.NewReader(append(b, "\r\n"...)))
}

// check reports what is wrong with the lines of a head that net/http lets pass.
func (h *head) check() error {
	for _, f := range h.fields {
		if !isToken(f.Name) {
			return fmt.Errorf("field name %q is not a token", f.Name)
		}
	}
	return nil
}

// request reads the head as a request.
func (h *head) request() (*http.Request, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return http.ReadRequest(h.reader())
}

// response reads the head as a response.
func (h *head) response() (*http.Response, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return http.ReadResponse(h.reader(), nil)
}

// values returns the values of the fields of a name.
func values(fields wsproto.Fields, name string) (all []string) {
	for _, f := range fields {
		if equalFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

// value returns the value of the first field of a name, or "".
func value(fields wsproto.Fields, name string) string {
	if all := values(fields, name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// list returns the elements of a comma-separated list in one or more fields. Empty ones,
// which a recipient has to ignore, are left out.
func list(values []string) (elements []string) {
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			if element = strings.Trim(element, " \t"); element != "" {
				elements = append(elements, element)
			}
		}
	}
	return elements
}

// equalFold reports whether two strings, one of them ASCII, are the same but for the case
// of ASCII letters. For strings.EqualFold alone, the Kelvin sign is a k.
func equalFold(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// hasFold reports whether a token is in a list, in any case of letters.
func hasFold(list []string, token string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return equalFold(s, token) })
}

// isToken reports whether s is a token (RFC 2616 2.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// extension is an element of a Sec-WebSocket-Extensions list (RFC 6455 9.1).
type extension struct {
	name   string
	params []param
}

// param is a parameter of an extension.
type param struct {
	name, value string
	hasValue    bool
}

// String returns the extension as in the header field.
func (x extension) String() string {
	var s strings.Builder
	s.WriteString(x.name)
	for _, p := range x.params {
		s.WriteString("; " + p.name)
		if p.hasValue {
			s.WriteString("=" + p.value)
		}
	}
	return s.String()
}

// parseExtensions reads the values of all Sec-WebSocket-Extensions fields. It fails where
// they break the grammar of RFC 6455 9.1: a quoted value has to be a token, too.
func parseExtensions(values []string) (all []extension, err error) {
	for _, element := range list(values) { // no token has a comma
		var x extension
		for i, part := range strings.Split(element, ";") {
			name, value, hasValue := strings.Cut(part, "=")
			p := param{strings.Trim(name, " \t"), strings.Trim(value, " \t"), hasValue}
			if n := len(p.value); n >= 2 && p.value[0] == '"' && p.value[n-1] == '"' {
				p.value = unquote(p.value[1 : n-1])
			}
			if !isToken(p.name) || hasValue && (!isToken(p.value) || i == 0) {
				return all, fmt.Errorf("%q is not an extension", element)
			}
			if i == 0 {
				x.name = p.name
			} else {
				x.params = append(x.params, p)
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// unquote returns the text within the quotes of a quoted string.
func unquote(s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
}
