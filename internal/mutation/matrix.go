package mutation

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Config says what [Run] runs. The zero value runs everything.
type Config struct {
	Subjects []Subject // nil means all
	Sources  []Source  // nil means all
	Jobs     int       // subjects that are examined side by side; 0 means as many as there are processors

	// Dialect is what the mutants are taken to do with messages; nil means that they
	// echo, as they do. An echo is a peer of every dialect whose answers are what was
	// asked.
	Dialect *oracle.Dialect

	// Short leaves out the cases that take long: more than a megaoctet, or many
	// messages.
	Short bool

	// Likely, if not nil, returns the id of a case that is likely to find a subject's
	// fault; it is played first. Once stops at the first verdict that names the clause
	// that the subject breaks, though it may be no violation.
	Likely func(*Subject) string
	Once   bool

	// Progress, if not nil, is called after each subject, one call at a time.
	Progress func(done, total int)
}

// Matrix says what killed which mutant.
type Matrix struct {
	Columns []Column
	Rows    []Row
}

// Column is a source with one of its judges.
type Column struct {
	Source string
	Judge  report.Judge
}

// Row is a subject and what became of it in each column.
type Row struct {
	Subject
	Cells []Cell // one for each column
}

// Run plays the scripts of each source with each subject, until the judges of
// the source have all found the fault or there is no script left. It returns
// early, with ctx's error, when ctx ends.
func Run(ctx context.Context, c *Config) (*Matrix, error) {
	subjects, sources := c.Subjects, c.Sources
	if subjects == nil {
		subjects = Subjects()
	}
	if sources == nil {
		sources = Sources()
	}
	m := &Matrix{Rows: make([]Row, len(subjects))}
	for _, s := range sources {
		for _, judge := range s.Judges {
			m.Columns = append(m.Columns, Column{Source: s.Name, Judge: judge})
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	x := &examiner{Config: c, player: player{dialect: c.Dialect}, sources: sources, conforming: map[playKey]*conforming{}}
	var mu sync.Mutex
	done := 0
	workers.Each(ctx, len(subjects), c.Jobs, func(i int) {
		cells, err := x.examine(ctx, &subjects[i])
		if err != nil {
			cancel(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		m.Rows[i] = Row{Subject: subjects[i], Cells: cells}
		done++
		if c.Progress != nil {
			c.Progress(done, len(subjects))
		}
	})
	return m, context.Cause(ctx)
}

// examiner examines subjects, any number at a time.
type examiner struct {
	*Config
	player  player
	sources []Source

	mu         sync.Mutex
	conforming map[playKey]*conforming
}

// examine plays the scripts of all sources with a subject.
func (x *examiner) examine(ctx context.Context, s *Subject) ([]Cell, error) {
	var cells []Cell
	for i := range x.sources {
		of, err := x.examineBy(ctx, s, &x.sources[i])
		if err != nil {
			return nil, err
		}
		cells = append(cells, of...)
	}
	return cells, nil
}

// examineBy plays the scripts of one source, those first that are the likeliest
// to find the fault.
func (x *examiner) examineBy(ctx context.Context, s *Subject, source *Source) ([]Cell, error) {
	cells := make([]Cell, len(source.Judges))
	peer := s.Endpoint()
	for _, cs := range x.inLikelyOrder(source.Cases(s.Role.Peer()), s) {
		if x.Short && takesLong(cs) {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r, err := x.player.play(peer, cs)
		if err != nil {
			return nil, err
		}
		decided := true
		for i, judge := range source.Judges {
			cells[i].Played++
			if judge == report.JudgeAutobahn {
				cells[i].noteAutobahn(r)
			} else if err := x.noteRFC(&cells[i], s, r); err != nil {
				return nil, err
			}
			decided = decided && (cells[i].decided(judge) || x.Once && cells[i].Named)
		}
		if decided {
			break
		}
	}
	return cells, nil
}

// inLikelyOrder puts the likely case first, then those that say of themselves that they
// exercise the clause which the subject breaks, and last those that take long.
func (x *examiner) inLikelyOrder(cases []*catalogue.Case, s *Subject) []*catalogue.Case {
	likely := ""
	if x.Likely != nil {
		likely = x.Likely(s)
	}
	rank := func(c *catalogue.Case) int {
		switch {
		case c.ID == likely:
			return -1
		case slices.Contains(c.Clauses, s.Clause):
			return 0
		case takesLong(c):
			return 2
		}
		return 1
	}
	slices.SortStableFunc(cases, func(a, b *catalogue.Case) int { return cmp.Compare(rank(a), rank(b)) })
	return cases
}

func takesLong(c *catalogue.Case) bool { return c.Alone || c.Slow }

// playKey names a case that is played with the conforming endpoint.
type playKey struct {
	role wsproto.Role // the endpoint's
	cs   *catalogue.Case
}
