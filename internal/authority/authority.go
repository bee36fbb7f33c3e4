// Package authority makes certificates of an authority that lives as long as the
// process: for servers under test, and for those that clients under test connect to.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Certificate is a certificate for a server, and its authority.
type Certificate struct {
	TLS tls.Certificate
	PEM []byte // the certificate of the authority

	// Pin is the SHA-256 of the server's public key in base64: what Chromium's
	// --ignore-certificate-errors-spki-list takes.
	Pin string
}

// lifetime is how long a certificate is valid. A clock that is an hour off is not a
// reason to refuse it.
const lifetime = 7 * 24 * time.Hour

// New returns a certificate for localhost, for the addresses of the loopback interface,
// and for hosts, which are names or addresses.
func New(hosts ...string) (*Certificate, error) {
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "wscheck, for this run alone"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "wscheck"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else if host != "" {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	var keys [2]*ecdsa.PrivateKey
	for i, c := range []*x509.Certificate{root, leaf} {
		var err error
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		now := time.Now()
		c.NotBefore, c.NotAfter = now.Add(-time.Hour), now.Add(lifetime)
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, keys[0].Public(), keys[0])
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, keys[1].Public(), keys[0])
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(keys[1].Public())
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	pin := sha256.Sum256(public)
	return &Certificate{
		TLS: tls.Certificate{Certificate: [][]byte{leafDER, rootDER}, PrivateKey: keys[1]},
		PEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}),
		Pin: base64.StdEncoding.EncodeToString(pin[:]),
	}, nil
}
