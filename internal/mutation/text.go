package mutation

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// WriteList writes a line about each subject.
func WriteList(w io.Writer, subjects []Subject) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := 0; i < len(subjects); {
		s := &subjects[i]
		var roles []string
		for ; i < len(subjects) && subjects[i].Name == s.Name; i++ {
			roles = append(roles, subjects[i].Role.String())
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Name, s.Clause, strings.Join(roles, ", "), s.Text)
	}
	return t.Flush()
}

// Killed reports whether a verdict by the RFCs called the subject wrong.
func (r *Row) Killed(columns []Column) bool {
	return r.any(columns, func(c *Cell) bool { return c.Killed })
}

// Named reports whether a verdict named the clause that the subject breaks.
func (r *Row) Named(columns []Column) bool {
	return r.any(columns, func(c *Cell) bool { return c.Named })
}

func (r *Row) any(columns []Column, is func(*Cell) bool) bool {
	for i := range r.Cells {
		if columns[i].Judge == report.JudgeRFC && is(&r.Cells[i]) {
			return true
		}
	}
	return false
}

// Alive returns the rows of those that no verdict by the RFCs called wrong, and
// Unnamed those that were called wrong by clauses other than their own alone.
func (m *Matrix) Alive() []Row { return m.rows(func(r *Row) bool { return !r.Killed(m.Columns) }) }

// Unnamed is explained at [Matrix.Alive].
func (m *Matrix) Unnamed() []Row {
	return m.rows(func(r *Row) bool { return r.Killed(m.Columns) && !r.Named(m.Columns) })
}

func (m *Matrix) rows(are func(*Row) bool) []Row {
	var some []Row
	for i := range m.Rows {
		if are(&m.Rows[i]) {
			some = append(some, m.Rows[i])
		}
	}
	return some
}

// WriteText writes the matrix for people to read, a line for each subject, and
// then a summary. In a cell stands the case that killed; with the clause where
// that is not the subject's own, "(allowed)" where it is disputed or its fault
// may be called unusual only, and the behavior of Autobahn's verdict.
func (m *Matrix) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "mutant\trole\tclause")
	for _, c := range m.Columns {
		fmt.Fprintf(t, "\t%s", c)
	}
	fmt.Fprintln(t)
	for i := range m.Rows {
		r := &m.Rows[i]
		fmt.Fprintf(t, "%s\t%s\t%s", r.Name, r.Role, r.Clause)
		for j := range r.Cells {
			fmt.Fprintf(t, "\t%s", &r.Cells[j])
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, m.summary())
	return err
}

// String returns the source and the judge: "catalogue by rfc".
func (c Column) String() string { return c.Source + " by " + string(c.Judge) }

// String returns the cell as WriteText has it.
func (c *Cell) String() string {
	switch {
	case !c.Killed:
		return "-"
	case c.Behavior != "":
		return c.Case + " " + string(c.Behavior)
	}
	text := c.Case
	if !c.Named {
		text += " by " + string(c.Clause)
	}
	if c.Outcome == oracle.Allowed {
		text += " (allowed)"
	}
	return text
}

// summary counts the subjects that each column killed.
func (m *Matrix) summary() string {
	var b strings.Builder
	b.WriteByte('\n')
	for i, c := range m.Columns {
		killed, named, played := 0, 0, 0
		for j := range m.Rows {
			cell := &m.Rows[j].Cells[i]
			played += cell.Played
			if cell.Killed {
				killed++
			}
			if cell.Named {
				named++
			}
		}
		fmt.Fprintf(&b, "%s: %d of %d killed", c, killed, len(m.Rows))
		if c.Judge == report.JudgeRFC {
			fmt.Fprintf(&b, ", %d by the clause that they break", named)
		}
		fmt.Fprintf(&b, ", in %s\n", plural.Of(played, "conversation"))
	}
	list(&b, "alive", m.Alive())
	list(&b, "killed, but not by the clause that they break", m.Unnamed())
	fmt.Fprintf(&b, "%s, %d alive\n", plural.Of(names(m.Rows), "mutant"), names(m.Alive()))
	return b.String()
}

func list(b *strings.Builder, what string, rows []Row) {
	for i := range rows {
		fmt.Fprintf(b, "%s: %s: %s\n", what, rows[i].Subject, rows[i].Text)
	}
}

// names counts mutants of all roles.
func names(rows []Row) int {
	seen := make(map[string]bool)
	for i := range rows {
		seen[rows[i].Name] = true
	}
	return len(seen)
}

// rowJSON and cellJSON are a row and a cell as other programs read them.
type rowJSON struct {
	Mutant string          `json:"mutant"`
	Role   string          `json:"role"`
	Clause oracle.ClauseID `json:"clause"`
	Text   string          `json:"text"`
	Cells  []cellJSON      `json:"cells"`
}

type cellJSON struct {
	Source  string          `json:"source"`
	Judge   report.Judge    `json:"judge"`
	Killed  bool            `json:"killed"`
	Named   bool            `json:"named"`
	Case    string          `json:"case,omitempty"`
	By      string          `json:"by,omitempty"` // the clause, or Autobahn's behavior
	Outcome *oracle.Outcome `json:"outcome,omitempty"`
	Played  int             `json:"played"`
}

// WriteJSON writes the rows of the matrix as an array of objects.
func (m *Matrix) WriteJSON(w io.Writer) error {
	rows := make([]rowJSON, len(m.Rows))
	for i := range m.Rows {
		r := &m.Rows[i]
		rows[i] = rowJSON{Mutant: r.Name, Role: r.Role.String(), Clause: r.Clause, Text: r.Text}
		for j, c := range r.Cells {
			cell := cellJSON{
				Source: m.Columns[j].Source, Judge: m.Columns[j].Judge, Killed: c.Killed, Named: c.Named,
				Case: c.Case, By: cmp.Or(string(c.Clause), string(c.Behavior)), Played: c.Played,
			}
			if c.Clause != "" {
				cell.Outcome = &c.Outcome
			}
			rows[i].Cells = append(rows[i].Cells, cell)
		}
	}
	return writeJSON(w, rows)
}
