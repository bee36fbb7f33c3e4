package reference

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// accept is the server's half of the opening handshake (RFC 6455 4.2): it reads the
// request, checks it by 4.2.1, and answers as 4.2.2 says. Other requests may come before it on the
// connection.
func (e *endpoint) accept() error {
	var refusal *Refusal
	for {
		h, err := e.readHead()
		switch {
		case errors.Is(err, errNotHTTP):
			return e.sendRefusal(nil, nil, http.StatusBadRequest, err.Error())
		case errors.Is(err, ErrDropped) && refusal != nil:
			return refusal
		case err != nil:
			return err
		}
		r, err := h.request()
		if err != nil {
			return e.sendRefusal(nil, nil, http.StatusBadRequest, err.Error())
		}
		status, problem := checkRequest(h, r)
		if status == 0 {
			status, problem = e.hooks.refuse(h), "refused"
		}
		if status == 0 {
			return e.open(h, r)
		}
		err = e.sendRefusal(h, r, status, problem)
		if !errors.As(err, &refusal) || !e.keeps(h, r) {
			return err
		}
		if err := e.discard(uint64(bodySize(h))); err != nil {
			return err
		}
	}
}

// keeps reports whether the endpoint takes another request on the connection after one that it has
// refused: where no WebSocket was asked for, or another version of one (RFC 6455 4.4).
func (e *endpoint) keeps(h *head, r *http.Request) bool {
	_, upgrades := r.Header["Upgrade"]
	return e.Freedom.Opening.Page <= PageChunked && r.Proto == "HTTP/1.1" && !r.Close && bodySize(h) >= 0 && (!upgrades || versionAlone(h, r))
}

// versionAlone reports whether nothing but the version is wrong with a request.
func versionAlone(h *head, r *http.Request) bool {
	status, _ := checkRequest(h, r)
	return status == http.StatusUpgradeRequired
}

// maxRequestBody is the longest body of a request that is read, in octets.
const maxRequestBody = 64 << 10

// bodySize returns how many octets of body follow a request, and -1 if they are too many or are not
// counted.
func bodySize(h *head) int {
	lengths := values(h.fields, "Content-Length")
	switch {
	case len(lengths)+len(values(h.fields, "Transfer-Encoding")) == 0:
		return 0
	case len(lengths) == 1 && len(values(h.fields, "Transfer-Encoding")) == 0:
		if n, err := strconv.ParseUint(lengths[0], 10, 31); err == nil && n <= maxRequestBody {
			return int(n)
		}
	}
	return -1
}

// open accepts a request.
func (e *endpoint) open(h *head, r *http.Request) error {
	resp := &wsproto.Response{Proto: "HTTP/1.1", Status: http.StatusSwitchingProtocols, Reason: "Switching Protocols", Fields: wsproto.Fields{
		{Name: "Upgrade", Value: "websocket"},
		{Name: "Connection", Value: "Upgrade"},
		{Name: fieldAccept, Value: acceptKey(r.Header.Get(fieldKey))},
	}}
	if name := e.chooseProtocol(r); name != "" {
		resp.Fields = append(resp.Fields, wsproto.Field{Name: fieldProtocol, Value: name})
	}
	resp.Fields = append(resp.Fields, e.answerOffers(r.Header.Values(fieldExtensions))...)
	resp.Fields = append(resp.Fields, e.Fields...)
	e.hooks.response(e, resp, h)
	e.Freedom.Opening.applyToResponse(resp, &e.rand)
	return e.sendHead(resp.AppendTo(nil))
}

