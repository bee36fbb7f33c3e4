package jsonvec

import (
	"bytes"
	"testing"
)

// FuzzParse reads any octets as a file: what is read is written, and read again,
// as it is, and makes scripts.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"version":1,"license":"CC0-1.0","vectors":[{"name":"a","role":"server","extensions":"","octets":["8a","80"],` +
		`"result":"fail","events":[{"type":"text","at":1,"data":"00"}],"fail":{"first":1,"last":2,"clause":"rfc6455/5.2/x","codes":[1002]}}]}`))
	f.Add([]byte(`{"version":1,"license":"","vectors":[{"name":"b","role":"client","extensions":"permessage-deflate; client_max_window_bits=8",` +
		`"octets":[],"result":"keep","events":[]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		vectors, err := Parse(file)
		if err != nil {
			return
		}
		once, err := Format(vectors)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%v in\n%s", err, once)
		}
		if twice, err := Format(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v, and\n%s\nbecame\n%s", err, once, twice)
		}
		for _, v := range vectors {
			if _, err := v.Script(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
