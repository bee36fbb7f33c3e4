package seedzip_test

import (
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/seedzip"
)

// FuzzRead reads any octets as a zip file: what is read can be written and read
// again.
func FuzzRead(f *testing.F) {
	for _, files := range [][]raw.File{nil, {{Name: "a", Octets: []byte("GET / HTTP/1.1\r\n\r\n")}, {Name: "b/c", Octets: []byte{0}}}} {
		file, err := seedzip.Write(files)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		files, err := read(file)
		if err != nil {
			if files != nil {
				t.Fatalf("%d files with error %v", len(files), err)
			}
			return
		}
		again, err := seedzip.Write(files)
		if err != nil {
			return // a name that no zip file can have twice, or at all
		}
		if got, err := read(again); err == nil && !reflect.DeepEqual(got, files) {
			t.Fatalf("got %v, want %v", got, files)
		}
	})
}
