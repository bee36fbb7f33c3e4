package engine

import (
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
)

// FuzzReferenceClient holds the conforming endpoint to be conforming.
func FuzzReferenceClient(f *testing.F) {
	FuzzClient(f, referenceClient(reference.Options{}), nil)
}
