package oracle

import "slices"

// aPong is how a pong shows that the peer has read what came before the ping.
const aPong = "a pong"

// failsLate is called when the peer fails the connection. It may inflate messages beside
// what it reads: RFC 7692 says nowhere that a ping waits for that. A pong after a message
// that is not DEFLATE is then no sign that the peer took it, if the next thing that the
// peer does of its own accord is to fail the connection.
func (j *Judge) failsLate() {
	if !j.inflates {
		return
	}
	j.inflates, j.wentOn = false, false
	id := ruleInvalidFail.clause().ID
	if i := slices.IndexFunc(j.findings, func(f Finding) bool { return f.Clause == id }); i >= 0 {
		f := &j.findings[i]
		f.Outcome = Allowed
		f.Got += ", and the end of the connection next"
	}
}
