package oracle_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testdialect"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestDialectSoundness is TestSoundness with an endpoint that does not echo: what it
// does with messages, and why it closes, is drawn at random. No clause may be found
// broken, whether nothing is known of it or the messages that it answers are.
func TestDialectSoundness(t *testing.T) {
	from, to := testseeds.Range(t, 300)
	asks, err := oracle.ParseDialect(testdialect.Asks)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make(map[oracle.Outcome]int)
	answers := 0
	synctest.Test(t, func(t *testing.T) {
		for seed := from; seed < to; seed++ {
			c := newConversation(seed)
			c.mischief = 1 + 5*int(seed/2%2)
			freedom := reference.Freedoms(seed)
			freedom.WritePause, freedom.Lazy = 0, 0 // time stands still here
			o := reference.Options{Freedom: freedom, Deflate: new(reference.Deflate)}
			judged := oracle.Options{Dialect: oracle.DialectNone}
			if seed%3 > 0 {
				c.asks, judged.Dialect = 1+int(seed%5), asks
				o.Freedom.CloseAfter = 0
			}
			if seed%7 > 0 {
				o.Conduct = &reference.Conduct{Seed: seed, Prefix: "ask "}
			}
			c.run(o)
			j := oracle.NewJudge(c.trace.Role, judged)
			for i := range c.trace.Events {
				j.Feed(&c.trace.Events[i])
			}
			v := j.Verdict()
			outcomes[v.Outcome]++
			answers += j.Answers()
			if v.Outcome == oracle.Violation {
				t.Errorf("seed %d, %+v, %+v:\n%s\n%s", seed, o.Freedom, o.Conduct, findings(v), c.log())
				return
			}
		}
	})
	n := int(to - from)
	if outcomes[oracle.Pass] < n/10 || outcomes[oracle.Undecidable] == 0 || answers < n/4 {
		t.Errorf("hardly any conversation comes to something: %v, %d answers", outcomes, answers)
	}
}

// question makes of a payload a message of testdialect.Asks, for all but one in so many.
func (c *conversation) question(op wsproto.Opcode, payload []byte) []byte {
	if c.asks == 0 || c.rng.IntN(c.asks+1) == 0 || op == wsproto.OpContinuation {
		return payload
	}
	c.asked++
	return append(fmt.Appendf(nil, "ask %d ", 100000+c.asked), payload...)
}
