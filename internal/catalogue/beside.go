package catalogue

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// besides is how many connections there are besides the one that is judged.
const besides = 3

// The words of cases that are played on several connections at the same time.
const (
	besideWants = "Each connection gets its own messages back, whole, and no octet of another's."
	besideAlso  = " The same is under way on three more connections."
)

// sideBySide are messages that are under way on several connections at the same
// time, so that what these share inside the peer gets mixed.
func sideBySide() []row {
	const pause = 20 * time.Millisecond
	filler := repeated("side by side ", 1<<10)
	middle := part(wsproto.OpContinuation, filler)
	last := whole(wsproto.OpContinuation, filler)
	fragments := []oracle.Step{
		part(wsproto.OpText, filler), wait(pause, ""), middle, pingOf("side by side"), ponged(1), wait(pause, ""), last, echoed(1),
	}
	var steps []oracle.Step
	steps = append(steps, fragments...)
	for n := 1; n <= 20; n++ {
		steps = append(steps, whole(wsproto.OpBinary, repeated("side by side ", 100*n)))
	}
	r := good("10.4/side-by-side", "A text message in three frames with pauses between them, and twenty binary messages."+besideAlso,
		besideWants, []oracle.ClauseID{"wscheck/peer-mixed"}, 21, steps...)
	r.beside = besides
	return []row{r}
}

// sideBySideDeflate is about what compresses and inflates.
func sideBySideDeflate() []row {
	var steps []oracle.Step
	for n := 1; n <= 20; n++ {
		text := repeated("side by side ", 100*n)
		steps = append(steps, oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: text, Fragment: 16})
		if n%5 == 0 {
			steps = append(steps, echoed(n))
		}
	}
	r := inflates("7.2.2/side-by-side", "Twenty compressed text messages in frames of 16 octets."+besideAlso, besideWants, 20, steps...)
	r.clauses = with(r.clauses, "wscheck/peer-mixed")
	r.beside = besides
	return saying(overDeflate(r), "RFC 6455 10.4")
}
