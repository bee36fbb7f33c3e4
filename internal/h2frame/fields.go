package h2frame

import (
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// HeadText returns the head of a header list in the text form of
// [wsproto.ConnectProto].
func HeadText(list wsproto.Fields, response bool) []byte {
	if response {
		status, _ := list.Get(":status")
		r := wsproto.Response{Proto: wsproto.ConnectProto, RawLine: wsproto.ConnectProto + " " + status + " \r\n"}
		for _, f := range list {
			if f.Name != ":status" {
				r.Fields = append(r.Fields, f)
			}
		}
		return r.AppendTo(make([]byte, 0, headRoom))
	}
	method, methods := list.Get(":method")
	path, paths := list.Get(":path")
	if methods != 1 || paths != 1 || !wsproto.IsToken(method) || strings.ContainsAny(path, " ") {
		r := wsproto.Request{RawLine: wsproto.VerbatimHead + "\r\n", Fields: list}
		return r.AppendTo(make([]byte, 0, headRoom))
	}
	r := wsproto.Request{Method: method, Target: path, Proto: wsproto.ConnectProto}
	for _, f := range list {
		if f.Name != ":method" && f.Name != ":path" {
			r.Fields = append(r.Fields, f)
		}
	}
	return r.AppendTo(make([]byte, 0, headRoom))
}

// headRoom is the octets that most heads have room in.
const headRoom = 256

// Lines returns a header list with a field in a line.
func Lines(list wsproto.Fields) string {
	var s strings.Builder
	size := 0
	for _, f := range list {
		size += len(f.Name) + len(f.Value) + len(": \n")
	}
	s.Grow(size)
	for _, f := range list {
		s.WriteString(f.Name)
		s.WriteString(": ")
		s.WriteString(f.Value)
		s.WriteByte('\n')
	}
	return s.String()
}
