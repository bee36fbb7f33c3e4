package authority

import (
	"crypto/x509"
	"testing"
)

func TestNew(t *testing.T) {
	c, err := New("wscheck.test", "192.0.2.1", "")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.PEM) {
		t.Fatalf("no certificate in %q", c.PEM)
	}
	leaf, err := x509.ParseCertificate(c.TLS.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for host, trusted := range map[string]bool{"wscheck.test": true, "localhost": true, "127.0.0.1": true, "192.0.2.1": true, "other.test": false} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots}); (err == nil) != trusted {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(c.Pin) != 44 {
		t.Errorf("the pin is %q", c.Pin)
	}
}
