package engine

import (
	"fmt"
	"os"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/oracle"
)

// maxDialectFile bounds the file of a dialect in octets.
const maxDialectFile = 1 << 20

// FindDialect returns the dialect of that name, or that of the file of that name.
func FindDialect(name string) (*oracle.Dialect, error) {
	d, err := corpus.DialectNamed(name)
	if err == nil {
		return d, nil
	}
	info, statErr := os.Stat(name)
	switch {
	case statErr != nil && !strings.ContainsAny(name, "/\\.") || statErr == nil && info.IsDir():
		return nil, err
	case statErr != nil:
		return nil, statErr
	case info.Size() > maxDialectFile:
		return nil, fmt.Errorf("%s: it is longer than %d octets, and no dialect", name, maxDialectFile)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if d, err = oracle.ParseDialect(string(text)); err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return d, nil
}
