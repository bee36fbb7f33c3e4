package process

import (
	"bytes"
	"crypto/rand"
	"os"
)

// markVariable is set in the environment of a peer's process, so that what it
// starts can be distinguished from everything else. A run inside of a run adds to it.
const markVariable = "WSCHECK_RUN"

// mark is the part of markVariable that names one life of one process.
type mark string

func newMark() mark { return mark(rand.Text()) }

// variable is the mark in the form of an environment.
func (m mark) variable() string {
	value := string(m)
	if outer := os.Getenv(markVariable); outer != "" {
		value = outer + ":" + value
	}
	return markVariable + "=" + value
}

// in reports whether the mark is in an environment as /proc shows it.
func (m mark) in(environ []byte) bool {
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		if bytes.HasPrefix(variable, []byte(markVariable+"=")) && bytes.Contains(variable, []byte(m)) {
			return true
		}
	}
	return false
}