// checkRequest returns the status that refuses a request and what is wrong with it, or 0
// (RFC 6455 4.2.1, 4.3, 11.3). A version other than 13 has a status of its own (4.4), but
// only where nothing else is wrong: the client would come again for nothing.
func checkRequest(h *head, r *http.Request) (status int, problem string) {
	hosts, origins := values(h.fields, "Host"), r.Header.Values("Origin")
	keys, versions := r.Header.Values(fieldKey), r.Header.Values(fieldVersion)
	_, hasProtocol := r.Header[http.CanonicalHeaderKey(fieldProtocol)]
	protocols := list(r.Header.Values(fieldProtocol))
	slices.Sort(protocols)
	_, extensionsErr := parseExtensions(r.Header.Values(fieldExtensions))
	switch {
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed, "the method is not GET"
	case !r.ProtoAtLeast(1, 1):
		problem = "the version is below HTTP/1.1"
	case !isTarget(r.RequestURI):
		problem = "the target is not a path, nor an http or https URI"
	case len(hosts) != 1 || !isHost(hosts[0]):
		problem = "there is not one valid Host field"
	case !hasFold(list(r.Header.Values("Upgrade")), "websocket"):
		problem = "Upgrade does not have websocket"
	case !hasFold(list(r.Header.Values("Connection")), "Upgrade"):
		problem = "Connection does not have Upgrade"
	case len(keys) != 1 || !isKey(keys[0]):
		problem = "there is not one Sec-WebSocket-Key field with 16 octets in base64"
	case len(versions) != 1:
		problem = "there is not one Sec-WebSocket-Version field"
	case len(origins) > 1:
		problem = "there is more than one Origin field"
	case hasProtocol && len(protocols) == 0, slices.ContainsFunc(protocols, func(p string) bool { return !isToken(p) }):
		problem = "Sec-WebSocket-Protocol is not a list of tokens"
	case len(slices.Compact(protocols)) != len(protocols):
		problem = "a subprotocol is offered twice"
	case extensionsErr != nil:
		problem = extensionsErr.Error()
	case versions[0] != "13":
		return http.StatusUpgradeRequired, "Sec-WebSocket-Version is not 13"
	default:
		return 0, ""
	}
	return http.StatusBadRequest, problem
}

