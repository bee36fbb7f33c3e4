package http2

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// response is the answer to an ordinary request.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// answer answers an ordinary request by the page.
func (m *mux) answer(l *lane, list wsproto.Fields) {
	defer l.Close()
	_ = l.SetWriteDeadline(time.Now().Add(pageLimit))
	w := &response{header: http.Header{}}
	if r := requestOf(list); r == nil {
		w.WriteHeader(http.StatusBadRequest)
	} else {
		r.RemoteAddr = m.conn.RemoteAddr().String()
		m.page.ServeHTTP(w, r.WithContext(context.WithValue(context.Background(), http.LocalAddrContextKey, m.conn.LocalAddr())))
		if r.Method == http.MethodHead {
			w.body.Reset()
		}
	}
	w.WriteHeader(http.StatusOK)
	fields := wsproto.Fields{{Name: ":status", Value: statusText(w.status)}}
	for name, values := range w.header {
		if name = strings.ToLower(name); !isHop(name) {
			for _, value := range values {
				fields = append(fields, wsproto.Field{Name: name, Value: value})
			}
		}
	}
	head := frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: l.id, Body: plainBlock(fields)}
	if _, err := l.Write(head.AppendTo(nil)); err != nil {
		return
	}
	for body := w.body.Bytes(); ; {
		n, err := l.room(len(body))
		if err != nil {
			return
		}
		f := frame{Type: h2frame.Data, Stream: l.id, Body: body[:n]}
		if body = body[n:]; len(body) == 0 {
			f.Flags = h2frame.FlagEnd
		}
		if _, err := l.Write(f.AppendTo(nil)); err != nil || len(body) == 0 {
			return
		}
	}
}

// Header returns the fields.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sets the status, once.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write appends to the body.
func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// requestOf returns the request that a header list makes, nil if it makes none.
func requestOf(list wsproto.Fields) *http.Request {
	method, _ := list.Get(":method")
	path, _ := list.Get(":path")
	r := &http.Request{Method: method, Proto: "HTTP/2.0", ProtoMajor: 2, Header: http.Header{}, Body: http.NoBody, RequestURI: path}
	var err error
	if r.URL, err = url.ParseRequestURI(path); err != nil || !wsproto.IsToken(method) {
		return nil
	}
	for _, f := range list {
		if !strings.HasPrefix(f.Name, ":") {
			r.Header.Add(f.Name, f.Value)
		}
	}
	r.Host, _ = list.Get(":authority")
	return r
}
