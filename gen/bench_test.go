package gen

import (
	"math/rand/v2"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

func BenchmarkRandom(b *testing.B) {
	for _, role := range roles {
		b.Run("role="+role.String(), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				Random(rng, role)
			}
		})
	}
}

// programs are n of some steps each.
func programs(n, steps int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	all := make([][]byte, n)
	for i := range all {
		all[i] = make([]byte, openingOctets+steps*stepOctets)
		for j := range all[i] {
			all[i][j] = byte(rng.Uint32())
		}
	}
	return all
}

func BenchmarkDecode(b *testing.B) {
	const steps = 8
	all := programs(64, steps)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		Decode(roles[i&1], all[i%len(all)])
		i++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(i*steps), "ns/step")
}

func BenchmarkEncode(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	scripts := make([]*oracle.Script, 64)
	for i := range scripts {
		scripts[i] = Random(rng, roles[i&1]).Script
	}
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		Encode(scripts[i%len(scripts)])
		i++
	}
}

func BenchmarkShrink(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := Random(rng, roles[0]).Script
	b.ReportAllocs()
	for b.Loop() {
		Shrink(s, func(c *oracle.Script) bool { return len(c.Steps) > 0 }, 200)
	}
}
