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
		return r.AppendTo(nil)
	}
	method, methods := list.Get(":method")
	path, paths := list.Get(":path")
	if methods != 1 || paths != 1 || !wsproto.IsToken(method) || strings.ContainsAny(path, " ") {
		r := wsproto.Request{RawLine: wsproto.VerbatimHead + "\r\n", Fields: list}
		return r.AppendTo(nil)
	}
	r := wsproto.Request{Method: method, Target: path, Proto: wsproto.ConnectProto}
	for _, f := range list {
		if f.Name != ":method" && f.Name != ":path" {
			r.Fields = append(r.Fields, f)
		}
	}
	return r.AppendTo(nil)
}

// Lines returns a header list with a field in a line.
func Lines(list wsproto.Fields) string {
	var s strings.Builder
	for _, f := range list {
		s.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return s.String()
}
