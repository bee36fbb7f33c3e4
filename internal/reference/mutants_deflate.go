package reference

import (
	"bytes"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// negotiationMutants break RFC 7692 5 and 7.1.
var negotiationMutants = slices.Concat(
	takesTerms("unknown", "parameter", "with a parameter that does not exist",
		func(p *param, _ bool) bool { return !slices.Contains(knownParams, p.name) }),
	takesTerms("repeated", "repeated", "with a parameter twice", func(_ *param, repeated bool) bool { return repeated }),
	takesTerms("takeover-value", "value", "with a value of server_no_context_takeover", dropTakeoverValue),
	takesTerms("window-7", "value", "of 7 window bits", windowBits("7", "8")),
	takesTerms("window-16", "value", "of 16 window bits", windowBits("16", "15")),
	takesTerms("window-08", "value", "of window bits with a leading zero", dropLeadingZero),
	takesTerms("window-none", "value", "of window bits without a value", addWindowBits),
	termMutants)

// termMutants are those of negotiationMutants that are for one role alone.
var termMutants = []mutant{
	server("response-extension-resembling", "rfc6455/4.2.2/extension-offered",
		"Takes an extension whose name has permessage-deflate in it for that one.",
		readsHead(changeValues(fieldExtensions, takeResembling))).withDeflate(),
	client("accept-response-extension-resembling", "rfc6455/4.1/response-extension",
		"Takes a response with an extension whose name has permessage-deflate in it for one with that.",
		readsHead(changeValues(fieldExtensions, takeResembling))).withDeflate(),
	client("refuse-takeover-answer", "rfc7692/7.1.1.2/supported",
		"Refuses a response with client_no_context_takeover.",
		takesParam(func(p *param, _ bool) bool {
			p.hasValue = p.hasValue || p.name == paramClientNoContext // which is not a valid one then
			return false
		})).withDeflate(),
	client("accept-answer-twice", "rfc7692/5/rsv1-conflict-fail",
		"Takes a response with permessage-deflate twice.",
		readsHead(changeValues(fieldExtensions, func(s string) string { return strings.SplitN(s, ",", 2)[0] }))).withDeflate(),

	answersOffer("window-unoffered", "rfc7692/7.1.2.2/window-offered", "client_max_window_bits to an offer without it",
		func(x *extension, offer terms) {
			if !offer.clientWindow {
				setParam(x, paramClientWindow, "10")
			}
		}),
	answersOffer("window-larger", "rfc7692/7.1.2.1/window-kept", "more server_max_window_bits than were offered",
		func(x *extension, offer terms) {
			if offer.serverWindow && offer.server.bits < maxWindowBits {
				setParam(x, paramServerWindow, "15")
			}
		}),
	answersOffer("client-window-larger", "rfc7692/7.1.2.2/window-kept", "more client_max_window_bits than were offered",
		func(x *extension, offer terms) {
			if offer.client.bits != 0 && offer.client.bits < maxWindowBits {
				setParam(x, paramClientWindow, "15")
			}
		}),
	answersOffer("window-ignored", "rfc7692/7.1.2.1/window-kept", "without server_max_window_bits an offer with it",
		func(x *extension, _ terms) { removeParam(x, paramServerWindow) }),
	answersOffer("takeover-ignored", "rfc7692/7.1.1.1/server-no-context-takeover", "without server_no_context_takeover an offer with it",
		func(x *extension, _ terms) { removeParam(x, paramServerNoContext) }),
	answersOffer("window-7", "rfc7692/7.1.2.1/window-value", "server_max_window_bits of 7",
		func(x *extension, _ terms) { setParam(x, paramServerWindow, "7") }),
	answersOffer("window-16", "rfc7692/7.1.2.1/window-value", "server_max_window_bits of 16",
		func(x *extension, offer terms) {
			if !offer.serverWindow {
				setParam(x, paramServerWindow, "16")
			}
		}),
	answersOffer("window-010", "rfc7692/7.1.2.1/window-value", "server_max_window_bits with a leading zero",
		func(x *extension, _ terms) { setParam(x, paramServerWindow, "010") }),
	answersOffer("client-window-none", "rfc7692/7.1.2.2/window-value", "client_max_window_bits without a value",
		func(x *extension, offer terms) {
			if offer.clientWindow {
				setParam(x, paramClientWindow, "")
			}
		}),
	answersOffer("unknown", "rfc6455/9/parameters", "a parameter that does not exist",
		func(x *extension, _ terms) { setParam(x, "spam", "") }),
	answersOffer("repeated", "rfc6455/9/parameters", "a parameter twice",
		func(x *extension, _ terms) {
			setParam(x, paramServerNoContext, "")
			x.params = append(x.params, param{name: paramServerNoContext})
		}),
	server("answer-twice", "rfc7692/5/rsv1-conflict",
		"Answers an offer of permessage-deflate with two.",
		responds(func(_ *endpoint, r *wsproto.Response, _ *head) {
			answer := value(r.Fields, fieldExtensions)
			r.Fields = withField(r.Fields, fieldExtensions, answer+", "+answer)
		})).withDeflate(),

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

// takeResembling gives extensions the name permessage-deflate where it is a part of theirs.
func takeResembling(s string) string {
	elements := strings.Split(s, ",")
	for i, element := range elements {
		name, params, found := strings.Cut(element, ";")
		if strings.Contains(name, nameDeflate) {
			name = nameDeflate
		}
		if elements[i] = name; found {
			elements[i] += ";" + params
		}
	}
	return strings.Join(elements, ",")
}

// deflateMutants break RFC 7692 6 and 7.2.
var deflateMutants = []mutant{
	both("accept-rsv1-continuation", "rfc7692/6.1/rsv1-continuation-fail",
		"Takes continuations with RSV1.",
		overlooksIf(func(e *endpoint, b []byte) bool { return e.agreed && opcodeOf(b) == wsproto.OpContinuation }, ruleRSV1)).withDeflate(),
	both("accept-rsv1-control", "rfc7692/6.1/rsv1-control-fail",
		"Takes control frames with RSV1.",
		overlooksIf(func(e *endpoint, b []byte) bool { return e.agreed && isControl(opcodeOf(b)) }, ruleRSV1)).withDeflate(),
	both("accept-rsv1-continuation-plain", "rfc7692/6.1/rsv1-continuation-fail",
		"Takes RSV1 in the last frames of an uncompressed message, from the third on.",
		overlooksIf(func(e *endpoint, b []byte) bool {
			return e.agreed && !e.compressed && e.frames > 1 && opcodeOf(b) == wsproto.OpContinuation
		}, ruleRSV1)).withDeflate(),
	both("accept-rsv1-pong-amid", "rfc7692/6.1/rsv1-control-fail",
		"Takes pongs with RSV1 within a compressed message.",
		overlooksIf(amid(is(wsproto.OpPong)), ruleRSV1)).withDeflate(),
	both("accept-rsv-control-amid", "rfc6455/5.2/rsv-fail",
		"Takes control frames with RSV2 and RSV3 within a compressed message.",
		overlooksIf(amid(isControl), ruleRSV2, ruleRSV3)).withDeflate(),
	both("accept-rsv-continuation-amid", "rfc6455/5.2/rsv-fail",
		"Takes continuations of a compressed message with RSV2 and RSV3.",
		overlooksIf(amid(is(wsproto.OpContinuation)), ruleRSV2, ruleRSV3)).withDeflate(),
	both("accept-opcodes-amid", "rfc6455/5.2/opcode-fail",
		"Takes control frames of the opcodes d to f (hexadecimal) within a compressed message, and skips them.",
		overlooksIf(amid(isControl), ruleOpcode),
		skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode >= 0xd })).withDeflate(),
	both("accept-type-amid", "rfc6455/5.4/interleaved-fail",
		"Takes a data frame of any type for the next one of a compressed message.",
		overlooksIf(amid(func(op wsproto.Opcode) bool { return !isReserved(op) }), ruleNested),
		misreads(func(e *endpoint, h *wsproto.Header) {
			if e.compressed && e.opcode != 0 && !isControl(h.Opcode) {
				h.Opcode = wsproto.OpContinuation
			}
		})).withDeflate(),
	both("accept-pong-unfinished-amid", "rfc6455/5.5/control-fragmented-fail",
		"Takes pongs with FIN clear within a compressed message.",
		overlooksIf(amid(is(wsproto.OpPong)), ruleControlFin)).withDeflate(),
	both("accept-control-long-amid", "rfc6455/5.5/control-length-fail",
		"Takes pings and pongs of more than 125 octets within a compressed message.",
		overlooksIf(amid(func(op wsproto.Opcode) bool { return op != wsproto.OpClose }), ruleControlLength)).withDeflate(),
	server("accept-length-top-bit-amid", "rfc6455/5.2/length-63bit-fail",
		"Takes lengths of a compressed message's later frames with the most significant bit set, and leaves that out.",
		overlooksIf(amid(is(wsproto.OpContinuation)), ruleLengthTop), misreads(func(_ *endpoint, h *wsproto.Header) { h.Length &^= 1 << 63 })).withDeflate(),
	server("accept-unmasked-amid", "rfc6455/5.1/server-closes-unmasked",
		"Takes frames that are not masked within a compressed message.",
		overlooksIf(amid(isAny), ruleUnmasked)).withDeflate(),
	client("accept-masked-amid", "rfc6455/5.1/client-closes-masked",
		"Takes masked frames within a compressed message.",
		overlooksIf(amid(isAny), ruleMasked)).withDeflate(),
	both("accept-not-deflate", "rfc7692/7.2.2/invalid-fail",
		"Takes what is not DEFLATE for the end of the message.",
		overlooks(ruleDeflate, ruleDeflateCut, ruleDeflateEnd)).withDeflate(),
	both("accept-not-deflate-after-empty", "rfc7692/7.2.2/invalid-fail",
		"Takes what is not DEFLATE for the end of the message, after an empty one.",
		func(h *hooks) {
			empty := false
			h.inflated = func(e *endpoint) { empty = len(e.msg) == 0 }
			overlooksIf(func(*endpoint, []byte) bool { return empty }, ruleDeflate, ruleDeflateCut, ruleDeflateEnd)(h)
		}).withDeflate(),
	both("accept-deflate-unfinished", "rfc7692/7.2.2/unfinished-fail",
		"Takes a compressed message that ends within a block.",
		overlooks(ruleDeflateCut)).withDeflate(),
	both("accept-overrun", "rfc7692/7.2.2/overrun-fail",
		"Takes back-references beyond the agreed window and into messages that were to be forgotten.",
		overlooks(ruleDeflateWindow)).withDeflate(),
	both("accept-tail", "rfc7692/7.2.2/tail-fail",
		"Takes compressed messages that do not end as they must.",
		overlooks(ruleDeflateEnd)).withDeflate(),
	both("accept-compressed-text", "rfc6455/8.1/utf8-fail",
		"Does not look at text that comes compressed.",
		checksText(func(e *endpoint) error {
			if e.compressed {
				return nil
			}
			return e.checkText(true)
		})).withDeflate(),
	both("inflate-to-final", "wscheck/echo-content",
		"Forgets what comes after a block with BFINAL.",
		inflates(func(e *endpoint) { e.msg = e.msg[:beforeFinal(e)] })).withDeflate(),
	both("inflate-to-final-long", "wscheck/echo-content",
		"Forgets what comes after a block with BFINAL in a message of more than 64 KiB.",
		inflates(func(e *endpoint) {
			if len(e.msg) > 64<<10 {
				e.msg = e.msg[:beforeFinal(e)]
			}
		})).withDeflate(),
	both("inflate-ended-fragments", "wscheck/echo-content",
		"Takes all compressed messages for empty after one in fragments that has a block with BFINAL.",
		func(h *hooks) {
			ended := false
			h.inflated = func(e *endpoint) {
				if ended {
					e.msg = e.msg[:0]
				}
				ended = ended || e.frames > 1 && beforeFinal(e) < len(e.msg)
			}
		}).withDeflate(),
	both("inflate-lost-at-ping", "wscheck/stay",
		"Forgets a compressed message so far where a ping comes within it, and fails.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode != 0 && e.compressed {
				e.packed = append(e.packed[:0], 7) // the rest begins with a block that does not exist
			}
			return e.sendPong(payload)
		})).withDeflate(),
	server("inflate-lost-at-ping-fresh", "wscheck/stay",
		"Forgets a compressed message so far where a ping comes within it and no context is taken over, and fails.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode != 0 && e.compressed && e.inflater.stream.noTakeover {
				e.packed = append(e.packed[:0], 7) // the rest begins with a block that does not exist
			}
			return e.sendPong(payload)
		})).withDeflate(),
	both("limit-on-wire", "wscheck/peer-bloated",
		"Has a limit of 64 KiB that does not hold for what a message is inflated to.",
		suspects(ruleMessageSize, func(e *endpoint, h wsproto.Header) bool {
			before := e.wire
			if h.Opcode != wsproto.OpContinuation {
				before = 0
			}
			return !isControl(h.Opcode) && uint64(before)+h.Length > 64<<10
		})).withDeflate(),
	both("inflate-cut", "wscheck/echo-content",
		"Cuts what a message is inflated to at 1 MiB where it is an octet or two longer.",
		func(h *hooks) {
			const limit = 1 << 20
			h.inflated = func(e *endpoint) {
				if n := len(e.msg); n > limit && n <= limit+2 {
					e.msg = e.msg[:limit]
				}
			}
		}).withDeflate(),
	both("inflate-fails-1010", "wscheck/stay",
		"Closes with code 1010 at the second compressed message.",
		func(h *hooks) {
			inflated := 0
			h.inflated = func(*endpoint) { inflated++ }
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				if inflated == 2 {
					return e.endWith(1010, "")
				}
				return e.reply(op, payload)
			}
		}).withDeflate(),
	both("inflate-context-lost", "wscheck/stay",
		"Empties the window after each message that it receives, and fails.",
		inflates(func(e *endpoint) { e.inflater.forget() })).withDeflate(),
	both("inflate-context-lost-one-way", "wscheck/stay",
		"Empties the window after each message that it receives if it takes no context over in its own direction, and fails.",
		inflates(func(e *endpoint) {
			if e.sending.noTakeover {
				e.inflater.forget()
			}
		})).withDeflate(),
	both("inflate-context-lost-empty", "wscheck/stay",
		"Empties the window after an empty compressed message, and fails on the next one.",
		inflates(func(e *endpoint) {
			if len(e.msg) == 0 {
				e.inflater.forget()
			}
		})).withDeflate(),
	both("inflate-context-lost-empty-last", "wscheck/stay",
		"Empties the window after a compressed message whose last frame is empty, and fails on the next one.",
		func(h *hooks) {
			empty := false
			h.header = func(_ *endpoint, h *wsproto.Header) { empty = h.Opcode == wsproto.OpContinuation && h.Length == 0 }
			inflates(func(e *endpoint) {
				if empty {
					e.inflater.forget()
				}
			})(h)
		}).withDeflate(),
	both("inflate-context-lost-long", "wscheck/stay",
		"Empties the window after a compressed message that is longer than the window, and fails on the next one.",
		inflates(func(e *endpoint) {
			if len(e.msg) > maxDistance {
				e.inflater.forget()
			}
		})).withDeflate(),
	both("inflate-context-lost-crossing", "wscheck/stay",
		"Loses what was before the compressed message with which the window is full, and fails on the next one that refers to it.",
		func(h *hooks) {
			total := 0
			inflates(func(e *endpoint) {
				before, window := total, e.inflater.stream.window()
				if total += len(e.msg); before < window && total > window {
					e.inflater.fresh = min(e.inflater.fresh, len(e.msg))
				}
			})(h)
		}).withDeflate(),
	both("inflate-context-lost-half", "wscheck/stay",
		"Loses what was before a compressed message that is longer than half the window, and fails on the next one that refers to it.",
		inflates(func(e *endpoint) {
			if window := e.inflater.stream.window(); len(e.msg) > window/2 {
				e.inflater.fresh = min(e.inflater.fresh, len(e.msg))
			}
		})).withDeflate(),
	both("inflate-plain-fragments", "wscheck/stay",
		"Inflates the fragments of an uncompressed message after a compressed one whose last frame was empty, and fails.",
		func(h *hooks) {
			left := false
			h.frame = func(e *endpoint, h wsproto.Header, _ int) error {
				switch {
				case h.Opcode != wsproto.OpContinuation || !e.agreed:
				case e.compressed:
					left = h.Fin && h.Length == 0
				case left && h.Length > 0:
					return e.violates(ruleDeflate, 0)
				}
				return nil
			}
		}).withDeflate(),
	both("inflate-context-lost-plain", "wscheck/stay",
		"Empties the window after an uncompressed message, and fails on the next compressed one.",
		func(h *hooks) {
			h.frame = func(e *endpoint, h wsproto.Header, _ int) error {
				if h.Fin && e.agreed && !e.compressed {
					e.inflater.forget()
				}
				return nil
			}
		}).withDeflate(),
	both("inflate-context-lost-at-ping", "wscheck/stay",
		"Empties the window at a ping within a message, and fails on the next compressed one.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode != 0 && e.agreed {
				e.inflater.forget()
			}
			return e.sendPong(payload)
		})).withDeflate(),
	both("inflate-context-lost-past-ping", "wscheck/stay",
		"Empties the window at a ping between messages, and fails on the next compressed one.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode == 0 && e.agreed {
				e.inflater.forget()
			}
			return e.sendPong(payload)
		})).withDeflate(),
	both("inflate-own-window", "wscheck/stay",
		"Inflates with the window that it compresses with, and fails where that is too small.",
		func(h *hooks) {
			h.opened = func(e *endpoint) {
				if e.agreed {
					e.inflater.stream.bits = e.sending.bits
				}
			}
		}).withDeflate(),

	both("deflate-unagreed", "rfc6455/5.2/rsv",
		"Compresses messages where permessage-deflate was not agreed on.",
		func(h *hooks) {
			h.pack = func(e *endpoint, payload []byte) ([]byte, uint8) { return e.compress(payload), rsv1 }
		}),
	server("deflate-window-large", "rfc7692/7.2.1/server-window",
		"Compresses with a window of one bit more than agreed.",
		func(h *hooks) {
			h.agree = func(s *stream) {
				if s.bits > 0 && s.bits < maxWindowBits {
					s.bits++
				}
			}
		}).withDeflate(),
	client("deflate-client-window-large", "rfc7692/7.2.1/client-window",
		"Compresses with a window of one bit more than agreed.",
		func(h *hooks) {
			h.agree = func(s *stream) {
				if s.bits > 0 && s.bits < maxWindowBits {
					s.bits++
				}
			}
		}).withDeflate(),
	server("deflate-window-later", "rfc7692/7.2.1/server-window",
		"Forgets from the second message on how long the window may be, where it takes no context over.",
		widensLater).withDeflate(),
	client("deflate-client-window-later", "rfc7692/7.2.1/client-window",
		"Forgets from the second message on how long the window may be, where it takes no context over.",
		widensLater).withDeflate(),
	server("deflate-context-kept", "rfc7692/7.2.1/server-empty-window",
		"Takes its context over although that was given up.",
		func(h *hooks) { h.agree = func(s *stream) { s.noTakeover = false } }).withDeflate(),
	client("deflate-client-context-kept", "rfc7692/7.2.1/client-empty-window",
		"Takes its context over although that was given up.",
		func(h *hooks) { h.agree = func(s *stream) { s.noTakeover = false } }).withDeflate(),
	both("deflate-rsv1-continuation", "rfc7692/6.1/rsv1-continuation",
		"Sends compressed messages in two fragments, both with RSV1.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			packed, rsv := e.deflate(payload)
			if rsv == 0 {
				return e.sendMessage(op, 0, packed)
			}
			half := len(packed) / 2
			first := wsproto.NewFrame(op, false, packed[:half:half])
			last := wsproto.NewFrame(wsproto.OpContinuation, true, packed[half:])
			first.Rsv, last.Rsv = rsv, rsv
			if err := e.send(first); err != nil {
				return err
			}
			return e.send(last)
		})).withDeflate(),
	both("deflate-rsv1-control", "rfc7692/6.1/rsv1-control",
		"Sends pongs with RSV1.",
		sends(func(e *endpoint, f wsproto.Frame) error {
			if e.agreed && f.Opcode == wsproto.OpPong {
				f.Rsv |= rsv1
			}
			return e.put(f)
		})).withDeflate(),
	both("deflate-rsv1-missing", "wscheck/echo-content",
		"Compresses messages without RSV1.",
		packs(func(_, packed []byte) ([]byte, uint8) { return packed, 0 })).withDeflate(),
	both("deflate-rsv1-plain", "rfc7692/7.2.1/deflate",
		"Sets RSV1 and does not compress.",
		packs(func(payload, _ []byte) ([]byte, uint8) { return payload, rsv1 })).withDeflate(),
	both("deflate-tail-kept", "rfc7692/7.2.1/tail",
		"Leaves the four octets at the end of a message.",
		packs(func(_, packed []byte) ([]byte, uint8) { return append(packed, 0, 0, 0xff, 0xff), rsv1 })).withDeflate(),
	both("deflate-tail-anywhere", "rfc7692/7.2.1/deflate",
		"Takes the four octets of the end out of a message wherever they stand.",
		packs(func(payload, packed []byte) ([]byte, uint8) {
			if like := []byte("\x00\x00\xff\xff"); len(payload) < 1<<16 && bytes.Contains(payload, like) {
				w := bitWriter{}
				w.stored(false, payload)
				packed = bytes.ReplaceAll(w.end(), like, nil)
			}
			return packed, rsv1
		})).withDeflate(),
	both("deflate-final", "rfc7692/7.2.1/tail",
		"Ends messages with a block with BFINAL, and nothing after it.",
		packs(func(payload, _ []byte) ([]byte, uint8) { return storedFinal(payload), rsv1 })).withDeflate(),
	both("deflate-truncated", "rfc7692/7.2.1/deflate",
		"Sends half of the compressed octets.",
		packs(func(_, packed []byte) ([]byte, uint8) { return packed[:(len(packed)+1)/2], rsv1 })).withDeflate(),
	both("deflate-block-type", "rfc7692/7.2.1/deflate",
		"Sends blocks of the reserved type.",
		packs(func([]byte, []byte) ([]byte, uint8) { return []byte{3 << 1}, rsv1 })).withDeflate(),
	both("deflate-distance", "rfc7692/7.2.1/deflate",
		"Refers to octets before the first of the connection.",
		packs(func([]byte, []byte) ([]byte, uint8) {
			var w bitWriter
			w.header(false, 1)
			w.match(3, maxDistance)
			w.symbol(256)
			return w.end(), rsv1
		})).withDeflate(),
	both("deflate-padding", "rfc7692/7.2.1/padding",
		"Fills the octet after BFINAL with bits of 1.",
		packs(func(payload, _ []byte) ([]byte, uint8) {
			var w bitWriter
			w.header(true, 1)
			for _, c := range payload {
				w.symbol(int(c))
			}
			w.symbol(256)
			for w.n > 0 {
				w.put(1, 1)
			}
			return w.end(), rsv1
		})).withDeflate(),
	both("deflate-pong-in-window", "wscheck/echo-content",
		"Takes the payload of a pong into the window that it compresses with.",
		pongs(func(e *endpoint, payload []byte) error {
			e.deflate(payload)
			return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
		})).withDeflate(),
	both("deflate-overtaken", "wscheck/echo-order",
		"Does not compress short messages where it takes no context over, and sends them before a longer one that it still compresses.",
		overtakesLong).withDeflate(),
	both("deflate-plain-in-window", "wscheck/echo-content",
		"Sends short messages uncompressed, and takes them into the window that it compresses with.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			const short = 512
			if len(payload) >= short {
				return e.reply(op, payload)
			}
			e.deflate(payload)
			return e.sendMessage(op, 0, payload)
		})).withDeflate(),
	both("deflate-empty", "rfc7692/7.2.1/tail",
		"Compresses an empty message to no octets.",
		packs(func(payload, packed []byte) ([]byte, uint8) {
			if len(payload) == 0 {
				return nil, rsv1
			}
			return packed, rsv1
		})).withDeflate(),
}

