package catalogue

import (
	"maps"
	"regexp"
	"slices"
)

// ExcludeAgent is what the key exclude-agent-cases of a spec file says: which
// cases are not run against which agents. Its zero value excludes nothing.
type ExcludeAgent struct {
	rules []agentRule
}

type agentRule struct {
	agent *regexp.Regexp
	cases []pattern
}

// ParseExcludeAgent compiles a map from a pattern of agent names to patterns
// of case ids. They are written like those of [Patterns], but both have to
// match whole, and a "*" is not needed for a regular expression: "5.1[0-9]"
// excludes 5.10 and not 5.1, and "*.1" no case whose id does not end in ".1".
// The error names the pattern that is not a regular expression.
func ParseExcludeAgent(rules map[string][]string) (ExcludeAgent, error) {
	var x ExcludeAgent
	for _, agent := range slices.Sorted(maps.Keys(rules)) {
		expr, err := compileWhole(agent)
		if err != nil {
			return ExcludeAgent{}, err
		}
		rule := agentRule{agent: expr}
		for _, s := range rules[agent] {
			expr, err := compileWhole(s)
			if err != nil {
				return ExcludeAgent{}, err
			}
			rule.cases = append(rule.cases, pattern{full: fullID(s), expr: expr})
		}
		x.rules = append(x.rules, rule)
	}
	return x, nil
}

// compileWhole compiles a pattern so that it matches whole or not at all.
func compileWhole(s string) (*regexp.Regexp, error) {
	expr, _ := translate(s)
	return compile(s, "^(?:"+expr+")$")
}

// Excludes reports whether the case with that full id is not to be run against
// the agent.
func (x ExcludeAgent) Excludes(agent, id string) bool {
	for _, rule := range x.rules {
		if !rule.agent.MatchString(agent) {
			continue
		}
		for i := range rule.cases {
			if rule.cases[i].match(id) {
				return true
			}
		}
	}
	return false
}
