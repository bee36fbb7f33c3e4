package convert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/wsproto"
)

// GoFuzzCorpusEnv is the environment variable that names the folder of
// go-fuzz-corpus for tests.
const GoFuzzCorpusEnv = "WSCHECK_GO_FUZZ_CORPUS"

// goFuzzFolders are those about WebSocket, and the side whose octets they hold:
// they were made for golang.org/x/net/websocket's server and client.
var goFuzzFolders = []struct {
	path string
	role wsproto.Role
}{
	{"websocketserver/corpus", wsproto.Client},
	{"websocketclient/corpus", wsproto.Server},
}

// GoFuzzCorpus reads the entries of websocketserver and websocketclient from a
// copy of github.com/dvyukov/go-fuzz-corpus (Apache-2.0). Where there is none,
// the error is an fs.ErrNotExist that says how to get it.
func GoFuzzCorpus(dir string) ([]*corpus.Entry, error) {
	var all []*corpus.Entry
	for _, folder := range goFuzzFolders {
		path := filepath.Join(dir, filepath.FromSlash(folder.path))
		files, err := raw.ReadFolder(os.DirFS(path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w: git clone https://github.com/dvyukov/go-fuzz-corpus, and name its folder by %s",
				path, fs.ErrNotExist, GoFuzzCorpusEnv)
		}
		if err != nil {
			return nil, prefixed(path, err)
		}
		entries, err := fromFiles(files, Options{Role: folder.role.String(), Origin: "go-fuzz-corpus, " + folder.path})
		if err != nil {
			return nil, prefixed(path, err)
		}
		all = append(all, entries...)
	}
	return all, nil
}
