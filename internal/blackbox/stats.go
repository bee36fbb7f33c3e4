package blackbox

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
)

// Stats are the progress of a run.
type Stats struct {
	Conversations int           // of scripts: those for shrinking and of long cases are not among them
	Skipped       int           // scripts that need what the peer lacks
	Took          time.Duration // of playing
	Deaths        int           // of the peer's process, those for shrinking among them

	Clauses  map[oracle.ClauseID]int // conversations that put each clause to the test
	Visible  int                     // clauses that there are to be tested in the peer's role
	Findings map[oracle.ClauseID]int // conversations that showed each broken clause
	Open     int                     // findings that are being made short

	// Unproved are the clauses that a silence seemed to break which did not come
	// again, or could not be waited for, and in how many conversations it did.
	// Untried are those that one may break for which there was no time.
	Unproved, Untried map[oracle.ClauseID]int
}

// PerSecond is the number of conversations in a second.
func (s *Stats) PerSecond() float64 {
	if s.Took <= 0 {
		return 0
	}
	return float64(s.Conversations) / s.Took.Seconds()
}

// Reached is the number of clauses that were put to the test.
func (s *Stats) Reached() int { return len(s.Clauses) }
