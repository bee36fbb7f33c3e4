package speed

import (
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/catalogue"
)

// FuzzJudged has the conversation of a script with the server, and judges it.
// What the server does in it is not the question here.
func FuzzJudged(f *testing.F) {
	lib, err := Library()
	if err != nil {
		f.Fatal(err)
	}
	harness.FuzzServer(f, lib.Server, &harness.Config{
		Select: []*catalogue.Case{},
		Known:  []harness.Deviation{{Case: "fuzz/*", Reason: "measured, not tested"}},
	})
}