// isTarget reports whether s is a request target of RFC 6455 4.2.1: a path, or an http or
// https URI. Characters that browsers send, although no URI has them, are allowed.
func isTarget(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' }) {
		return false
	}
	if strings.HasPrefix(s, "/") {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isHost reports whether s is a host with or without a port (RFC 3986 3.2.2, 3.2.3).
func isHost(s string) bool {
	host, port, hasPort := s, "", false
	allowed := "-._~%!$&'()*+,;="
	if rest, ok := strings.CutPrefix(s, "["); ok {
		allowed += ":"
		host, port, ok = strings.Cut(rest, "]")
		if !ok || port != "" && port[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(port, ":")
	} else if host, port, hasPort = strings.Cut(s, ":"); hasPort && host == "" {
		return false
	}
	isAlphanumeric := func(r rune) bool { return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' }
	return host != "" &&
		strings.TrimLeft(port, "0123456789") == "" &&
		!strings.ContainsFunc(host, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune(allowed, r) })
}

// isKey reports whether s is 16 octets in base64 (RFC 6455 4.1), without bits that mean
// nothing (erratum 3150).
func isKey(s string) bool {
	nonce, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && len(nonce) == 16 && len(s) == 24
}

// acceptKey returns the Sec-WebSocket-Accept that answers a key (RFC 6455 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// chooseProtocol returns the first subprotocol that the client offers and the
// endpoint speaks, or "" (RFC 6455 4.2.2, point 5, /subprotocol/).
func (e *endpoint) chooseProtocol(r *http.Request) string {
	for _, name := range list(r.Header.Values(fieldProtocol)) {
		if slices.Contains(e.Subprotocols, name) {
			return name
		}
	}
	return ""
}

// sendRefusal answers a request with an error and ends the connection, unless it keeps it. It
// returns the error as a [*Refusal].
func (e *endpoint) sendRefusal(h *head, r *http.Request, status int, problem string) error {
	keeps := r != nil && e.keeps(h, r)
	body := problem + "\n"
	resp := &wsproto.Response{Proto: "HTTP/1.1", Status: status, Reason: http.StatusText(status)}
	resp.Fields = wsproto.Fields{
		{Name: "Connection", Value: "close"},
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: fmt.Sprint(len(body))},
	}
	switch status {
	case http.StatusMethodNotAllowed:
		resp.Fields = append(resp.Fields, wsproto.Field{Name: "Allow", Value: "GET"})
	case http.StatusUpgradeRequired:
		resp.Fields[0].Value = "Upgrade, close"
		resp.Fields = append(resp.Fields, wsproto.Field{Name: "Upgrade", Value: "websocket"}, wsproto.Field{Name: fieldVersion, Value: "13"})
	}
	e.hooks.refusal(resp)
	if r != nil && r.Method == http.MethodHead {
		body = ""
	}
	body = e.Freedom.Opening.applyToRefusal(resp, body, keeps)
	if e.Freedom.Opening.Page != PageNone || r == nil {
		e.out = append(resp.AppendTo(e.out), body...)
	}
	end := e.hooks.closeTCP
	if keeps {
		end = (*endpoint).flush
	}
	if err := end(e); err != nil {
		return err
	}
	return &Refusal{Status: status, Reason: problem}
}

// request is the client's half of the opening handshake (RFC 6455 4.1): it sends a
// request for the URL and checks the response.
func (e *endpoint) request(u *url.URL) error {
	nonce := nonce()
	req := &wsproto.Request{Method: "GET", Target: u.RequestURI(), Proto: "HTTP/1.1", Fields: wsproto.Fields{
		{Name: "Host", Value: u.Host},
		{Name: "Upgrade", Value: "websocket"},
		{Name: "Connection", Value: "Upgrade"},
		{Name: fieldKey, Value: base64.StdEncoding.EncodeToString(nonce[:])},
		{Name: fieldVersion, Value: "13"},
	}}
	if len(e.Subprotocols) > 0 {
		req.Fields = append(req.Fields, wsproto.Field{
			Name: fieldProtocol, Value: strings.Join(e.Subprotocols, ", "),
		})
	}
	req.Fields = append(req.Fields, e.offers()...)
	req.Fields = append(req.Fields, e.Fields...)
	e.hooks.request(e, req)
	e.Freedom.Opening.applyToRequest(req, &e.rand)
	e.requested = req.Fields
	if err := e.sendHead(req.AppendTo(nil)); err != nil {
		return err
	}
	for {
		h, err := e.readHead()
		if errors.Is(err, errNotHTTP) {
			return &Refusal{Reason: err.Error()}
		}
		if err != nil {
			return err
		}
		resp, err := h.response()
		switch {
		case err != nil:
			return &Refusal{Reason: err.Error()}
		case resp.StatusCode >= 100 && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols:
			continue // another response follows
		}
		if problem := e.checkResponse(resp); problem != "" {
			return &Refusal{Status: resp.StatusCode, Reason: problem}
		}
		if !e.takeAnswer(resp.Header.Values(fieldExtensions)) {
			return &Refusal{Status: resp.StatusCode, Reason: "permessage-deflate as it was not offered"}
		}
		return nil
	}
}

// checkResponse returns what is wrong with a response, or "" (RFC 6455 4.1, 4.3, 11.3).
func (e *endpoint) checkResponse(r *http.Response) (problem string) {
	upgrades, accepts := list(r.Header.Values("Upgrade")), r.Header.Values(fieldAccept)
	protocols := r.Header.Values(fieldProtocol)
	offered, _ := parseExtensions(values(e.requested, fieldExtensions))
	chosen, extensionsErr := parseExtensions(r.Header.Values(fieldExtensions))
	switch {
	case !r.ProtoAtLeast(1, 1):
		return "the version is below HTTP/1.1"
	case r.StatusCode != http.StatusSwitchingProtocols:
		return "the status is not 101"
	case len(upgrades) == 0, slices.ContainsFunc(upgrades, func(s string) bool { return !equalFold(s, "websocket") }):
		return "Upgrade is not websocket"
	case !hasFold(list(r.Header.Values("Connection")), "Upgrade"):
		return "Connection does not have Upgrade"
	case len(accepts) != 1 || accepts[0] != acceptKey(value(e.requested, fieldKey)):
		return "there is not one Sec-WebSocket-Accept field that answers the key"
	case len(protocols) > 1, len(protocols) == 1 && !slices.Contains(list(values(e.requested, fieldProtocol)), protocols[0]):
		return "there is a subprotocol that was not offered, or more than one"
	case extensionsErr != nil:
		return extensionsErr.Error()
	}
	for _, x := range chosen {
		if !slices.ContainsFunc(offered, func(o extension) bool { return equalFold(o.name, x.name) }) {
			return "there is an extension that was not offered"
		}
	}
	return ""
}

// parseURL reads a ws or wss URL (RFC 6455 3).
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "ws" && u.Scheme != "wss", u.Host == "", u.Fragment != "":
		return nil, fmt.Errorf("reference: %q is not a ws or wss URL of RFC 6455 3", s)
	}
	return u, nil
}

// sendHead sends the endpoint's half of the opening handshake, alone unless its
// freedom joins it with the first frame.
func (e *endpoint) sendHead(b []byte) error {
	e.out = append(e.out, b...)
	if e.Freedom.Opening.WithFrame && e.role == wsproto.Server {
		return nil
	}
	return e.flush()
}

// greet sends the ping and the pong with which the endpoint's freedom begins.
func (e *endpoint) greet() error {
	if e.Freedom.Opening.Ping {
		if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, []byte(noisePayload))); err != nil {
			return err
		}
	}
	if !e.Freedom.Opening.Greeting {
		return nil
	}
	return e.send(wsproto.NewFrame(wsproto.OpPong, true, []byte(noisePayload)))
}
