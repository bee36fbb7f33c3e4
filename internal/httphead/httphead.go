// Package httphead reads the head of an HTTP request or response from a stream.
package httphead

import "io"

// chunk is how many octets are read at a time, at least.
const chunk = 4 << 10

// Read reads from r until parse, [wsproto.ParseRequest] or [wsproto.ParseResponse], has
// a whole head or fails. Parse bounds the size of a head. read is all that was read, and
// size says how much of it is the head. Where r ends before the head does, err is r's.
//
// [wsproto.ParseRequest]: https://pkg.go.dev/github.com/wscheck/wscheck/wsproto#ParseRequest
// [wsproto.ParseResponse]: https://pkg.go.dev/github.com/wscheck/wscheck/wsproto#ParseResponse
func Read[H any](r io.Reader, parse func([]byte) (H, int, error)) (head H, read []byte, size int, err error) {
	for {
		if cap(read)-len(read) < chunk {
			read = append(make([]byte, 0, 2*cap(read)+chunk), read...)
		}
		n, rerr := r.Read(read[len(read):cap(read)])
		if read = read[:len(read)+n]; n > 0 {
			if head, size, err = parse(read); err != nil || size > 0 {
				return head, read, size, err
			}
		}
		if rerr != nil {
			return head, read, 0, rerr
		}
	}
}
