package store

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// journalName is the name of the file that holds a report whose run has not
// ended, or was killed. Its lines are JSON objects: the first is a [report.FileName] without
// agents, each further one adds a case, an agent or a result. Lines are only
// ever appended, and a reader leaves out a last one that is cut off, so that the
// file can be read at any time.
const journalName = "wscheck.journal"

// journalLine is a line but the first: what is known of the run, a case, what is
// known of an agent, or a result of an agent. Agents are numbered from 0 in order
// of appearance.
type journalLine struct {
	Head   *document       `json:"head,omitempty"` // its cases do not count
	Case   *catalogue.Case `json:"case,omitempty"`
	Agent  int             `json:"agent,omitempty"`
	About  *report.Agent   `json:"about,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
}

// place is where a journal holds the JSON of a result.
type place struct{ at, size int64 }

// journal is the file that a [Writer] appends to.
type journal struct {
	root *os.Root
	file *os.File
	name string // temporary, until settle

	mu     sync.Mutex
	size   int64
	broken error // why nothing can be appended any more
	lost   error // why a line of note is not there
}

// startJournal makes a new journal under a temporary name. It takes the place of
// an earlier one with settle.
func startJournal(root *os.Root, head *document) (*journal, error) {
	name := wholefile.TemporaryName(journalName)
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	j := &journal{root: root, file: f, name: name}
	line, err := json.Marshal(head)
	if err == nil {
		_, err = j.append(nil, line, nil)
	}
	if err != nil {
		return nil, errors.Join(err, j.remove())
	}
	return j, nil
}

// settle gives the journal its name.
func (j *journal) settle() error {
	err := j.whole()
	if err == nil {
		err = j.root.Rename(j.name, journalName)
	}
	if err == nil {
		j.name = journalName
	}
	return err
}

// append adds a line made of three parts, and returns where the middle one is.
func (j *journal) append(before, middle, after []byte) (place, error) {
	line := make([]byte, 0, len(before)+len(middle)+len(after)+1)
	line = append(append(append(append(line, before...), middle...), after...), '\n')
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return place{}, j.broken
	}
	if _, err := j.file.WriteAt(line, j.size); err != nil {
		// A later line must not follow half of this one.
		if terr := j.file.Truncate(j.size); terr != nil {
			j.broken = err
		}
		return place{}, err
	}
	p := place{at: j.size + int64(len(before)), size: int64(len(middle))}
	j.size += int64(len(line))
	return p, nil
}

// note appends a line of other than a result. Where it cannot, the journal takes no
// results any more, for they may rest on the line: it has to be written again.
func (j *journal) note(line journalLine) {
	b, err := json.Marshal(line)
	if err == nil {
		_, err = j.append(nil, b, nil)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lost = cmp.Or(j.lost, err)
}

// whole reports why a line is missing.
func (j *journal) whole() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lost
}

// addResult appends the JSON of a result.
func (j *journal) addResult(agent int, result []byte) (place, error) {
	if err := j.whole(); err != nil {
		return place{}, err
	}
	return j.append(fmt.Appendf(nil, `{"agent":%d,"result":`, agent), result, []byte("}"))
}

// open returns a reader of the JSON of a result.
func (j *journal) open(p place) *io.SectionReader { return io.NewSectionReader(j.file, p.at, p.size) }

// copy appends a result of another journal, and returns where it is.
func (j *journal) copy(agent int, from *journal, p place) (place, error) {
	result := make([]byte, p.size)
	if _, err := from.file.ReadAt(result, p.at); err != nil {
		return place{}, err
	}
	return j.addResult(agent, result)
}

// length is the size of the file.
func (j *journal) length() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// remove takes the journal away.
func (j *journal) remove() error { return errors.Join(j.file.Close(), j.root.Remove(j.name)) }

// scanJournal is scanDocument for a journal.
func scanJournal(in io.Reader, each eachResult) (*document, error) {
	r := bufio.NewReaderSize(&io.LimitedReader{R: in, N: maxDocument}, 64<<10)
	line, err := readLine(r)
	if err != nil {
		return nil, err
	}
	d, err := scanDocument(bytes.NewReader(line), nil)
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	for n := 2; ; n++ {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) {
			return d, nil // what was being written when the run was killed is left out
		}
		if err == nil {
			err = d.replay(line, each)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// replay adds a line of a journal.
func (d *document) replay(line []byte, each eachResult) error {
	var l journalLine
	if err := json.Unmarshal(line, &l); err != nil {
		return err
	}
	switch {
	case l.Head != nil:
		l.Head.Cases, l.Head.Agents = d.Cases, d.Agents
		*d = *l.Head
		return d.check()
	case l.Case != nil:
		d.Cases = append(d.Cases, l.Case)
		return checkCount(len(d.Cases), maxCases, "cases")
	case l.About != nil && l.Agent == len(d.Agents):
		d.Agents = append(d.Agents, l.About)
		return checkCount(len(d.Agents), maxAgents, "agents")
	case l.Agent < 0 || l.Agent >= len(d.Agents):
		return fmt.Errorf("there is no agent %d", l.Agent)
	case l.About != nil:
		l.About.Results = d.Agents[l.Agent].Results
		*d.Agents[l.Agent] = *l.About
		return nil
	}
	return each(l.Agent, d.Agents[l.Agent], l.Result)
}

// readLine reads a line and takes its end off. An unfinished last
// line is not one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(line) > maxValue:
			return nil, fmt.Errorf("it is longer than %d octets", maxValue)
		}
	}
}

// What a journal may have that no longer counts: results that were replaced, and
// agents that were left out. Beyond that, it is written again.
const (
	wasteOctets = 64 << 20
	wasteAgents = maxAgents / 2
)
