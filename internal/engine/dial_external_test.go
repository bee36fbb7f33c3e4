package engine_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/servetest"
)

// certificate makes a self-signed certificate for a host, and returns the file
// with it and its key in PEM form.
func certificate(t *testing.T, host string) (file string, cert tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	file = filepath.Join(t.TempDir(), host+".pem")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, err = tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	return file, cert
}

// listening serves the reference endpoint on a listener.
func listening(t *testing.T, ln net.Listener) { servetest.On(t, ln, serving(reference.Options{})) }

var someCases = []string{"1.1.*", "2.6", "5.19", "6.4.*", "7.1.*", "9.1.3"}

func passes(t *testing.T, url string, o *engine.DialOptions) {
	t.Helper()
	r, err := engine.Run(t.Context(), engine.URL(url, o), &engine.Config{Cases: someCases})
	if err != nil {
		t.Fatal(err)
	}
	for _, res := range r.Agents[0].Results {
		if b := res.Record.Behavior; b != autobahn.OK && b != autobahn.Informational {
			t.Errorf("%s: %s: %s", res.Case.ID, b, res.Record.Result)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	file, cert := certificate(t, "ws.test")
	clientFile, _ := certificate(t, "client.test")
	pool := x509.NewCertPool()
	pemBytes, err := os.ReadFile(clientFile)
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(pemBytes)
	names := make(chan string, 1024)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool,
		VerifyConnection: func(s tls.ConnectionState) error {
			names <- s.ServerName
			if s.ServerName == "strict.test" && len(s.PeerCertificates) == 0 {
				return errors.New("no client certificate")
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	listening(t, ln)
	url := "wss://" + ln.Addr().String() + "/"

	t.Run("own authority and name", func(t *testing.T) {
		passes(t, url, &engine.DialOptions{CAFile: file, ServerName: "ws.test"})
		if name := <-names; name != "ws.test" {
			t.Errorf("the server was asked for %q, want ws.test", name)
		}
	})
	t.Run("insecure", func(t *testing.T) { passes(t, url, &engine.DialOptions{Insecure: true}) })
	t.Run("client certificate", func(t *testing.T) {
		passes(t, url, &engine.DialOptions{Insecure: true, ServerName: "strict.test", CertFile: clientFile})
	})
	for name, o := range map[string]*engine.DialOptions{
		"unknown authority": {},
		"other name":        {CAFile: file, ServerName: "other.test"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Run(t.Context(), engine.URL(url, o), &engine.Config{Cases: someCases})
			var unreachable *engine.UnreachableError
			if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("error %v, want that the peer is not reachable for its certificate", err)
			}
		})
	}
	for name, o := range map[string]*engine.DialOptions{
		"no such file":   {CAFile: filepath.Join(t.TempDir(), "none.pem")},
		"no certificate": {CAFile: "dial_external_test.go"},
		"no key":         {CertFile: "dial_external_test.go"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Run(t.Context(), engine.URL(url, o), nil)
			if err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("error %v, want one that names the certificate", err)
			}
		})
	}
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "ws") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Skipf("this system has no Unix sockets: %v", err)
	}
	listening(t, ln)
	passes(t, "ws+unix://"+path, nil)
	passes(t, "ws+unix://"+path+":/chat?x=1", nil)
}
