// Package wsurl reads ws and wss URLs (RFC 6455 3).
package wsurl

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Parse reads a URL of the form ws://host:port/path or wss://host:port/path. The error
// names the URL and the forms.
func Parse(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Hostname() == "" || u.Fragment != "" {
		return nil, fmt.Errorf("URL %q: want ws://host:port/path or wss://host:port/path", raw)
	}
	return u, nil
}

// Cut returns the authority of a ws or wss URL, and what comes after it, as it is written: the
// path may be empty, and a query may follow at once (RFC 6455 3).
func Cut(raw string) (authority, rest string) {
	_, raw, _ = strings.Cut(raw, "://")
	if i := strings.IndexAny(raw, "/?#"); i >= 0 {
		return raw[:i], raw[i:]
	}
	return raw, ""
}

// Port returns the port of a URL that [Parse] returned: 80 for ws and 443 for wss if it
// names none.
func Port(u *url.URL) string {
	if u.Scheme == "wss" {
		return cmp.Or(u.Port(), "443")
	}
	return cmp.Or(u.Port(), "80")
}

// Address returns host and port of a URL that [Parse] returned, for [net.Dial] and
// [net.Listen].
func Address(u *url.URL) string { return net.JoinHostPort(u.Hostname(), Port(u)) }