// takesTerms returns the mutants that take an offer, and an answer, which they must not
// take. For what skip does, see hooks.param.
func takesTerms(name, clause, text string, skip func(p *param, repeated bool) bool) []mutant {
	return []mutant{
		server("accept-offer-"+name, oracle.ClauseID("rfc7692/7.1/decline-"+clause), "Takes an offer "+text+".", takesParam(skip)).withDeflate(),
		client("accept-answer-"+name, oracle.ClauseID("rfc7692/7.1/fail-"+clause), "Takes an answer "+text+".", takesParam(skip)).withDeflate(),
	}
}

// takesParam changes parameters before they are read; see hooks.param.
func takesParam(f func(p *param, repeated bool) (skip bool)) change {
	return func(h *hooks) { h.param = f }
}

var knownParams = []string{paramServerNoContext, paramClientNoContext, paramServerWindow, paramClientWindow}

// isWindow reports whether a parameter is a number of window bits.
func (p *param) isWindow() bool { return p.name == paramServerWindow || p.name == paramClientWindow }

func dropTakeoverValue(p *param, _ bool) bool {
	if !p.isWindow() {
		p.value, p.hasValue = "", false
	}
	return false
}

// windowBits reads a number of window bits as another.
func windowBits(from, to string) func(p *param, _ bool) bool {
	return func(p *param, _ bool) bool {
		if p.isWindow() && p.value == from {
			p.value = to
		}
		return false
	}
}

