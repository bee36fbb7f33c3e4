package main

import (
	"fmt"
	"io"
	"strings"
)

// tellUnused names, in one line, the options of a spec file that have no effect
// here.
func tellUnused(w io.Writer, file string, options []string) {
	if len(options) > 0 {
		fmt.Fprintf(w, "wscheck: %s: of its options, without effect: %s\n", file, strings.Join(options, ", "))
	}
}
