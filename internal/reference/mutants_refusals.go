package reference

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// refusalMutants refuse what is right, though they take the plain form of it.
var refusalMutants = []mutant{
	refuses("connection-list", "whose Connection has more than Upgrade", func(r *wsproto.Request) bool {
		value, _ := r.Get("Connection")
		return !strings.EqualFold(value, "upgrade")
	}),
	refuses("connection-case", "whose Connection has not the very word Upgrade", func(r *wsproto.Request) bool {
		return !slices.Contains(r.Tokens("Connection"), "Upgrade")
	}),
	refuses("connection-second", "whose first Connection field has no Upgrade", func(r *wsproto.Request) bool {
		value, _ := r.Get("Connection")
		return !strings.Contains(strings.ToLower(value), "upgrade")
	}),
	refuses("connection-empty-element", "whose Connection has an empty element", func(r *wsproto.Request) bool {
		value, _ := r.Get("Connection")
		return strings.HasPrefix(value, ",") || strings.HasSuffix(value, ",")
	}),
	refuses("upgrade-case", "whose Upgrade is not the very word websocket", func(r *wsproto.Request) bool {
		value, _ := r.Get("Upgrade")
		return value != "websocket"
	}),
	refuses("name-case", "with a field whose name is in small letters", func(r *wsproto.Request) bool {
		return slices.ContainsFunc(r.Fields, func(f wsproto.Field) bool { return f.Name == strings.ToLower(f.Name) })
	}),
	refuses("no-blank", "with a field without a blank after its colon", func(r *wsproto.Request) bool {
		return slices.ContainsFunc(r.Fields, func(f wsproto.Field) bool { return !strings.HasPrefix(f.Raw[len(f.Name):], ": ") })
	}),
	refuses("blanks", "with a field with more than a blank around its value", func(r *wsproto.Request) bool {
		return slices.ContainsFunc(r.Fields, func(f wsproto.Field) bool {
			return strings.TrimSpace(f.Raw) != strings.TrimSuffix(f.Raw, "\r\n") || strings.HasPrefix(f.Raw[len(f.Name):], ":  ") ||
				strings.HasPrefix(f.Raw[len(f.Name):], ": \t")
		})
	}),
	refuses("order", "whose first field is not Host", func(r *wsproto.Request) bool {
		return !strings.EqualFold(r.Fields[0].Name, "Host")
	}),
	refuses("absolute", "whose target is a URI", func(r *wsproto.Request) bool { return !strings.HasPrefix(r.Target, "/") }),
	refusesOffers("offer", "any offer", func(wsproto.Extension) bool { return true }),
	refusesOffers("offer-window", "an offer of a window", func(x wsproto.Extension) bool {
		return slices.ContainsFunc(x.Params, func(p wsproto.Param) bool { return p.Name == paramServerWindow })
	}),

	failsOnClose("empty", "without a code", func(p wsproto.ClosePayload) bool { return !p.HasCode }),
	failsOnClose("reason", "with a reason", func(p wsproto.ClosePayload) bool { return len(p.Reason) > 0 }),
	failsOnClose("going-away", "with code 1001", func(p wsproto.ClosePayload) bool { return p.Code == wsproto.CloseGoingAway }),
	failsOnClose("private", "with a code from 3000 on", func(p wsproto.ClosePayload) bool { return p.Code >= 3000 }),
	failsOnClose("long", "with a reason of 123 octets", func(p wsproto.ClosePayload) bool { return len(p.Reason) == maxControl-2 }),

	answersClose(answerBadReason, "reason", "rfc6455/8.1/reason-fail", "with a reason that is not UTF-8"),
	answersClose(answerFragmentedClose, "fragmented", "rfc6455/5.5/control-fragmented-fail", "without FIN"),
	answersClose(answerLongClose, "long", "rfc6455/5.5/control-length-fail", "of more than 125 octets"),
}

// refuses returns the mutant that refuses requests which say what the plain one
// says.
func refuses(name, text string, which func(r *wsproto.Request) bool) mutant {
	return mutant{Mutant: Mutant{Name: "refuse-request-" + name, Clause: "rfc6455/4.2.2/equal", Roles: asServer,
		Text: "Refuses a request " + text + "."},
		refuses: func(r *wsproto.Request) int {
			if which(r) {
				return http.StatusBadRequest
			}
			return 0
		}}
}

// refusesOffers returns the mutant that refuses requests with such an offer
// instead of declining it.
func refusesOffers(name, text string, which func(wsproto.Extension) bool) mutant {
	return mutant{Mutant: Mutant{Name: "refuse-" + name, Clause: "rfc7692/5/decline", Roles: asServer, Deflate: true,
		Text: "Refuses a request with " + text + " of permessage-deflate."},
		refuses: func(r *wsproto.Request) int {
			offers, _ := wsproto.ParseExtensions(r.Values(fieldExtensions))
			if slices.ContainsFunc(offers, which) {
				return http.StatusInternalServerError
			}
			return 0
		}}
}

// failsOnClose returns the mutant that takes right close frames for errors.
func failsOnClose(name, text string, which func(wsproto.ClosePayload) bool) mutant {
	return mutant{Mutant: Mutant{Name: "fail-on-close-" + name, Clause: "rfc6455/5.5.1/close-taken", Roles: inBoth,
		Text: "Answers a close frame " + text + " with code 1002."},
		close: func(e *endpoint, p wsproto.ClosePayload) error {
			if which(p) {
				return replyClose(e, wsproto.CloseProtocolError, "")
			}
			return replyClose(e, p.Code, "")
		}}
}

// answersClose returns the mutant that takes a wrong close frame for a right one.
func answersClose(f fault, name string, clause oracle.ClauseID, text string) mutant {
	return mutant{Mutant: Mutant{Name: "answer-close-" + name, Clause: clause, Roles: inBoth,
		Text: "Answers a close frame " + text + " with its own code."}, fault: f}
}
