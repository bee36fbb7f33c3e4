package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// The values of "format" and "version" of a baseline, and what is read of one.
const (
	baselineFormat  = "wscheck-baseline"
	baselineVersion = 1
	maxBaseline     = 16 << 20 // octets
	maxKnown        = 1 << 16
)

// Baseline is a list of known deviations, in the order of the file.
type Baseline struct {
	Known []Known
}

// baselineDocument is the file: "known" has an entry in each line.
type baselineDocument struct {
	Format  string  `json:"format"`
	Version int     `json:"version"`
	Known   []Known `json:"known"`
}

// LoadBaseline reads a baseline from a file. An error says what in it makes no
// sense.
func LoadBaseline(name string) (*Baseline, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := readBaseline(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func readBaseline(in io.Reader) (*Baseline, error) {
	limited := &io.LimitedReader{R: in, N: maxBaseline + 1}
	decoder := json.NewDecoder(limited)
	decoder.DisallowUnknownFields()
	var d baselineDocument
	err := decoder.Decode(&d)
	if err == nil && decoder.More() {
		err = fmt.Errorf("at octet %d: something follows its end", decoder.InputOffset())
	}
	switch {
	case limited.N <= 0:
		return nil, fmt.Errorf("it is larger than %d octets", maxBaseline)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("it is cut off")
	case err != nil:
		return nil, err
	case d.Format != baselineFormat:
		return nil, fmt.Errorf("its format is %.40q, not %q", d.Format, baselineFormat)
	case d.Version != baselineVersion:
		return nil, fmt.Errorf("its version is %d; this program knows %d", d.Version, baselineVersion)
	case len(d.Known) > maxKnown:
		return nil, fmt.Errorf("it has more than %d entries", maxKnown)
	}
	b := &Baseline{Known: d.Known}
	_, err = b.compile()
	return b, err
}

// Format returns the content of the file: the same for the same entries,
// in any order, and an entry in each line.
func (b *Baseline) Format() []byte {
	known := slices.Clone(b.Known)
	slices.SortStableFunc(known, func(a, b Known) int {
		return cmp.Or(strings.Compare(a.Agent, b.Agent), compareIDs(a.Case, b.Case),
			strings.Compare(string(a.Judge), string(b.Judge)), strings.Compare(a.Verdict, b.Verdict))
	})
	out := bytes.NewBufferString("{\n")
	fmt.Fprintf(out, "\"format\": %q,\n\"version\": %d,\n\"known\": [", baselineFormat, baselineVersion)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for i := range known {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		if err := e.Encode(&known[i]); err != nil {
			panic(err) // it has nothing but texts
		}
		out.Truncate(out.Len() - 1) // the end of line that the encoder writes
	}
	out.WriteString("\n]\n}\n")
	return out.Bytes()
}

// compareIDs compares by the numbers in the ids, so that 4.1.2 comes before
// 4.1.10.
func compareIDs(a, b string) int {
	number := func(s string) (digits, rest string) {
		n := 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' {
			n++
		}
		return s[:n], s[n:]
	}
	for len(a) > 0 && len(b) > 0 {
		x, restA := number(a)
		y, restB := number(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		if order := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); order != 0 {
			return order
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// Apply compares the report with the baseline, and marks the results that fail
// in a known way: they count as such from then on, wherever the report is shown.
// What it returns is in the report too.
func (b *Baseline) Apply(r *Report) (*Comparison, error) {
	entries, err := b.compile()
	if err != nil {
		return nil, err
	}
	r.Baseline = entries.compare(r)
	return r.Baseline, nil
}

// Knows reports whether a result fails in a known way. Nothing is marked. Of a baseline that
// makes no sense it knows nothing.
func (b *Baseline) Knows(agent *Agent, result *Result, judge Judge) bool {
	entries, err := b.compile()
	if err != nil {
		return false
	}
	one := *result
	entries.compare(&Report{Judge: judge, Agents: []*Agent{{Name: agent.Name, Results: []*Result{&one}}}})
	return one.Known != nil
}

// Update is Apply, and makes the baseline one that knows all that fails in the
// report. Entries that are gone leave it, those of what did not run stay, and
// so do reasons. New entries have none: that is for people to write. All that
// fails is marked as known.
func (b *Baseline) Update(r *Report) (*Comparison, error) {
	entries, err := b.compile()
	if err != nil {
		return nil, err
	}
	c := entries.compare(r)
	reasons := map[[3]string]string{}
	for i := range b.Known {
		k := &b.Known[i]
		reasons[k.key()] = cmp.Or(reasons[k.key()], k.Reason)
	}
	updated := entries.stay(r.Role)
	for _, k := range c.New {
		k.Reason = reasons[k.key()]
		updated = slices.DeleteFunc(updated, func(old Known) bool { return old.key() == k.key() })
		updated = append(updated, k)
	}
	b.Known = updated
	now, err := b.Apply(r)
	if err != nil {
		return nil, err
	}
	c.Updated, c.died = true, now.died
	r.Baseline = c
	return c, nil
}

// key is what the reason of an entry belongs to.
func (k *Known) key() [3]string { return [3]string{k.Agent, k.Case, string(k.Judge)} }

// compile reports what makes no sense in the baseline.
func (b *Baseline) compile() (entries, error) {
	list := make(entries, len(b.Known))
	for i := range b.Known {
		k := &b.Known[i]
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("entry %d (%v): %w", i+1, k, err)
		}
		cases, err := catalogue.ParsePatterns([]string{k.Case}, catalogue.CommandLine)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		list[i] = entryState{
			known: k, agent: glob(k.Agent), verdict: glob(k.Verdict), cases: cases,
			met: map[string]bool{}, found: make([]bool, len(k.Clauses)),
		}
		for _, id := range k.Clauses {
			list[i].clauses = append(list[i].clauses, glob(string(id)))
		}
	}
	return list, nil
}
