package speed

import (
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
)

// FuzzJudged has the conversation of a script with the server, and judges it.
// What the server does in it is not the question here.
func FuzzJudged(f *testing.F) {
	lib, err := Library()
	if err != nil {
		f.Fatal(err)
	}
	engine.FuzzServer(f, lib.Server, &engine.Config{
		Select: []*catalogue.Case{},
		Known:  []engine.Deviation{{Case: "fuzz/*", Reason: "measured, not tested"}},
	})
}
