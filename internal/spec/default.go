package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/internal/wholefile"
)

// The modes that take a spec file.
const (
	FuzzingClient   = "fuzzingclient"
	FuzzingServer   = "fuzzingserver"
	MassConnectMode = "massconnect"
)

// defaults are the values of the original's own files.
var defaults = map[string]string{
	FuzzingClient: `{"outdir": "./reports/servers", "servers": [{"url": "ws://127.0.0.1:9001"}],
		"cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {}}`,
	FuzzingServer: `{"url": "ws://127.0.0.1:9001", "outdir": "./reports/clients",
		"cases": ["*"], "exclude-cases": [], "exclude-agent-cases": {}}`,
	MassConnectMode: `{"options": {"connections": 10000, "batchsize": 100, "batchdelay": 10, "retrydelay": 10},
		"servers": [{"name": "localhost", "uri": "ws://127.0.0.1:9000"}]}`,
}

// Default returns the spec file that a mode starts from where there is none; nil
// for a mode that takes none.
func Default(mode string) []byte {
	compact, ok := defaults[mode]
	if !ok {
		return nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(compact), "", "   "); err != nil {
		panic(err) // the text above is not JSON
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// Generate writes the spec file of a mode with the defaults, unless there is a
// file of that name, and reports whether it did. What is written is complete or
// not there.
func Generate(mode, name string) (bool, error) {
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return false, err
	}
	defer root.Close()
	name = filepath.Base(name)
	temporary, err := wholefile.Temporary(root, name, func(f *os.File) error {
		_, err := f.Write(Default(mode))
		return err
	})
	if err != nil {
		return false, err
	}
	defer root.Remove(temporary)
	// A link, and not a renaming, never takes the place of another file.
	switch err := root.Link(temporary, name); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrExist):
		return false, nil
	}
	return true, root.Rename(temporary, name) // a file system without hard links
}
