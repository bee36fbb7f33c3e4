package fuzzingserver

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// params are the parameters of a query, in their order.
type params []param

type param struct{ name, value string }

// maxParams bounds how many parameters are looked at.
const maxParams = 16

// maxAgentName bounds the name of an agent, in octets.
const maxAgentName = 256

// parseQuery takes a query apart. Whatever is not as it should be stands for
// itself: drivers put their names into URLs as they are.
func parseQuery(query string) (q params) {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue // counts as not given
		}
		if len(q) == maxParams {
			break
		}
		q = append(q, param{unescape(name), unescape(value)})
	}
	return q
}

// get returns a parameter, "" if it is not given. One that is given twice is
// refused.
func (q params) get(name string) (string, *refusal) {
	value, n := "", 0
	for _, p := range q {
		if p.name == name {
			value = p.value
			n++
		}
	}
	if n > 1 {
		return "", refused("%s: it is given %d times", name, n)
	}
	return value, nil
}

// agent returns the name of the agent, which has to be given.
func (q params) agent() (string, *refusal) {
	name, refusal := q.get("agent")
	switch {
	case refusal != nil:
		return "", refusal
	case name == "":
		return "", refused("agent: it is missing: add agent=NAME, the name of the client in the report")
	case len(name) > maxAgentName:
		return "", refused("agent: the name is longer than %d octets", maxAgentName)
	case !utf8.ValidString(name):
		return strings.ToValidUTF8(name, "\uFFFD"), nil
	}
	return name, nil
}

// yes reports whether a parameter says so.
func (q params) yes(name string) (bool, *refusal) {
	value, refusal := q.get(name)
	return slices.Contains([]string{"true", "yes"}, strings.ToLower(value)), refusal
}

// takeApart returns the path and the query of a request target, whichever form
// that has, and even if it has none: the case says what is wrong with it.
func takeApart(target string) (path, query string) {
	target, _, _ = strings.Cut(target, "#")
	if _, rest, ok := strings.Cut(target, "://"); ok && !strings.HasPrefix(target, "/") {
		target = rest[strings.IndexAny(rest+"/", "/?"):]
	}
	path, query, _ = strings.Cut(target, "?")
	return "/" + strings.TrimPrefix(path, "/"), query
}

// unescape decodes a name or value of a query, a piece at a time, so that a "%"
// that begins nothing remains one.
func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	var b strings.Builder
	for len(s) > 0 {
		n := 1
		if s[0] == '%' && len(s) >= 3 {
			n = 3
		}
		u, err := url.QueryUnescape(s[:n])
		if err != nil {
			n, u = 1, s[:1]
		}
		b.WriteString(u)
		s = s[n:]
	}
	return b.String()
}
