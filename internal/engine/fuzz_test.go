package engine

import (
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
)

// FuzzReferenceServer holds the conforming endpoint to be conforming.
func FuzzReferenceServer(f *testing.F) {
	FuzzServer(f, echo, nil)
}

// FuzzReferenceClient holds the conforming endpoint to be conforming as a client.
func FuzzReferenceClient(f *testing.F) {
	FuzzClient(f, referenceClient(reference.Options{}), nil)
}
