package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// AutobahnPrefix begins the full id of every case of Autobahn|Testsuite; its
// own id, "4.2.4", follows.
const AutobahnPrefix = "autobahn/"

// entry is one row of a section's table.
type entry struct {
	id      string // Autobahn's
	sends   string // Case.Description
	wants   string // Case.Expectation
	rfc     []string
	offers  []string // of permessage-deflate, as the client
	answers []DeflateAnswer
	steps   []oracle.Step
	expect  autobahn.Expectation
}

var autobahnCases = sync.OnceValue(func() (cases []*Case) {
	for _, section := range []func() []entry{
		section1, section2, section3, section4, section5, section6, section7,
		section9, section10, section12, section13,
	} {
		for _, e := range section() {
			cases = append(cases, e.compile(len(cases)+1))
		}
	}
	return cases
})

// compile makes the row a case with that number.
func (e *entry) compile(number int) *Case {
	section, _, _ := strings.Cut(e.id, ".")
	measured := section == "9" || section == "12" || section == "13"
	return &Case{
		ID:          AutobahnPrefix + e.id,
		Number:      number,
		Description: e.sends,
		Expectation: e.wants,
		RFC:         e.rfc,
		Clauses:     clausesOf(e.id),
		Roles:       InBoth,
		Script: oracle.Script{
			Role:      wsproto.Client,
			Handshake: oracle.Handshake{Offers: e.offers},
			Steps:     e.steps,
			End:       ending(e.steps),
		},
		Autobahn:      &e.expect,
		ServerDeflate: e.answers,
		Alone:         measured,
		Slow:          measured,
		Bulk:          e.expect.Deflate,
	}
}

// ending is how the conversation continues after the steps. A script
// that has sent a close frame can only wait: a ping after it would be a
// violation of ours (RFC 6455 5.5.1).
func ending(steps []oracle.Step) oracle.End {
	closed := slices.ContainsFunc(steps, func(s oracle.Step) bool {
		return s.Kind == oracle.StepClose ||
			s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpClose
	})
	if closed {
		return oracle.EndAwait
	}
	return oracle.EndClose
}

// Autobahn returns the 517 cases of Autobahn|Testsuite in their order of
// execution: sections 1 to 7, 9 and 10 (301 cases), then 12 and 13 (216 cases
// of permessage-deflate). The slice is the caller's; the cases are shared and
// must not be changed.
func Autobahn() []*Case {
	return slices.Clone(autobahnCases())
}
