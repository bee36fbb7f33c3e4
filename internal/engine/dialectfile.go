package engine

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/wholefile"
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
	text, fileErr := wholefile.Head(name, maxDialectFile+1)
	switch {
	case fileErr != nil && !strings.ContainsAny(name, "/\\."):
		return nil, err
	case fileErr != nil:
		return nil, fileErr
	case len(text) > maxDialectFile:
		return nil, fmt.Errorf("%s: it is longer than %d octets, and no dialect", name, maxDialectFile)
	}
	if d, err = oracle.ParseDialect(string(text)); err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return d, nil
}
