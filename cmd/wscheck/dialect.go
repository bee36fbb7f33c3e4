package main

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/engine"
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

// dialect returns the dialect that the flag names: nil for none.
func (f *dialectFlag) dialect() (*oracle.Dialect, error) {
	if f.Dialect == "" {
		return nil, nil
	}
	d, err := engine.FindDialect(f.Dialect)
	if err != nil {
		return nil, fmt.Errorf("--dialect: %w", err)
	}
	return d, nil
}
