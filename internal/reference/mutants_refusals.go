package reference

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// refusalMutants refuse what is right, though they take the plain form of it.
var refusalMutants = []mutant{
	refuses("connection-list", "whose Connection has more than Upgrade", func(h *head) bool {
		return !equalFold(value(h.fields, "Connection"), "upgrade")
	}),
	refuses("connection-case", "whose Connection has not the very word Upgrade", func(h *head) bool {
		return !slices.Contains(list(values(h.fields, "Connection")), "Upgrade")
	}),
	refuses("connection-second", "whose first Connection field has no Upgrade", func(h *head) bool {
		return !strings.Contains(strings.ToLower(value(h.fields, "Connection")), "upgrade")
	}),
	refuses("connection-empty-element", "whose Connection has an empty element", func(h *head) bool {
		value := value(h.fields, "Connection")
		return strings.HasPrefix(value, ",") || strings.HasSuffix(value, ",")
	}),
	refuses("upgrade-case", "whose Upgrade is not the very word websocket", func(h *head) bool {
		return value(h.fields, "Upgrade") != "websocket"
	}),
	refuses("name-case", "with a field whose name is in small letters", func(h *head) bool {
		return slices.ContainsFunc(h.fields, func(f wsproto.Field) bool { return f.Name == strings.ToLower(f.Name) })
	}),
	refuses("no-blank", "with a field without a blank after its colon", func(h *head) bool {
		return slices.ContainsFunc(h.fields, func(f wsproto.Field) bool { return !strings.HasPrefix(f.Raw[len(f.Name):], ": ") })
	}),
	refuses("blanks", "with a field with more than a blank around its value", func(h *head) bool {
		return slices.ContainsFunc(h.fields, func(f wsproto.Field) bool {
			return strings.TrimSpace(f.Raw) != strings.TrimSuffix(f.Raw, "\r\n") || strings.HasPrefix(f.Raw[len(f.Name):], ":  ") ||
				strings.HasPrefix(f.Raw[len(f.Name):], ": \t")
		})
	}),
	refuses("order", "whose first field is not Host", func(h *head) bool {
		return !equalFold(h.fields[0].Name, "Host")
	}),
	refuses("absolute", "whose target is a URI", func(h *head) bool { return !strings.HasPrefix(h.words()[1], "/") }),
	refuses("connection-last", "whose last Connection field has no Upgrade", func(h *head) bool {
		all := values(h.fields, "Connection")
		return len(all) > 0 && !strings.Contains(strings.ToLower(all[len(all)-1]), "upgrade")
	}),
	refuses("key-plus", "whose key has a character that base64url does not have", func(h *head) bool {
		return strings.ContainsAny(value(h.fields, fieldKey), "+/")
	}),
	server("drop-request-pieces", "rfc6455/4.2.2/equal", "Ends the connection without an answer where the request comes in more than one read.",
		func(h *hooks) {
			reads := 0
			h.read = func(*endpoint) error { reads++; return nil }
			h.write = func(e *endpoint, b []byte) error {
				if !e.isOpen && reads > 1 {
					return errDone
				}
				return plain.write(e, b)
			}
		}),
	server("refuse-request-second", "rfc6455/4.2.2/equal", "Refuses the second request on a connection.",
		func(h *hooks) {
			heads := 0
			h.head = func(*endpoint, *head) { heads++ }
			h.refuse = func(*head) int {
				if heads > 1 {
					return http.StatusBadRequest
				}
				return 0
			}
		}),
	server("refuse-request-after-body", "rfc6455/4.2.2/equal", "Takes the body of a request for the next request.",
		readsHead(func(_ *endpoint, h *head) { h.fields = withoutField(h.fields, "Content-Length") })),
	server("hang-second-request", "rfc6455/4.2.2/respond", "Never answers the second request on a connection.",
		func(h *hooks) {
			heads := 0
			h.head = func(e *endpoint, _ *head) {
				if heads++; heads > 1 {
					e.hang()
				}
			}
		}),
	server("lose-request-begun", "rfc6455/4.2.2/equal", "Loses what comes in the same read as a request for a page.",
		readsHead(func(e *endpoint, h *head) {
			if len(values(h.fields, "Upgrade"))+bodySize(h) == 0 {
				e.take(len(e.buffered()))
			}
		})),
	server("accept-first-key", "rfc6455/4.2.2/accept", "Answers the key of the first request on the connection that has one.",
		func(h *hooks) {
			key := ""
			h.head = func(_ *endpoint, h *head) { key = cmp.Or(key, value(h.fields, fieldKey)) }
			h.response = func(_ *endpoint, r *wsproto.Response, _ *head) {
				r.Fields = withField(r.Fields, fieldAccept, acceptKey(key))
			}
		}),
	server("accept-first-protocol", "rfc6455/4.2.2/subprotocol-none", "Chooses from the subprotocols of all requests on the connection.",
		func(h *hooks) {
			var first []string
			h.head = func(_ *endpoint, h *head) { first = append(first, values(h.fields, fieldProtocol)...) }
			h.response = func(e *endpoint, r *wsproto.Response, request *head) {
				for _, name := range list(first) {
					if slices.Contains(e.Subprotocols, name) && len(values(r.Fields, fieldProtocol)) == 0 {
						addField(fieldProtocol, name)(r, request)
					}
				}
			}
		}).withSubprotocols(),
	refusesResponse("connection-list", "whose Connection has more than Upgrade", func(_ *endpoint, h *head) bool {
		return !equalFold(value(h.fields, "Connection"), "upgrade")
	}),
	refusesResponse("reason", "with another phrase than Switching Protocols", func(_ *endpoint, h *head) bool {
		return strings.HasPrefix(h.line, "HTTP/1.1 101") && h.line != "HTTP/1.1 101 Switching Protocols"
	}),
	refusesResponse("choice", "that chooses one of several subprotocols", func(e *endpoint, h *head) bool {
		return value(h.fields, fieldProtocol) != value(e.requested, fieldProtocol) && value(h.fields, fieldProtocol) != ""
	}).withSubprotocols(),
	client("refuse-answer-window", "wscheck/stay", "Refuses a response with server_max_window_bits.",
		takesParam(func(p *param, _ bool) bool {
			p.hasValue = p.hasValue && p.name != paramServerWindow // which is not valid without a value
			return false
		})).withDeflate(),
	refusesOffers("offer", "any offer", func(extension) bool { return true }),
	refusesOffers("offer-window", "an offer of a window", func(x extension) bool {
		return slices.ContainsFunc(x.params, func(p param) bool { return p.name == paramServerWindow })
	}),

	failsOnClose("empty", "without a code", func(p wsproto.ClosePayload) bool { return !p.HasCode }),
	failsOnClose("bare", "that has a code and no reason", func(p wsproto.ClosePayload) bool { return p.HasCode && len(p.Reason) == 0 }),
	failsOnClose("reason", "with a reason", func(p wsproto.ClosePayload) bool { return len(p.Reason) > 0 }),
	failsOnClose("going-away", "with code 1001", func(p wsproto.ClosePayload) bool { return p.Code == wsproto.CloseGoingAway }),
	failsOnClose("private", "with a code from 3000 on", func(p wsproto.ClosePayload) bool { return p.Code >= 3000 }),
	both("fail-on-close-split", "rfc6455/5.5.1/close-taken",
		"Answers a close frame with code 1002 where the first octet of its code comes with its header, and the rest later.",
		func(h *hooks) {
			split := false
			h.header = func(e *endpoint, h *wsproto.Header) { split = h.Length > 1 && len(e.buffered()) == 1 }
			h.close = func(e *endpoint, p wsproto.ClosePayload) error {
				if split {
					return e.endWith(wsproto.CloseProtocolError, "")
				}
				return e.replyClose(p)
			}
		}),
	failsOnClose("long", "with a reason of 123 octets", func(p wsproto.ClosePayload) bool { return len(p.Reason) == maxControl-2 }),

	answersClose("reason", "rfc6455/8.1/reason-fail", "with a reason that is not UTF-8", overlooks(ruleReason, ruleReasonCut)),
	answersClose("fragmented", "rfc6455/5.5/control-fragmented-fail", "without FIN", overlooksOn(is(wsproto.OpClose), ruleControlFin)),
	answersClose("long", "rfc6455/5.5/control-length-fail", "of more than 125 octets",
		overlooksOn(is(wsproto.OpClose), ruleControlLength), skips(tooLongControl)),
}

