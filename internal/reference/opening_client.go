package reference

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// request is the client's half of the opening handshake (RFC 6455 4.1): it
// sends a request for the URL and holds the response against it.
func (e *endpoint) request(u *url.URL) error {
	nonce := e.rand.nonce()
	req := wsproto.NewRequest(u.Host, u.RequestURI(), base64.StdEncoding.EncodeToString(nonce[:]))
	if len(e.Subprotocols) > 0 {
		req.Fields = append(req.Fields, wsproto.Field{
			Name: fieldProtocol, Value: strings.Join(e.Subprotocols, ", "),
		})
	}
	req.Fields = append(req.Fields, e.offers()...)
	req.Fields = append(req.Fields, e.Fields...)
	if e.mutant.request != nil {
		e.mutant.request(e, req)
	}
	e.Freedom.Opening.applyToRequest(req, &e.rand)
	if err := e.sendHead(req.AppendTo(nil)); err != nil {
		return err
	}
	if e.is(frameAfterRequest) {
		if err := e.sendEarly(); err != nil {
			return err
		}
	}
	for {
		resp, err := readHead(e, wsproto.ParseResponse)
		if err != nil {
			if isMalformed(err) {
				return &Refusal{}
			}
			return err
		}
		if isInterim(resp.Status) {
			continue
		}
		problems := e.overlookResponse(req, resp, wsproto.CheckResponse(resp, req))
		if len(problems) > 0 {
			return &Refusal{Status: resp.Status, Problems: problems}
		}
		return e.takeAnswer(req, resp)
	}
}

// isInterim reports whether a status announces another response.
func isInterim(status int) bool { return status >= 100 && status < 200 && status != 101 }

// isMalformed reports whether the error is of the peer's octets, rather than of
// the connection.
func isMalformed(err error) bool {
	return errors.Is(err, wsproto.ErrNotHTTP) || errors.Is(err, wsproto.ErrHandshakeTooLong)
}

// parseURL reads a ws or wss URL (RFC 6455 3).
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "ws" && u.Scheme != "wss", u.Host == "", u.Fragment != "":
		return nil, fmt.Errorf("reference: %q is no ws or wss URL of RFC 6455 3", s)
	}
	return u, nil
}
