// Package gofuzz reads and writes the seeds of Go's native fuzzing: the files
// "go test fuzz v1" that lie in testdata/fuzz/FuzzName and in the fuzz cache.
package gofuzz
