package access

import (
	"net"
	"net/http"
)

// Handler answers requests that the rules refuse, and hands all others on.
func (r *Rules) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		local, _ := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
		q := &Request{Query: req.URL.RawQuery != "", Local: local, Field: func(name string) []string {
			if name == "Host" && req.Host != "" {
				return []string{req.Host}
			}
			return req.Header.Values(name)
		}}
		if no := r.Refuse(q); no != nil {
			http.Error(w, no.Reason, no.Status)
			return
		}
		next.ServeHTTP(w, req)
	})
}
