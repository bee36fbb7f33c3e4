package http2

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/wsproto"
)

// bridgeKey is the key of the requests that a bridge makes: nothing over HTTP/2
// depends on one.
var bridgeKey = base64.StdEncoding.EncodeToString([]byte("wscheck's bridge"))

// upgradeOf returns the request of HTTP/1.1 that asks for what an extended CONNECT
// does.
func upgradeOf(list wsproto.Fields) []byte {
	authority, _ := list.Get(":authority")
	path, _ := list.Get(":path")
	r := wsproto.NewRequest(authority, path, bridgeKey)
	r.Fields = head.Without(r.Fields, "Sec-WebSocket-Version")
	for _, f := range list {
		if !strings.HasPrefix(f.Name, ":") {
			r.Fields = append(r.Fields, f)
		}
	}
	return r.AppendTo(make([]byte, 0, 512))
}

// connectOf returns the header list of the extended CONNECT for a request of
// HTTP/1.1, the key of that, and its size: 0 where b does not hold all of it.
func connectOf(b []byte) (list wsproto.Fields, key string, size int) {
	r, n, err := wsproto.ParseRequest(b)
	if n == 0 || err != nil {
		return nil, "", 0
	}
	host, _ := r.Get("Host")
	key, _ = r.Get("Sec-WebSocket-Key")
	list = wsproto.Fields{
		{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: wsproto.WebSocketProtocol}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: r.Target}, {Name: ":authority", Value: host},
	}
	for _, f := range r.Fields {
		switch name := strings.ToLower(f.Name); name {
		case "host", "sec-websocket-key":
		default:
			if !isHop(name) {
				list = append(list, wsproto.Field{Name: name, Value: f.Value})
			}
		}
	}
	return list, key, n
}

// responseOf returns the header list for a response of HTTP/1.1, and its size.
func responseOf(b []byte) (list wsproto.Fields, size int) {
	r, n, err := wsproto.ParseResponse(b)
	if n == 0 || err != nil {
		return nil, 0
	}
	status := r.Status
	if status == 101 {
		status = 200
	}
	list = wsproto.Fields{{Name: ":status", Value: statusText(status)}}
	for _, f := range r.Fields {
		if name := strings.ToLower(f.Name); !isHop(name) && name != "sec-websocket-accept" && name != "content-length" {
			list = append(list, wsproto.Field{Name: name, Value: f.Value})
		}
	}
	return list, n
}

// switchOf returns the response of HTTP/1.1 that says what a header list does.
func switchOf(list wsproto.Fields, key string) []byte {
	status, _ := list.Get(":status")
	r := wsproto.NewResponse(key)
	if status == "" || status[0] != '2' {
		r = &wsproto.Response{Proto: "HTTP/1.1", Reason: "Refused"}
		r.Status, _ = strconv.Atoi(status)
	}
	for _, f := range list {
		if !strings.HasPrefix(f.Name, ":") {
			r.Fields = append(r.Fields, f)
		}
	}
	return r.AppendTo(nil)
}
