package gen

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflated is the payload of a compressed message.
type deflated struct {
	payload []byte

	reach  int             // the longest distance of its back-references, where that is beyond 8 bits of window
	binary bool            // its content is not UTF-8
	clause oracle.ClauseID // by which it is wrong, if it is
}

// hello is the message where its content does not matter.
const hello = "Hello, world!"

// packedIn returns the first compressed messages of the cases with these names in a section.
func packedIn(section, names string) (all []deflated) {
	for name := range strings.FieldsSeq(names) {
		c := caseOf(section + "/" + name)
		steps := c.Script.Steps[slices.IndexFunc(c.Script.Steps, func(s oracle.Step) bool { return s.Frame.Rsv == rsv1 }):]
		payload := slices.Clip(steps[0].Payload.Data)
		for ; !steps[0].Frame.Fin && steps[1].Frame.Opcode == wsproto.OpContinuation; steps = steps[1:] {
			payload = append(payload, steps[1].Payload.Data...)
		}
		all = append(all, deflated{payload: payload, clause: c.Clauses[0]})
	}
	return all
}

// rightPayloads are right for any agreement, if the window allows their reach
// (RFC 7692 7.2.1, 7.2.3).
var rightPayloads = sync.OnceValue(func() []deflated {
	far := packedIn("rfc7692/7.1.2.2", "window-overrun-9-twice window-overrun-8-farthest")
	far[0].reach, far[1].reach = 1024, 32768
	binary := packedIn("rfc7692/7.2.1", "flush-in-content")
	binary[0].binary = true
	all := slices.Concat(
		packedIn("rfc7692/7.2.1", "blocks-fixed blocks-stored blocks-dynamic blocks-two flush-middle final-fixed final-middle-fixed match-own-octets"),
		packedIn("rfc7692/6.2", "utf8"),
		[]deflated{{payload: deflate.Squeezed(strings.Repeat("wscheck ", 100))}},
		packedIn("rfc7692/7.2.1", "match-first-octet"),
		far, binary,
	)
	for _, e := range deflate.EmptyMessages() {
		all = append(all, deflated{payload: e.Payload})
	}
	return all
})

// finalLong is a message of more than 64 KiB in which a final block comes before the
// last.
var finalLong = sync.OnceValue(func() *deflated { return &packedIn("rfc7692/7.2.1", "final-64kib-then-more")[0] })

// damagedPayloads cannot be inflated (RFC 7692 7.2.2, RFC 1951 3.2).
var damagedPayloads = sync.OnceValue(func() []deflated {
	return packedIn("rfc7692/7.2.2", `invalid-block-type invalid-block-type-second invalid-stored-length
		invalid-symbol-286 invalid-symbol-287 invalid-distance-30 invalid-distance-before-start
		invalid-literals-over invalid-distances-over invalid-literals-287 invalid-distances-31
		invalid-text invalid-ff invalid-zlib
		unfinished-stored-half unfinished-stored-header unfinished-fixed-half unfinished-fixed-octet unfinished-fixed-end
		unfinished-dynamic-header`)
})

// flawedTexts are right as DEFLATE, and not as text (RFC 6455 8.1).
var flawedTexts = sync.OnceValue(func() []deflated {
	return packedIn("rfc7692/6.2", "bad-utf8-ff-fixed bad-utf8-surrogate-fixed bad-utf8-cut-fixed bad-utf8-lone-stored")
})

// looseEnds end or begin as a sender must not have it, and a receiver may make
// good (RFC 7692 7.2.1).
var looseEnds = sync.OnceValue(func() []deflated {
	return packedIn("rfc7692/7.2.1", "tail-kept tail-none tail-final-none tail-no-octet tail-padding")
})

// overruns reach back further than a window that was limited, or into a message
// before: wrong if the peer took such an offer up.
var overruns = sync.OnceValue(func() []deflated {
	return slices.Concat(
		packedIn("rfc7692/7.1.2.2", `window-overrun-8-one-octet window-overrun-9-one-octet window-overrun-10-one-octet
			window-overrun-8-farthest`),
		packedIn("rfc7692/7.2.2", "invalid-distance-before-start"),
	)
})
