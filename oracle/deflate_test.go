package oracle

import (
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// "Hello" compressed, rightly and wrongly.
const (
	helloDeflated = "\xf2\x48\xcd\xc9\xc9\x07\x00" // RFC 7692 7.2.3.1
	helloAgain    = "\xf2\x00\x11\x00\x00"         // RFC 7692 7.2.3.2, by reference
	helloFinal    = "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"
	helloPadded   = "\xf3\x48\xcd\xc9\xc9\x07\x80\x00"
	helloUnended  = "\xf3\x48\xcd\xc9\xc9\x07\x00"
	helloKept     = "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff"
	notDeflate    = "\x07\x00"
	cutDeflate    = "\xf2\x48\xcd"
)

// back is a message of 300 octets and three that stand so far before.
func back(distance int) (message, deflated string) {
	far := strings.Repeat("0123456789", 30)
	e := new(deflate.Emitter).Fixed(false).Literals(far).Match(3, distance).EndBlock()
	return far + far[300-distance:][:3], string(e.Message())
}

// deflateCases are about messages under permessage-deflate.
func deflateCases() []clauseCase {
	const plain = permessageDeflate
	opened := func(clause ClauseID, name string, role wsproto.Role, answer string, breaks, keeps []part) clauseCase {
		return newCase(clause, name, role, echoing, breaks, keeps).after(deflated(plain+"; client_max_window_bits", answer))
	}
	hello := text(helloDeflated).rsv(4)
	again := text(helloAgain).rsv(4)
	// The peer gives back what it got.
	gives := func(clause ClauseID, name string, role wsproto.Role, answer string, got string, bad, good piece) clauseCase {
		return opened(clause, name, role, answer, parts(tx(text(got)), rx(bad)), parts(tx(text(got)), rx(good)))
	}
	takes := func(clause ClauseID, name string, bad ...piece) clauseCase {
		return opened(clause, name, client, plain,
			parts(tx(bad...), tx(ping("are you there")), rx(pong("are you there"))),
			parts(tx(bad...), rx(bye(1002, "")), eof()))
	}
	near, nearDeflated := back(256)
	far, farDeflated := back(257)
	window := func(clause ClauseID, role wsproto.Role, answer string) clauseCase {
		return opened(clause, "", role, answer,
			parts(tx(text(far)), rx(text(farDeflated).rsv(4))), parts(tx(text(near)), rx(text(nearDeflated).rsv(4))))
	}
	return []clauseCase{
		newCase("rfc7692/7.1.1.2/supported", "", server, Options{Echo: true, Stay: true}, parts(eof()), parts(tx(text("a")), rx(text("a")), quiet())).
			after(deflated(plain, plain+"; client_no_context_takeover")),
		gives("rfc7692/7.2.1/deflate", "", client, plain, "Hello", text(notDeflate).rsv(4), hello),
		gives("rfc7692/7.2.1/deflate", "cut", client, plain, "Hello", text(cutDeflate).rsv(4), hello),
		gives("rfc7692/7.2.1/tail", "kept", client, plain, "Hello", text(helloKept).rsv(4), hello),
		gives("rfc7692/7.2.1/tail", "final", client, plain, "Hello", text(helloUnended).rsv(4), text(helloFinal).rsv(4)),
		gives("rfc7692/7.2.1/padding", "", client, plain, "Hello", text(helloPadded).rsv(4), text(helloFinal).rsv(4)),
		window("rfc7692/7.2.1/server-window", client, plain+"; server_max_window_bits=8"),
		window("rfc7692/7.2.1/client-window", server, plain+"; client_max_window_bits=8"),
		gives("rfc7692/6.1/rsv1-control", "", client, plain, "Hello", ping("").rsv(4), hello),
		gives("rfc7692/6.1/rsv1-continuation", "", client, plain, "Hello", together(hello.more(), cont("").rsv(4)),
			together(text(helloDeflated[:3]).rsv(4).more(), cont(helloDeflated[3:]))),
		opened("rfc7692/7.2.1/server-empty-window", "", client, plain+"; server_no_context_takeover",
			parts(tx(text("Hello"), text("Hello")), rx(hello, again)),
			parts(tx(text("Hello"), text("Hello")), rx(hello, hello))),
		opened("rfc7692/7.2.1/client-empty-window", "", server, plain+"; client_no_context_takeover",
			parts(tx(text("Hello"), text("Hello")), rx(hello, again)),
			parts(tx(text("Hello"), text("Hello")), rx(hello, hello))),
		takes("rfc7692/7.2.2/invalid-fail", "", text(notDeflate).rsv(4)),
		takes("rfc7692/7.2.2/unfinished-fail", "", text(cutDeflate).rsv(4)),
		takes("rfc7692/7.2.2/tail-fail", "kept", text(helloKept).rsv(4)),
		takes("rfc7692/7.2.2/tail-fail", "final", text(helloUnended).rsv(4)),
		opened("rfc7692/7.2.2/overrun-fail", "window", client, plain+"; client_max_window_bits=8",
			parts(tx(text(farDeflated).rsv(4)), tx(ping("are you there")), rx(pong("are you there"))),
			parts(tx(text(farDeflated).rsv(4)), rx(bye(1002, "")), eof())),
		opened("rfc7692/7.2.2/overrun-fail", "context", client, plain+"; client_no_context_takeover",
			parts(tx(hello, again), tx(ping("are you there")), rx(pong("are you there"))),
			parts(tx(hello, again), rx(bye(1007, "")), eof())),
		takes("rfc7692/6.1/rsv1-control-fail", "", ping("").rsv(4)),
		takes("rfc7692/6.1/rsv1-continuation-fail", "", hello.more(), cont("").rsv(4)),
	}
}

// together is two pieces as one.
func together(a, b piece) piece { return pieces{a, b} }

type pieces []piece

func (p pieces) octets(t *traceBuilder, from wsproto.Role) []byte { return t.join(from, p) }
