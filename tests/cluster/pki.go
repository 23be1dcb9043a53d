package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// authority signs everything in a cluster: one CA is enough where one process trusts all.
type authority struct {
	dir         string
	certificate *x509.Certificate
	key         crypto.Signer
}

// newAuthority makes a CA and writes it to dir as ca.crt and ca.key.
func newAuthority(dir string) (*authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "testcluster"},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	a := &authority{dir: dir}
	certificate, key, err := a.issue("ca", template)
	a.certificate, a.key = certificate, key
	return a, err
}

// client issues a certificate with which the holder is the user name in groups.
func (a *authority) client(file, name string, groups ...string) error {
	_, _, err := a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// server issues the certificate of everything that listens: all of it does on 127.0.0.1.
func (a *authority) server(file string) error {
	_, _, err := a.issue(file, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "testcluster"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost", "kubernetes.default.svc", "metrics-server.kube-system.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)},
	})
	return err
}

// issue signs template and writes file.crt and file.key. Without a certificate of its own yet,
// the authority signs itself.
func (a *authority) issue(file string, template *x509.Certificate) (*x509.Certificate, crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().AddDate(1, 0, 0)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	if err := writePEM(a.path(file+".crt"), "CERTIFICATE", der); err != nil {
		return nil, nil, err
	}
	if err := a.writeKey(file+".key", key); err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return certificate, key, err
}

// keyPair writes a bare key pair, file.key and file.pub: service account tokens need no certificate.
func (a *authority) keyPair(file string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(a.path(file+".pub"), "PUBLIC KEY", public); err != nil {
		return err
	}
	return a.writeKey(file+".key", key)
}

func (a *authority) path(file string) string { return filepath.Join(a.dir, file) }

func (a *authority) writeKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(a.path(file), "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
