package gen

import (
	"math/rand/v2"

	"pgregory.net/rapid"
)

// draws is where a generator's choices come from. 0 is the plainest choice, so
// that what shrinks the draws shrinks the script.
type draws interface {
	// below returns 0 to n-1; what says what is chosen.
	below(n int, what string) int
}

// randomDraws are choices that are all alike probable, and cost next to nothing.
type randomDraws struct{ *rand.Rand }

func (r randomDraws) below(n int, _ string) int { return r.IntN(n) }

// rapidDraws are choices that rapid makes and shrinks.
type rapidDraws struct{ *rapid.T }

func (r rapidDraws) below(n int, what string) int { return rapid.IntRange(0, n-1).Draw(r.T, what) }
