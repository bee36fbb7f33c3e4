package store

import (
	"testing"

	"github.com/wscheck/wscheck/internal/report/reporttest"
)

func BenchmarkWriteDir(b *testing.B) {
	for _, agents := range []int{1, 4} {
		b.Run(map[int]string{1: "agents=1", 4: "agents=4"}[agents], func(b *testing.B) {
			r := reporttest.Fabricate(b, 301, agents)
			dir := b.TempDir()
			for b.Loop() {
				if err := WriteDir(dir, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
