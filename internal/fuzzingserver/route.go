package fuzzingserver

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/wsproto"
)

// maxAgentName bounds the name of an agent, in octets.
const maxAgentName = 256

// route does what an opening handshake's request target asks for. It returns a
// refusal that is still to be sent.
func (s *Server) route(ctx context.Context, conn net.Conn, head []byte, req *wsproto.Request) *refusal {
	path, query := takeApart(req.Target)
	q := parseQuery(query)
	t := &session{conn: conn, head: head, request: req, subprotocols: s.config.Subprotocols}
	switch path {
	case runPath:
		return s.runCase(ctx, t, q)
	case "/getCaseCount":
		return t.answer(strconv.Itoa(len(s.cases)))
	case "/getCaseInfo":
		return s.caseInfo(t, q)
	case "/getCaseStatus":
		return s.caseStatus(ctx, t, q)
	case "/updateReports":
		return s.updateReports(ctx, t, q)
	case "/stopServer":
		return s.stopServer(t)
	}
	return &refusal{http.StatusNotFound, "no such path: there are /runCase, /getCaseCount, /getCaseInfo, /getCaseStatus, /updateReports and /stopServer"}
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

// params are the parameters of a query, in their order.
type params []param

type param struct{ name, value string }

// maxParams bounds how many parameters are looked at.
const maxParams = 16

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

// index returns where each case stands in the list, by its full id and, if it is
// Autobahn's, by that without the prefix.
func index(cases []*catalogue.Case) map[string]int {
	byName := make(map[string]int, 2*len(cases))
	for i, c := range cases {
		byName[c.ID] = i
		byName[shortID(c)] = i
	}
	return byName
}

// shortID is the id of a case as drivers know it: "1.2.3", or in full for one
// that Autobahn|Testsuite does not have.
func shortID(c *catalogue.Case) string { return strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix) }

// find returns the case that a query names. Where it has a number and an id, the
// number counts.
func (s *Server) find(q params) (*catalogue.Case, *refusal) {
	number, refusal := q.get("case")
	if refusal != nil {
		return nil, refusal
	}
	tuple, refusal := q.get("casetuple")
	if refusal != nil {
		return nil, refusal
	}
	switch {
	case number != "":
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < 1 || n > len(s.cases) {
			return nil, notFound("case: want a number from 1 to " + strconv.Itoa(len(s.cases)))
		}
		return s.cases[n-1], nil
	case tuple != "":
		i, ok := s.byName[strings.TrimSpace(tuple)]
		if !ok {
			return nil, notFound("casetuple: no case of that name is served")
		}
		return s.cases[i], nil
	}
	return nil, refused("case: it is missing: add case=N, or casetuple=1.2.3")
}

// notFound is a refusal of what does not exist.
func notFound(reason string) *refusal { return &refusal{http.StatusNotFound, reason} }

// yes reports whether a parameter says so.
func (q params) yes(name string) (bool, *refusal) {
	value, refusal := q.get(name)
	return slices.Contains([]string{"true", "yes"}, strings.ToLower(value)), refusal
}
