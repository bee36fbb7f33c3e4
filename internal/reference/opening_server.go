package reference

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

// accept is the server's half of the opening handshake (RFC 6455 4.2): it reads
// the request, holds it against 4.2.1, and answers as 4.2.2 says.
func (e *endpoint) accept() error {
	req, err := readHead(e, wsproto.ParseRequest)
	if err != nil {
		if isMalformed(err) {
			return e.refuse(http.StatusBadRequest, nil, err.Error())
		}
		return err
	}
	problems := e.overlook(req, wsproto.CheckRequest(req))
	if len(problems) > 0 {
		return e.refuse(statusFor(problems), problems, "")
	}
	if e.mutant.refuses != nil {
		if status := e.mutant.refuses(req); status != 0 {
			return e.refuse(status, nil, "refused")
		}
	}
	key, _ := req.Get(fieldKey)
	if e.is(acceptSecondKey) {
		keys := req.Values(fieldKey)
		key = keys[len(keys)-1]
	}
	resp := wsproto.NewResponse(key)
	if name := e.chooseProtocol(req); name != "" {
		resp.Fields = append(resp.Fields, wsproto.Field{Name: fieldProtocol, Value: name})
	}
	resp.Fields = append(resp.Fields, e.answerOffers(req)...)
	resp.Fields = append(resp.Fields, e.Fields...)
	if e.mutant.response != nil {
		e.mutant.response(e, resp, req)
	}
	e.Freedom.Opening.applyToResponse(resp, &e.rand)
	if e.fault != noFault {
		e.openFaulty()
	}
	return e.sendHead(resp.AppendTo(nil))
}

// chooseProtocol returns the first subprotocol that the client offers and the
// endpoint speaks, or "" (RFC 6455 4.2.2, point 5, /subprotocol/).
func (e *endpoint) chooseProtocol(req *wsproto.Request) string {
	for _, name := range req.Tokens(fieldProtocol) {
		if slices.Contains(e.Subprotocols, name) {
			return name
		}
	}
	return ""
}

// statusFor returns the HTTP status that refuses a request. A version other
// than 13 has one of its own (RFC 6455 4.4), but only where nothing else is
// wrong: else the client might come again in vain.
func statusFor(problems []wsproto.Problem) int {
	status := http.StatusUpgradeRequired
	for _, p := range problems {
		switch p.Kind {
		case problem.MethodNotGET:
			return http.StatusMethodNotAllowed
		case problem.VersionUnsupported:
		default:
			status = http.StatusBadRequest
		}
	}
	return status
}

// refuse answers a request with an error and ends the connection.
func (e *endpoint) refuse(status int, problems []wsproto.Problem, text string) error {
	var body strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&body, "%s (%s)\n", p.Kind, p.Kind.Section())
	}
	if body.Len() == 0 {
		fmt.Fprintln(&body, text)
	}
	resp := &wsproto.Response{Proto: "HTTP/1.1", Status: status, Reason: http.StatusText(status)}
	resp.Fields = wsproto.Fields{
		{Name: "Connection", Value: "close"},
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: fmt.Sprint(body.Len())},
	}
	switch status {
	case http.StatusMethodNotAllowed:
		resp.Fields = append(resp.Fields, wsproto.Field{Name: "Allow", Value: "GET"})
	case http.StatusUpgradeRequired:
		resp.Fields[0].Value = "Upgrade, close"
		resp.Fields = append(resp.Fields, wsproto.Field{Name: "Upgrade", Value: "websocket"})
		if !e.is(omitVersion426) {
			resp.Fields = append(resp.Fields, wsproto.Field{Name: fieldVersion, Value: "13"})
		}
	}
	e.out = append(resp.AppendTo(e.out), body.String()...)
	if err := e.closeTCP(); err != nil {
		return err
	}
	return &Refusal{Status: status, Problems: problems}
}
