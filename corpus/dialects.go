package corpus

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/oracle"
)

//go:embed dialects
var dialectFiles embed.FS

// DialectExtension is how the names of files with a dialect end.
const DialectExtension = ".dialect"

// Dialects returns the dialects that come with the kit, by name: [oracle.DialectEcho]
// and [oracle.DialectNone] first. They are shared and must not be changed.
var Dialects = sync.OnceValue(func() []*oracle.Dialect {
	all := []*oracle.Dialect{oracle.DialectEcho, oracle.DialectNone}
	names, err := fs.Glob(dialectFiles, "dialects/*"+DialectExtension)
	if err != nil {
		panic(err) // the pattern is wrong
	}
	for _, name := range names {
		text, err := dialectFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is in the binary
		}
		d, err := oracle.ParseDialect(string(text))
		if err != nil {
			panic(fmt.Sprintf("%s:%v", path.Base(name), err))
		}
		all = append(all, d)
	}
	return all
})

// DialectNamed returns the dialect of that name that comes with the kit, or an
// error that lists all.
func DialectNamed(name string) (*oracle.Dialect, error) {
	var names []string
	for _, d := range Dialects() {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("there is no dialect %q: want %s, or a file", name, strings.Join(names, ", "))
}