func dropLeadingZero(p *param, _ bool) bool {
	if p.isWindow() {
		p.value = strings.TrimLeft(p.value, "0")
	}
	return false
}

func addWindowBits(p *param, _ bool) bool {
	if p.isWindow() && !p.hasValue {
		p.value, p.hasValue = "15", true
	}
	return false
}

// answersOffer returns the mutant whose answer to an offer is changed. Its
// streams are what it agreed to before.
func answersOffer(name string, clause oracle.ClauseID, text string, change func(answer *extension, offer terms)) mutant {
	return server("answer-"+name, clause, "Answers "+text+".",
		responds(func(e *endpoint, r *wsproto.Response, req *head) {
			answers, _ := parseExtensions(values(r.Fields, fieldExtensions))
			offers, _ := parseExtensions(values(req.fields, fieldExtensions))
			if len(answers) == 0 {
				return
			}
			for _, x := range offers {
				if offer, ok := e.parseTerms(x, false); ok && x.name == nameDeflate {
					change(&answers[0], offer)
					r.Fields = withField(r.Fields, fieldExtensions, answers[0].String())
					return
				}
			}
		})).withDeflate()
}

// offersTerms returns the mutant that adds parameters to its offer.
func offersTerms(name string, clause oracle.ClauseID, params string) mutant {
	return client("offer-"+name, clause, "Offers permessage-deflate with "+params+".",
		requests(func(e *endpoint, r *wsproto.Request) {
			if e.Deflate != nil {
				r.Fields = withField(r.Fields, fieldExtensions, nameDeflate+"; "+params)
			}
		})).withDeflate()
}

