package reference

import (
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// negotiationMutants break RFC 7692 5 and 7.1.
var negotiationMutants = []mutant{
	takesTerms(asServer, acceptParamUnknown, "offer-unknown", "decline-parameter", "an offer with a parameter that does not exist"),
	takesTerms(asServer, acceptParamTwice, "offer-repeated", "decline-repeated", "an offer with a parameter twice"),
	takesTerms(asServer, acceptTakeoverValue, "offer-takeover-value", "decline-value", "an offer with a value of server_no_context_takeover"),
	takesTerms(asServer, acceptWindow7, "offer-window-7", "decline-value", "an offer of 7 window bits"),
	takesTerms(asServer, acceptWindow16, "offer-window-16", "decline-value", "an offer of 16 window bits"),
	takesTerms(asServer, acceptWindowZero, "offer-window-08", "decline-value", "an offer of window bits with a leading zero"),
	takesTerms(asServer, acceptWindowNone, "offer-window-none", "decline-value", "an offer of server_max_window_bits without a value"),
	takesTerms(asClient, acceptParamUnknown, "answer-unknown", "fail-parameter", "an answer with a parameter that does not exist"),
	takesTerms(asClient, acceptParamTwice, "answer-repeated", "fail-repeated", "an answer with a parameter twice"),
	takesTerms(asClient, acceptTakeoverValue, "answer-takeover-value", "fail-value", "an answer with a value of server_no_context_takeover"),
	takesTerms(asClient, acceptWindow7, "answer-window-7", "fail-value", "an answer of 7 window bits"),
	takesTerms(asClient, acceptWindow16, "answer-window-16", "fail-value", "an answer of 16 window bits"),
	takesTerms(asClient, acceptWindowZero, "answer-window-08", "fail-value", "an answer of window bits with a leading zero"),
	takesTerms(asClient, acceptWindowNone, "answer-window-none", "fail-value", "an answer of client_max_window_bits without a value"),
	{Mutant: Mutant{Name: "refuse-takeover-answer", Clause: "rfc7692/7.1.1.2/supported", Roles: asClient, Deflate: true,
		Text: "Refuses a response with client_no_context_takeover."}, fault: refuseTakeoverAnswer},
	{Mutant: Mutant{Name: "accept-answer-twice", Clause: "rfc7692/5/rsv1-conflict-fail", Roles: asClient, Deflate: true,
		Text: "Takes a response with permessage-deflate twice."}, fault: acceptAnswerTwice},

	answersOffer("window-unoffered", "rfc7692/7.1.2.2/window-offered", "client_max_window_bits to an offer without it",
		func(x *wsproto.Extension, offer terms) {
			if !offer.clientWindow {
				setParam(x, paramClientWindow, "10")
			}
		}),
	answersOffer("window-larger", "rfc7692/7.1.2.1/window-kept", "more server_max_window_bits than were offered",
		func(x *wsproto.Extension, offer terms) {
			if offer.serverWindow && offer.server.WindowBits < deflate.MaxWindowBits {
				setParam(x, paramServerWindow, "15")
			}
		}),
	answersOffer("client-window-larger", "rfc7692/7.1.2.2/window-kept", "more client_max_window_bits than were offered",
		func(x *wsproto.Extension, offer terms) {
			if offer.client.WindowBits != 0 && offer.client.WindowBits < deflate.MaxWindowBits {
				setParam(x, paramClientWindow, "15")
			}
		}),
	answersOffer("window-ignored", "rfc7692/7.1.2.1/window-kept", "without server_max_window_bits an offer with it",
		func(x *wsproto.Extension, _ terms) { removeParam(x, paramServerWindow) }),
	answersOffer("takeover-ignored", "rfc7692/7.1.1.1/server-no-context-takeover", "without server_no_context_takeover an offer with it",
		func(x *wsproto.Extension, _ terms) { removeParam(x, paramServerNoContext) }),
	answersOffer("window-7", "rfc7692/7.1.2.1/window-value", "server_max_window_bits of 7",
		func(x *wsproto.Extension, _ terms) { setParam(x, paramServerWindow, "7") }),
	answersOffer("window-16", "rfc7692/7.1.2.1/window-value", "server_max_window_bits of 16",
		func(x *wsproto.Extension, offer terms) {
			if !offer.serverWindow {
				setParam(x, paramServerWindow, "16")
			}
		}),
	answersOffer("window-010", "rfc7692/7.1.2.1/window-value", "server_max_window_bits with a leading zero",
		func(x *wsproto.Extension, _ terms) { setParam(x, paramServerWindow, "010") }),
	answersOffer("client-window-none", "rfc7692/7.1.2.2/window-value", "client_max_window_bits without a value",
		func(x *wsproto.Extension, offer terms) {
			if offer.clientWindow {
				setParam(x, paramClientWindow, "")
			}
		}),
	answersOffer("unknown", "rfc6455/9/parameters", "a parameter that does not exist",
		func(x *wsproto.Extension, _ terms) { setParam(x, "spam", "") }),
	answersOffer("repeated", "rfc6455/9/parameters", "a parameter twice",
		func(x *wsproto.Extension, _ terms) {
			setParam(x, paramServerNoContext, "")
			x.Params = append(x.Params, wsproto.Param{Name: paramServerNoContext})
		}),
	{Mutant: Mutant{Name: "answer-twice", Clause: "rfc7692/5/rsv1-conflict", Roles: asServer, Deflate: true,
		Text: "Answers an offer of permessage-deflate with two."},
		response: func(e *endpoint, r *wsproto.Response, _ *wsproto.Request) {
			if value, n := r.Get(fieldExtensions); n > 0 {
				r.Fields = withField(r.Fields, fieldExtensions, value+", "+value)
			}
		}},

	offersTerms("server-window-7", "rfc7692/7.1.2.1/window-value", paramServerWindow+"=7"),
	offersTerms("server-window-16", "rfc7692/7.1.2.1/window-value", paramServerWindow+"=16"),
	offersTerms("server-window-08", "rfc7692/7.1.2.1/window-value", paramServerWindow+"=08"),
	offersTerms("server-window-none", "rfc7692/7.1.2.1/window-value", paramServerWindow),
	offersTerms("client-window-7", "rfc7692/7.1.2.2/window-value", paramClientWindow+"=7"),
	offersTerms("client-window-16", "rfc7692/7.1.2.2/window-value", paramClientWindow+"=16"),
	offersTerms("takeover-value", "rfc6455/9/parameters", paramServerNoContext+"=1"),
	offersTerms("unknown", "rfc6455/9/parameters", "spam=1"),
	offersTerms("repeated", "rfc6455/9/parameters", paramServerNoContext+"; "+paramServerNoContext),
}

// deflateMutants break RFC 7692 6 and 7.2.
var deflateMutants = []mutant{
	{Mutant: Mutant{Name: "accept-rsv1-continuation", Clause: "rfc7692/6.1/rsv1-continuation-fail", Roles: inBoth, Deflate: true,
		Text: "Takes continuations with RSV1."}, fault: acceptRSV1Continuation},
	{Mutant: Mutant{Name: "accept-rsv1-control", Clause: "rfc7692/6.1/rsv1-control-fail", Roles: inBoth, Deflate: true,
		Text: "Takes control frames with RSV1."}, fault: acceptRSV1Control},
	{Mutant: Mutant{Name: "accept-not-deflate", Clause: "rfc7692/7.2.2/invalid-fail", Roles: inBoth, Deflate: true,
		Text: "Takes what is not DEFLATE for the end of the message."}, fault: acceptBadDeflate},
	{Mutant: Mutant{Name: "accept-deflate-unfinished", Clause: "rfc7692/7.2.2/unfinished-fail", Roles: inBoth, Deflate: true,
		Text: "Takes a compressed message that ends within a block."}, fault: acceptUnfinished},
	{Mutant: Mutant{Name: "accept-overrun", Clause: "rfc7692/7.2.2/overrun-fail", Roles: inBoth, Deflate: true,
		Text: "Takes back-references beyond the agreed window and into messages that were to be forgotten."}, fault: acceptOverrun},
	{Mutant: Mutant{Name: "accept-tail", Clause: "rfc7692/7.2.2/tail-fail", Roles: inBoth, Deflate: true,
		Text: "Takes compressed messages that do not end as they must."}, fault: acceptTail},
	{Mutant: Mutant{Name: "accept-compressed-text", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth, Deflate: true,
		Text: "Does not look at text that comes compressed."}, fault: acceptCompressedText},
	{Mutant: Mutant{Name: "inflate-to-final", Clause: "wscheck/echo-content", Roles: inBoth, Deflate: true,
		Text: "Forgets what comes after a block with BFINAL."}, fault: inflateToFinal},
	{Mutant: Mutant{Name: "inflate-to-final-long", Clause: "wscheck/echo-content", Roles: inBoth, Deflate: true,
		Text: "Forgets what comes after a block with BFINAL in a message of more than 64 KiB."}, fault: inflateToFinalLong},
	{Mutant: Mutant{Name: "inflate-lost-at-ping", Clause: "wscheck/stay", Roles: inBoth, Deflate: true,
		Text: "Forgets a compressed message so far where a ping comes within it, and fails."}, fault: inflateLostAtPing},
	{Mutant: Mutant{Name: "limit-on-wire", Clause: "wscheck/peer-bloated", Roles: inBoth, Deflate: true,
		Text: "Has a limit of 64 KiB that does not hold for what a message is inflated to."}, fault: limitWire},
	{Mutant: Mutant{Name: "inflate-context-lost", Clause: "wscheck/stay", Roles: inBoth, Deflate: true,
		Text: "Empties the window after each message that it receives, and fails."}, fault: contextLost},

	{Mutant: Mutant{Name: "deflate-unagreed", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Compresses messages where permessage-deflate was not agreed on."}, fault: deflateUnagreed},
	{Mutant: Mutant{Name: "deflate-window-large", Clause: "rfc7692/7.2.1/server-window", Roles: asServer, Deflate: true,
		Text: "Compresses with a window of one bit more than agreed."}, fault: windowTooLarge},
	{Mutant: Mutant{Name: "deflate-client-window-large", Clause: "rfc7692/7.2.1/client-window", Roles: asClient, Deflate: true,
		Text: "Compresses with a window of one bit more than agreed."}, fault: windowTooLarge},
	{Mutant: Mutant{Name: "deflate-context-kept", Clause: "rfc7692/7.2.1/server-empty-window", Roles: asServer, Deflate: true,
		Text: "Takes its context over although that was given up."}, fault: contextKept},
	{Mutant: Mutant{Name: "deflate-client-context-kept", Clause: "rfc7692/7.2.1/client-empty-window", Roles: asClient, Deflate: true,
		Text: "Takes its context over although that was given up."}, fault: contextKept},
	{Mutant: Mutant{Name: "deflate-rsv1-continuation", Clause: "rfc7692/6.1/rsv1-continuation", Roles: inBoth, Deflate: true,
		Text: "Sends compressed messages in two fragments, both with RSV1."}, fault: sendRSV1Continuation},
	{Mutant: Mutant{Name: "deflate-rsv1-control", Clause: "rfc7692/6.1/rsv1-control", Roles: inBoth, Deflate: true,
		Text: "Sends pongs with RSV1."}, frame: func(e *endpoint, f wsproto.Frame) error {
		if e.agreed && f.Opcode == wsproto.OpPong {
			f.Rsv |= rsv1
		}
		return e.putRaw(f)
	}},
	{Mutant: Mutant{Name: "deflate-rsv1-missing", Clause: "wscheck/echo-content", Roles: inBoth, Deflate: true,
		Text: "Compresses messages without RSV1."}, fault: omitRSV1},
	{Mutant: Mutant{Name: "deflate-rsv1-plain", Clause: "rfc7692/7.2.1/deflate", Roles: inBoth, Deflate: true,
		Text: "Sets RSV1 and does not compress."}, fault: sendPlainRSV1},
	{Mutant: Mutant{Name: "deflate-tail-kept", Clause: "rfc7692/7.2.1/tail", Roles: inBoth, Deflate: true,
		Text: "Leaves the four octets at the end of a message."}, fault: keepTail},
	{Mutant: Mutant{Name: "deflate-final", Clause: "rfc7692/7.2.1/tail", Roles: inBoth, Deflate: true,
		Text: "Ends messages with a block with BFINAL, and nothing after it."}, fault: endWithFinal},
	{Mutant: Mutant{Name: "deflate-truncated", Clause: "rfc7692/7.2.1/deflate", Roles: inBoth, Deflate: true,
		Text: "Sends half of the compressed octets."}, fault: truncateDeflate},
	{Mutant: Mutant{Name: "deflate-block-type", Clause: "rfc7692/7.2.1/deflate", Roles: inBoth, Deflate: true,
		Text: "Sends blocks of the reserved type."}, fault: sendBadBlock},
	{Mutant: Mutant{Name: "deflate-distance", Clause: "rfc7692/7.2.1/deflate", Roles: inBoth, Deflate: true,
		Text: "Refers to octets before the first of the connection."}, fault: sendBadDistance},
	{Mutant: Mutant{Name: "deflate-padding", Clause: "rfc7692/7.2.1/padding", Roles: inBoth, Deflate: true,
		Text: "Fills the octet after BFINAL with bits of 1."}, fault: sendBadPadding},
	{Mutant: Mutant{Name: "deflate-pong-in-window", Clause: "wscheck/echo-content", Roles: inBoth, Deflate: true,
		Text: "Takes the payload of a pong into the window that it compresses with."}, pong: func(e *endpoint, payload []byte) error {
		e.deflateMessage(payload)
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
	}},
	{Mutant: Mutant{Name: "deflate-plain-in-window", Clause: "wscheck/echo-content", Roles: inBoth, Deflate: true,
		Text: "Sends short messages uncompressed, and takes them into the window that it compresses with."},
		echo: func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			const short = 512
			if len(payload) >= short {
				return e.reply(op, payload)
			}
			e.deflateMessage(payload)
			return e.sendMessage(op, 0, payload)
		}},
	{Mutant: Mutant{Name: "deflate-empty", Clause: "rfc7692/7.2.1/tail", Roles: inBoth, Deflate: true,
		Text: "Compresses an empty message to no octets."}, fault: emptyToNothing},
}

// takesTerms returns the mutant that takes terms which it must not take.
func takesTerms(roles []wsproto.Role, f fault, name, clause, text string) mutant {
	return mutant{Mutant: Mutant{Name: "accept-" + name, Clause: oracle.ClauseID("rfc7692/7.1/" + clause),
		Roles: roles, Deflate: true, Text: "Takes " + text + "."}, fault: f}
}

// answersOffer returns the mutant whose answer to an offer is changed. Its
// streams are what it agreed to before.
func answersOffer(name string, clause oracle.ClauseID, text string, change func(answer *wsproto.Extension, offer terms)) mutant {
	return mutant{Mutant: Mutant{Name: "answer-" + name, Clause: clause, Roles: asServer, Deflate: true,
		Text: "Answers " + text + "."},
		response: func(e *endpoint, r *wsproto.Response, req *wsproto.Request) {
			answers, _ := wsproto.ParseExtensions(r.Values(fieldExtensions))
			offers, _ := wsproto.ParseExtensions(req.Values(fieldExtensions))
			if len(answers) == 0 {
				return
			}
			for _, x := range offers {
				if offer, ok := e.parseTerms(x, false); ok && x.Name == nameDeflate {
					change(&answers[0], offer)
					r.Fields = withField(r.Fields, fieldExtensions, answers[0].String())
					return
				}
			}
		}}
}

// offersTerms returns the mutant that adds parameters to its offer.
func offersTerms(name string, clause oracle.ClauseID, params string) mutant {
	return mutant{Mutant: Mutant{Name: "offer-" + name, Clause: clause, Roles: asClient, Deflate: true,
		Text: "Offers permessage-deflate with " + params + "."},
		request: func(e *endpoint, r *wsproto.Request) {
			if e.Deflate != nil {
				r.Fields = withField(r.Fields, fieldExtensions, nameDeflate+"; "+params)
			}
		}}
}

// setParam gives an extension a parameter, without a value where that is empty.
func setParam(x *wsproto.Extension, name, value string) {
	removeParam(x, name)
	x.Params = append(x.Params, wsproto.Param{Name: name, Value: value, HasValue: value != ""})
}

// removeParam takes a parameter from an extension.
func removeParam(x *wsproto.Extension, name string) {
	var kept []wsproto.Param
	for _, p := range x.Params {
		if p.Name != name {
			kept = append(kept, p)
		}
	}
	x.Params = kept
}

// deflateFaulty returns what a mutant sends for a message, given what it should.
func (e *endpoint) deflateFaulty(payload, packed []byte) ([]byte, uint8) {
	var z deflate.Emitter
	switch e.fault {
	case omitRSV1:
		return packed, 0
	case sendPlainRSV1:
		return payload, rsv1
	case keepTail:
		packed = append(packed, 0, 0, 0xff, 0xff)
	case endWithFinal:
		packed = z.Stored(true, payload).Bytes()
	case truncateDeflate:
		packed = packed[:(len(packed)+1)/2]
	case sendBadBlock:
		packed = z.Header(false, 3).Bytes()
	case sendBadDistance:
		packed = z.Fixed(false).Match(3, 32768).EndBlock().Message()
	case sendBadPadding:
		z.Fixed(true).Literals(string(payload)).EndBlock()
		for z.Len()%8 != 0 {
			z.Bits(1, 1)
		}
		packed = z.Message()
	case emptyToNothing:
		if len(payload) == 0 {
			packed = nil
		}
	}
	return packed, rsv1
}
