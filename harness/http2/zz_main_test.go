package http2

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

func TestZZServe(t *testing.T) {
	if os.Getenv("ZZ") == "" {
		t.Skip()
	}
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	p.SetHTTP2(true)
	ln, _ := net.Listen("tcp", "127.0.0.1:9801")
	s := &http.Server{Handler: Bridge(echo), Protocols: p}
	go s.Serve(ln)
	ts := httptest.NewUnstartedServer(Bridge(echo))
	ts.EnableHTTP2 = true
	ts.Listener, _ = net.Listen("tcp", "127.0.0.1:9802")
	ts.StartTLS()
	_ = tls.VersionTLS12
	fmt.Println("up")
	select {}
}