// setParam gives an extension a parameter, without a value where that is empty.
func setParam(x *extension, name, value string) {
	removeParam(x, name)
	x.params = append(x.params, param{name, value, value != ""})
}

// removeParam takes a parameter from an extension.
func removeParam(x *extension, name string) {
	var kept []param
	for _, p := range x.params {
		if p.name != name {
			kept = append(kept, p)
		}
	}
	x.params = kept
}

// packs changes what is sent for a message that is compressed.
func packs(f func(payload, packed []byte) ([]byte, uint8)) change {
	return func(h *hooks) {
		h.pack = func(e *endpoint, payload []byte) ([]byte, uint8) {
			packed, rsv := e.deflate(payload)
			if rsv == 0 {
				return packed, 0
			}
			return f(payload, packed)
		}
	}
}

// inflates changes what is done with a message that was inflated.
func inflates(f func(e *endpoint)) change {
	return func(h *hooks) { h.inflated = f }
}

// widensLater has the compressor begin each message but the first with the longest window.
func widensLater(h *hooks) {
	h.pack = func(e *endpoint, payload []byte) ([]byte, uint8) {
		packed, rsv := e.deflate(payload)
		if e.compressor != nil && e.sending.noTakeover {
			e.compressor.stream.bits = maxWindowBits
		}
		return packed, rsv
	}
}

