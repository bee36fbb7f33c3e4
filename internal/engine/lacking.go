package engine

import (
	"context"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
)

// Lacking is a target that has not all that others of the same run have: cases are not
// played with it that need one of the features, or a message of more than maxMessage
// octets; 0 means any. What [Config] says of all targets holds too.
func Lacking(target Target, features []Feature, maxMessage int) Target {
	return lacking{target, features, maxMessage}
}

type lacking struct {
	Target
	features   []Feature
	maxMessage int
}

func (l lacking) check() error {
	if err := checkFeatures(l.features); err != nil {
		return err
	}
	return l.Target.check()
}

func (l lacking) run(ctx context.Context, config *Config, cases []*catalogue.Case, meter *progressMeter) (*report.Agent, error) {
	c := *config
	c.Lacks = slices.Concat(c.Lacks, l.features)
	if c.MaxMessage == 0 || l.maxMessage > 0 && l.maxMessage < c.MaxMessage {
		c.MaxMessage = l.maxMessage
	}
	return l.Target.run(ctx, &c, cases, meter)
}
