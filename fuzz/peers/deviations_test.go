package peers

import "github.com/wscheck/wscheck/harness"

var serverDeviations, clientDeviations map[string][]harness.Deviation

func knownOf(name string, m map[string][]harness.Deviation) []harness.Deviation { return m[name] }
