package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/oracle"
)

// dialectFlag says what the peer does with messages.
type dialectFlag struct {
	Dialect string `placeholder:"NAME" help:"What the peer does with messages: ${dialects}, or a file. By default an echo, and with a URL what the first conversation shows: echo or none."`
}

// dialectNames lists the dialects that come with the kit, for help.
func dialectNames() string {
	var names []string
	for _, d := range corpus.Dialects() {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}

// maxDialectFile bounds the file of a dialect in octets.
const maxDialectFile = 1 << 20

// dialect returns the dialect that the flag names: nil for none.
func (f *dialectFlag) dialect() (*oracle.Dialect, error) {
	if f.Dialect == "" {
		return nil, nil
	}
	d, err := corpus.DialectNamed(f.Dialect)
	if err == nil {
		return d, nil
	}
	info, statErr := os.Stat(f.Dialect)
	switch {
	case statErr != nil && !strings.ContainsAny(f.Dialect, "/\\.") || statErr == nil && info.IsDir():
		return nil, fmt.Errorf("--dialect: %w", err)
	case statErr != nil:
		return nil, fmt.Errorf("--dialect: %w", statErr)
	case info.Size() > maxDialectFile:
		return nil, fmt.Errorf("--dialect: %s: it is longer than %d octets, and no dialect", f.Dialect, maxDialectFile)
	}
	text, err := os.ReadFile(f.Dialect)
	if err != nil {
		return nil, fmt.Errorf("--dialect: %w", err)
	}
	if d, err = oracle.ParseDialect(string(text)); err != nil {
		return nil, fmt.Errorf("--dialect: %s:%w", f.Dialect, err)
	}
	return d, nil
}