// overtakesLong holds a long message back until it would wait, or ends the connection.
func overtakesLong(h *hooks) {
	const short = 1024
	fresh := false
	var long []byte // nil: none is held back
	var longOp wsproto.Opcode
	h.agree = func(s *stream) { fresh = s.noTakeover }
	release := func(e *endpoint) error {
		if long == nil {
			return nil
		}
		payload := long
		long = nil
		return e.reply(longOp, payload)
	}
	h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		switch {
		case !fresh:
			return e.reply(op, payload)
		case len(payload) < short:
			return e.sendMessage(op, 0, payload)
		}
		err := release(e)
		long, longOp = slices.Clone(payload), op
		return err
	}
	h.hold = func(e *endpoint) bool { return release(e) != nil }
	h.close = func(e *endpoint, p wsproto.ClosePayload) error {
		if err := release(e); err != nil {
			return err
		}
		return e.replyClose(p)
	}
}

// beforeFinal returns the number of octets of a message before the end of its first block
// with BFINAL, or all of them.
func beforeFinal(e *endpoint) int {
	if e.inflater.finals == 0 {
		return len(e.msg)
	}
	return e.inflater.final
}

// storedFinal returns a message in stored blocks; the last has BFINAL set and
// nothing after it.
func storedFinal(payload []byte) []byte {
	const longest = 1<<16 - 1
	var w bitWriter
	for len(payload) > longest {
		w.stored(false, payload[:longest])
		payload = payload[longest:]
	}
	w.stored(true, payload)
	return w.out
}

// amid chooses frames of some opcodes within a compressed message, after its first.
func amid(chosen func(wsproto.Opcode) bool) func(*endpoint, []byte) bool {
	return func(e *endpoint, b []byte) bool { return e.compressed && e.opcode != 0 && chosen(opcodeOf(b)) }
}

func isAny(wsproto.Opcode) bool { return true }