// refuses returns the mutant that refuses requests which say what the plain one
// says.
func refuses(name, text string, which func(h *head) bool) mutant {
	return server("refuse-request-"+name, "rfc6455/4.2.2/equal", "Refuses a request "+text+".",
		refusesWith(http.StatusBadRequest, which))
}

// refusesResponse returns the mutant that refuses responses which say what the plain
// one says, or choose what it offered.
func refusesResponse(name, text string, which func(e *endpoint, h *head) bool) mutant {
	return client("refuse-response-"+name, "wscheck/stay", "Refuses a response "+text+".",
		readsHead(func(e *endpoint, h *head) {
			if which(e, h) {
				h.line = "HTTP/1.1 500 Internal Server Error"
			}
		}))
}

// refusesOffers returns the mutant that refuses requests with such an offer
// instead of declining it.
func refusesOffers(name, text string, which func(extension) bool) mutant {
	return server("refuse-"+name, "rfc7692/5/decline", "Refuses a request with "+text+" of permessage-deflate.",
		refusesWith(http.StatusInternalServerError, func(h *head) bool {
			offers, _ := parseExtensions(values(h.fields, fieldExtensions))
			return slices.ContainsFunc(offers, which)
		})).withDeflate()
}

// refusesWith refuses chosen requests with a status.
func refusesWith(status int, which func(h *head) bool) change {
	return func(h *hooks) {
		h.refuse = func(h *head) int {
			if which(h) {
				return status
			}
			return 0
		}
	}
}

// failsOnClose returns the mutant that takes right close frames for errors.
func failsOnClose(name, text string, which func(wsproto.ClosePayload) bool) mutant {
	return both("fail-on-close-"+name, "rfc6455/5.5.1/close-taken", "Answers a close frame "+text+" with code 1002.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if which(p) {
				return e.endWith(wsproto.CloseProtocolError, "")
			}
			return e.replyClose(p)
		}))
}

// answersClose returns the mutant that takes a wrong close frame for a right one.
func answersClose(name string, clause oracle.ClauseID, text string, changes ...change) mutant {
	return both("answer-close-"+name, clause, "Answers a close frame "+text+" with its own code.", changes...)
}
