package engine

import (
	"errors"
	"fmt"
	"strconv"
)

// UnreachableError reports that no connection to a peer could be made, or that the
// peer took none by the plain opening handshake: it cannot be tested.
type UnreachableError struct {
	URL string
	Err error
}

// Error names the peer and the reason.
func (e *UnreachableError) Error() string {
	if refused := new(untestable); errors.As(e.Err, &refused) {
		return fmt.Sprintf("%s cannot be tested: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("%s is not reachable: %v", e.URL, e.Err)
}

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// untestable is the reason why a peer that can be reached cannot be tested.
type untestable struct{ why string }

func (e *untestable) Error() string { return e.why }

// shownOctets bounds what a line shows of a text of the peer's.
const shownOctets = 120

// showable is a text of the peer's as it can be shown anywhere.
func showable(s string) string {
	cut := ""
	if len(s) > shownOctets {
		s, cut = s[:shownOctets], "…"
	}
	quoted := strconv.QuoteToGraphic(s)
	return quoted[1:len(quoted)-1] + cut
}
