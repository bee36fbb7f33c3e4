package peers

import (
	"testing"

	"github.com/wscheck/wscheck/harness"
)

func TestLearn(t *testing.T) {
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) { harness.LearnServer(t, lib.Server, nil) })
	}
}
