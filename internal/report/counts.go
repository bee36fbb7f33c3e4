package report

import (
	"cmp"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// Counts is how the cases of one agent ended.
type Counts struct {
	Cases   int // that were selected
	Clean   int
	Noted   int // neither clean nor failed
	Failed  int
	Known   int // that failed in a known way, see [Baseline]
	Missing int // that did not run

	Unsupported int // of those that are noted, how many the peer does not support
}

// Remarked is how many are noted that the peer supports.
func (c Counts) Remarked() int { return c.Noted - c.Unsupported }

// Failed reports whether anything in the report fails, by its judge, that is not
// known: a case, or a peer whose process died.
func (r *Report) Failed() bool {
	for _, agent := range r.Agents {
		if r.DiedUnexplained(agent) {
			return true
		}
		for _, result := range agent.Results {
			if result.Failed(r.Judge) && result.Known == nil {
				return true
			}
		}
	}
	return false
}

// DiedUnexplained reports whether the agent's process died and no case tells of
// it, nor a baseline.
func (r *Report) DiedUnexplained(agent *Agent) bool {
	if agent.Deaths == 0 || slices.ContainsFunc(agent.Results, func(result *Result) bool { return result.Died != "" }) {
		return false
	}
	return r.Baseline == nil || slices.Contains(r.Baseline.died, cmp.Or(agent.Name, unknownAgent))
}

// Count returns how the agent's cases ended by the report's judge.
func (r *Report) Count(agent *Agent) Counts { return r.CountOf(agent, len(AllCases(r))) }

// CountOf is Count where it is known how many cases the report has.
func (r *Report) CountOf(agent *Agent, cases int) Counts {
	ran := make(map[string]*Result, len(agent.Results))
	for _, result := range agent.Results {
		ran[result.Case.ID] = result
	}
	c := Counts{Cases: cases, Missing: cases - len(ran)}
	for _, result := range ran {
		switch {
		case result.Failed(r.Judge) && result.Known != nil:
			c.Known++
		case result.Failed(r.Judge):
			c.Failed++
		case result.Clean(r.Judge):
			c.Clean++
		default:
			c.Noted++
			if groupOf(result, r.Judge).Rank == rankUnsupported {
				c.Unsupported++
			}
		}
	}
	return c
}

// word is the verdict on an agent in a word.
func (r *Report) word(agent *Agent) (string, Tone) {
	switch {
	case agent.Unreachable != "":
		return "NOT REACHED", ToneFail
	case r.Count(agent).Failed > 0 || r.DiedUnexplained(agent):
		return "FAIL", ToneFail
	case r.Stopped != "" || agent.Ended != "" || len(r.Shards) > 1 && r.MissingShards() != nil:
		return "INCOMPLETE", ToneFail
	}
	return "PASS", ToneOK
}

// MissingShards returns the parts of the selection that the report does not
// hold, nil for none.
func (r *Report) MissingShards() []catalogue.Shard {
	if len(r.Shards) == 0 {
		return nil
	}
	count := r.Shards[0].Count
	var missing []catalogue.Shard
	for i := 1; i <= count && len(missing) < 100; i++ {
		if s := (catalogue.Shard{Index: i, Count: count}); !slices.Contains(r.Shards, s) {
			missing = append(missing, s)
		}
	}
	return missing
}
