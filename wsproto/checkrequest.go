package wsproto

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
)

// keySize is the size in octets of the nonce in Sec-WebSocket-Key.
const keySize = 16

// CheckRequest returns what is wrong with a client's opening handshake: by RFC
// 6455 4.1, 4.2.1, 4.3 and 11.3, and by the HTTP/1 message syntax. Of each kind
// the first problem alone is returned; none means that the request is as it
// should be. For the problems of lines as such (line endings, folding), the
// request has to come from [ParseRequest].
//
// What a conforming client may do is not a problem: lists with more tokens or in
// several fields, names and tokens in any case, empty list elements, any white
// space that RFC 2616 allows, any other field. Not checked is what the request
// does not show: whether host, port and path are those that were meant, and
// whether the key is random.
func CheckRequest(r *Request) []Problem {
	var c checker
	if r.Method != "GET" {
		c.add(problem.MethodNotGET, "want GET, got %s", quote(r.Method))
	}
	c.target(r.Target)
	c.proto(problem.HTTPVersion, r.Proto)
	c.message(r.RawLine, r.Fields, r.RawEnd)
	c.host(r.Fields)
	c.upgrade(r.Fields, true)
	c.key(r.Fields)
	c.version(r.Fields)
	if _, n := r.Get("Origin"); n > 1 {
		c.add(problem.OriginRepeated, "%d Origin fields", n)
	}
	c.offeredProtocols(r.Fields)
	c.extensions(r.Fields)
	return c.problems
}

// target checks a request target (RFC 6455 4.1 and 3, RFC 9112 3.2). Of the
// characters that no URI has, it leaves those alone that browsers send as they
// are, such as the vertical bar.
func (c *checker) target(s string) {
	for i := range len(s) {
		switch b := s[i]; {
		case b <= ' ' || b >= 0x7f:
			c.add(problem.TargetForm, "octet %#02x in the request target %s", b, quote(s))
		case b == '#':
			c.add(problem.TargetForm, "a fragment in the request target %s", quote(s))
		}
	}
	if strings.HasPrefix(s, "/") {
		return
	}
	scheme, rest, ok := strings.Cut(s, "://")
	authority := rest[:strings.IndexAny(rest+"/", "/?#")]
	if !ok || !equalFold(scheme, "http") && !equalFold(scheme, "https") || authority == "" {
		c.add(problem.TargetForm, "want a path or an http or https URI, got %s", quote(s))
	}
}

func (c *checker) host(fields Fields) {
	host, n := fields.Get("Host")
	if n == 0 {
		c.add(problem.HostMissing, "no Host field")
		return
	}
	if n > 1 {
		c.add(problem.HostRepeated, "%d Host fields", n)
	}
	if !isHost(host) {
		c.add(problem.HostInvalid, "want a host and an optional port, got %s", quote(host))
	}
}

// isHost reports whether s is a host that is not empty, by the character set
// of RFC 3986 3.2.2, with an optional port.
func isHost(s string) bool {
	isRegName := func(r rune) bool {
		return r < 0x80 && (isAlphanumeric(byte(r)) || strings.ContainsRune("-._~%!$&'()*+,;=", r))
	}
	var host, port string
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, ok = strings.Cut(rest, "]")
		if !ok || port != "" && port[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(port, ":")
		host = strings.ReplaceAll(host, ":", "-")
	} else {
		host, port, _ = strings.Cut(s, ":")
	}
	return host != "" &&
		!strings.ContainsFunc(host, func(r rune) bool { return !isRegName(r) }) &&
		!strings.ContainsFunc(port, func(r rune) bool { return r < '0' || r > '9' })
}

func (c *checker) key(fields Fields) {
	key, n := fields.Get("Sec-WebSocket-Key")
	if n == 0 {
		c.add(problem.KeyMissing, "no Sec-WebSocket-Key field")
		return
	}
	if n > 1 {
		c.add(problem.KeyRepeated, "%d Sec-WebSocket-Key fields", n)
	}
	// The decoder skips line breaks, and a CR may be in a value. Strict
	// asks for pad bits that are 0, as erratum 3150 of RFC 6455 does.
	nonce, err := base64.StdEncoding.Strict().DecodeString(key)
	switch {
	case err != nil || strings.ContainsAny(key, "\r\n"):
		c.add(problem.KeyEncoding, "want base64, got %s", quote(key))
	case len(nonce) != keySize:
		c.add(problem.KeyLength, "want %d octets, got %d in %s", keySize, len(nonce), quote(key))
	}
}

func (c *checker) version(fields Fields) {
	version, n := fields.Get("Sec-WebSocket-Version")
	if n == 0 {
		c.add(problem.VersionMissing, "no Sec-WebSocket-Version field")
		return
	}
	if n > 1 {
		c.add(problem.VersionRepeated, "%d Sec-WebSocket-Version fields", n)
	}
	if version != "13" {
		c.add(problem.VersionUnsupported, "want 13, got %s", quote(version))
	}
}

// offeredProtocols checks the list of subprotocols, which may be over several
// fields (RFC 6455 11.3.4) but not empty, and names none twice.
func (c *checker) offeredProtocols(fields Fields) {
	_, n := fields.Get("Sec-WebSocket-Protocol")
	protocols := fields.Tokens("Sec-WebSocket-Protocol")
	if n > 0 && len(protocols) == 0 {
		c.add(problem.ProtocolSyntax, "no subprotocol in the list")
	}
	for _, p := range protocols {
		if !IsToken(p) {
			c.add(problem.ProtocolSyntax, "the subprotocol %s is not a token", quote(p))
		}
	}
	slices.Sort(protocols)
	for i := 1; i < len(protocols); i++ {
		if protocols[i] == protocols[i-1] {
			c.add(problem.ProtocolDuplicate, "the subprotocol %s is offered twice", quote(protocols[i]))
		}
	}
}

func isAlphanumeric(c byte) bool {
	return isDigit(c) || 'a' <= lower(c) && lower(c) <= 'z'
}
