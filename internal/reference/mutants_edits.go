package reference

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// edit changes the peer's half of the opening handshake before the endpoint checks it, so
// that it finds nothing wrong.
type edit = func(e *endpoint, h *head)

func readsHead(f edit) change {
	return func(h *hooks) { h.head = f }
}

// words returns the words of the start line: the first, the last, and what is between.
func (h *head) words() [3]string {
	first, rest, _ := strings.Cut(h.line, " ")
	i := max(0, strings.LastIndexByte(rest, ' '))
	return [3]string{first, rest[:i], strings.TrimPrefix(rest[i:], " ")}
}

func always(string) bool { return true }

// startWord gives a word of a request's start line another value, where chosen.
func startWord(i int, chosen func(string) bool, value string) edit {
	return func(_ *endpoint, h *head) {
		if words := h.words(); chosen(words[i]) {
			words[i] = value
			h.line = strings.Join(words[:], " ")
		}
	}
}

// anyStatus makes the chosen statuses 101.
func anyStatus(chosen func(status string) bool) edit {
	return func(_ *endpoint, h *head) {
		if parts := strings.SplitN(h.line, " ", 3); len(parts) > 1 && chosen(parts[1]) {
			h.line = "HTTP/1.1 101 Switching Protocols"
		}
	}
}

// addMissing adds a field unless there is one of its name.
func addMissing(name, value string) edit {
	return func(_ *endpoint, h *head) {
		if len(values(h.fields, name)) == 0 {
			h.fields = append(h.fields, wsproto.Field{Name: name, Value: value})
		}
	}
}

// keepFirst drops all but the first field of a name.
func keepFirst(name string) edit { return keepOne(name, func(int) int { return 0 }) }

// keepLast drops all but the last field of a name.
func keepLast(name string) edit { return keepOne(name, func(n int) int { return n - 1 }) }

// keepOne drops all but one of the n fields of a name.
func keepOne(name string, which func(n int) int) edit {
	return func(_ *endpoint, h *head) {
		if all := values(h.fields, name); len(all) > 1 {
			h.fields = append(withoutField(h.fields, name), wsproto.Field{Name: name, Value: all[which(len(all))]})
		}
	}
}

// changeValues gives the fields of a name other values.
func changeValues(name string, change func(string) string) edit {
	return func(_ *endpoint, h *head) { h.changeValues(name, change) }
}

func (h *head) changeValues(name string, change func(string) string) {
	for i := range h.fields {
		if f := &h.fields[i]; equalFold(f.Name, name) {
			f.Value, f.Raw = change(f.Value), ""
		}
	}
}

// changeIf gives the fields of a name another value, where chosen.
func changeIf(name string, chosen func(string) bool, value string) edit {
	return changeValues(name, func(s string) string {
		if chosen(s) {
			return value
		}
		return s
	})
}

// sampleKey is the key of RFC 6455 1.3.
const sampleKey = "dGhlIHNhbXBsZSBub25jZQ=="

// keySize returns the number of octets of a key, or -1 if it is not base64.
func keySize(key string) int {
	nonce, err := base64.StdEncoding.Strict().DecodeString(key)
	if err != nil {
		return -1
	}
	return len(nonce)
}

// acceptsKeyAsItCame answers the key that the request had before it was changed.
func acceptsKeyAsItCame(h *hooks) {
	edit, came := h.head, ""
	h.head = func(e *endpoint, h *head) {
		came = value(h.fields, fieldKey)
		edit(e, h)
	}
	h.response = func(_ *endpoint, r *wsproto.Response, _ *head) {
		r.Fields = withField(r.Fields, fieldAccept, acceptKey(came))
	}
}

func dropBadNames(_ *endpoint, h *head) {
	h.fields = slices.DeleteFunc(h.fields, func(f wsproto.Field) bool { return !isToken(f.Name) })
}

func dropControls(_ *endpoint, h *head) {
	for i := range h.fields {
		f := &h.fields[i]
		f.Value, f.Raw = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return -1
			}
			return r
		}, f.Value), ""
	}
}

// setProtocols replaces the subprotocols that a request offers, if it offers any.
func (h *head) setProtocols(names []string) {
	if len(values(h.fields, fieldProtocol)) == 0 {
		return
	}
	h.fields = withoutField(h.fields, fieldProtocol)
	if len(names) > 0 {
		h.fields = append(h.fields, wsproto.Field{Name: fieldProtocol, Value: strings.Join(names, ", ")})
	}
}

func dropBadProtocols(_ *endpoint, h *head) {
	h.setProtocols(slices.DeleteFunc(list(values(h.fields, fieldProtocol)), func(s string) bool { return !isToken(s) }))
}

func dropRepeatedProtocols(_ *endpoint, h *head) {
	var once []string
	for _, name := range list(values(h.fields, fieldProtocol)) {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	h.setProtocols(once)
}

func dropBadExtensions(_ *endpoint, h *head) {
	if _, err := parseExtensions(values(h.fields, fieldExtensions)); err != nil {
		h.fields = withoutField(h.fields, fieldExtensions)
	}
}

func addMissingAccept(e *endpoint, h *head) {
	addMissing(fieldAccept, acceptKey(value(e.requested, fieldKey)))(e, h)
}

// fixAccept makes Sec-WebSocket-Accept right where it is near enough.
func fixAccept(near func(got, want string) bool) edit {
	return func(e *endpoint, h *head) {
		want := acceptKey(value(e.requested, fieldKey))
		changeIf(fieldAccept, func(got string) bool { return near(got, want) }, want)(e, h)
	}
}

func dropUnknownProtocol(e *endpoint, h *head) {
	if !slices.Contains(list(values(e.requested, fieldProtocol)), value(h.fields, fieldProtocol)) {
		h.fields = withoutField(h.fields, fieldProtocol)
	}
}

func dropUnknownExtensions(e *endpoint, h *head) {
	offered, _ := parseExtensions(values(e.requested, fieldExtensions))
	h.changeValues(fieldExtensions, func(s string) string {
		return strings.Join(slices.DeleteFunc(list([]string{s}), func(element string) bool {
			name := strings.Trim(strings.Split(element, ";")[0], " \t")
			return !slices.ContainsFunc(offered, func(x extension) bool { return equalFold(x.name, name) })
		}), ", ")
	})
}
