package engine

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// updateVariable is the environment variable that has snapshots written anew.
const updateVariable = "WSCHECK_UPDATE"

// LearnServer learns the state machine of a server and compares it with a snapshot.
func LearnServer(t *testing.T, server func(net.Conn), config *Config) {
	t.Helper()
	learnTest(t, &localPeer{server: server}, config)
}

// LearnClient is [LearnServer] for a client, as [TestClient] has it.
func LearnClient(t *testing.T, client Client, config *Config) {
	t.Helper()
	learnTest(t, &localPeer{client: client}, config)
}

func learnTest(t *testing.T, p *localPeer, config *Config) {
	t.Helper()
	config = cmp.Or(config, new(Config))
	r, err := learnHere(t, p, config, learn.Options{})
	switch {
	case err != nil:
		t.Fatalf("wscheck: %v", err)
	case r.Stopped != "":
		t.Fatalf("wscheck: %s", r.Text())
	}
	t.Logf("%s", r.Text())
	if err := holdSnapshot(snapshotPath(t.Name()), r.Machine, os.Getenv(updateVariable) == "1"); err != nil {
		t.Errorf("wscheck: %v", err)
	}
}

// learnHere learns a peer of this process: in bubbles, or live where it cannot live
// in one.
func learnHere(t *testing.T, p *localPeer, config *Config, o learn.Options) (*learn.Result, error) {
	own := *config
	own.Select, own.Known = []*catalogue.Case{}, nil
	s, err := newSuite(t.Name(), p, &own)
	if err != nil {
		return nil, err
	}
	defer func() { s.close() }()
	if !own.Live {
		s.note.begin(t.Name(), "a word that is learned")
		r, err := learnBubble(t, s, o)
		if !errors.Is(err, link.ErrForeign) {
			return r, err
		}
		t.Logf("%v; learned live", link.ErrForeign)
	}
	return Learn(t.Context(), &localTarget{*p}, &own, o)
}

// snapshotPath is the file of a test: subtests have folders.
func snapshotPath(test string) string {
	parts := strings.Split(test, "/")
	for i, part := range parts {
		parts[i] = strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_+-", r):
				return r
			}
			return '-'
		}, part)
	}
	return filepath.Join("testdata", filepath.Join(parts...)+learn.Extension)
}

// holdSnapshot returns an error that says all where a machine is not that of a
// file, and writes the file where update is set.
func holdSnapshot(path string, m *learn.Machine, update bool) error {
	now := m.Format()
	before, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(before, now):
		return nil
	case update:
		return writeSnapshot(path, now)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no snapshot %s: write it by running the test with %s=1", path, updateVariable)
	case err != nil:
		return err
	}
	old, err := learn.Parse(before)
	if err != nil {
		return fmt.Errorf("%s:%w; write it anew by running the test with %s=1", path, err, updateVariable)
	}
	d, err := learn.Diff(old, m)
	if err != nil {
		return fmt.Errorf("%s: %w; write it anew by running the test with %s=1", path, err, updateVariable)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "the state machine is not that of %s; if it is to be so, run the test with %s=1. The shortest conversations that show it:\n", path, updateVariable)
	_ = d.Write(&b, "before", "now")
	for i, f := range d.Differences {
		if len(f.Word) > 0 && i < shownScripts {
			fmt.Fprintf(&b, "\n%s", learn.Script(m.Peer, f.Word, learn.Setting{Deflate: m.Deflate}))
		}
	}
	if len(d.Differences) == 0 {
		fmt.Fprintf(&b, "no conversation of inputs that both have distinguishes them; now it is\n%s", now)
	}
	return errors.New(strings.TrimRight(b.String(), "\n"))
}

// shownScripts is how many conversations are shown in full.
const shownScripts = 3

func writeSnapshot(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return wholefile.Write(path, text)
}
