package blackbox

import (
	"context"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
)

// base is another peer, such as the release before: what it breaks with a script is known of the
// peer under test with that script. Its methods may be called side by side. A nil base knows nothing.
type base struct{ player *engine.Player }

// unknown returns those of the clauses that the base does not break with the script of a case, in haste,
// nor would if it were known to do nothing more. A base that cannot be reached breaks nothing.
func (b *base) unknown(ctx context.Context, cs *catalogue.Case, ids []oracle.ClauseID) []oracle.ClauseID {
	if b == nil || len(ids) == 0 {
		return ids
	}
	result, owed, _, err := b.player.PlayFast(ctx, cs)
	if err != nil {
		return ids
	}
	owed = append(owed, result.RFC.Broken()...)
	return slices.DeleteFunc(slices.Clone(ids), func(id oracle.ClauseID) bool { return slices.Contains(owed, id) })
}

// broken returns those of the clauses that the base breaks with the script of a case in one of as many
// tries as a finding has. alone is for what rests on silence, or on the peer's death.
func (b *base) broken(ctx context.Context, cs *catalogue.Case, ids []oracle.ClauseID, alone bool) (known []oracle.ClauseID) {
	if b == nil {
		return nil
	}
	play, tries := b.player.Play, confirmTries
	if alone {
		play, tries = b.player.PlayAlone, 1
	}
	for ; tries > 0 && len(known) < len(ids); tries-- {
		result, err := play(ctx, cs)
		if err != nil {
			continue
		}
		for _, id := range ids {
			if breaks(result, id) && !slices.Contains(known, id) {
				known = append(known, id)
			}
		}
	}
	return known
}
