package reference

import (
	crand "crypto/rand"
	"math/rand/v2"
	"sync"
	"testing"
)

// RepeatSecrets has what endpoints keep from each other drawn from the start of one sequence,
// until the end of the test.
func RepeatSecrets(t testing.TB) {
	var mu sync.Mutex
	r := rand.NewChaCha8([32]byte{1})
	secrets = func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return r.Read(b)
	}
	t.Cleanup(func() { secrets = crand.Read })
}
