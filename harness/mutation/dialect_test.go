package mutation

import (
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

func TestXNone(t *testing.T) {
	d := oracle.DialectNone
	m, err := Run(t.Context(), &Config{Sources: []Source{everyCase()}, Dialect: d})
	if err != nil {
		t.Fatal(err)
	}
	alive, n := 0, 0
	for i := range m.Rows {
		row := &m.Rows[i]
		n++
		if !row.Killed(m.Columns) {
			alive++
			t.Logf("ALIVE %s %s %s", row.Subject, row.Clause, row.Text)
		}
	}
	t.Logf("%d of %d alive", alive, n)
}
