package cluster

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	talosx509 "github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/role"
)

// How long the certificates of nodes live in Talos.
const nodeCertificateLife = 24 * time.Hour

// authority is the certificate authority of the cluster, made as Talos makes it.
type authority struct {
	ca  *talosx509.CertificateAuthority
	pem *talosx509.PEMEncodedCertificateAndKey
}

func newAuthority() (*authority, error) {
	ca, err := secrets.NewTalosCA(time.Now())
	if err != nil {
		return nil, err
	}

	return &authority{ca: ca, pem: talosx509.NewCertificateAndKeyFromCertificateAuthority(ca)}, nil
}

// client issues what a talosconfig holds.
func (a *authority) client(roles role.Set, life time.Duration) (*talosx509.PEMEncodedCertificateAndKey, error) {
	return secrets.NewAdminCertificateAndKey(time.Now(), a.pem, roles, life)
}

// issue makes a certificate with the given extended key usages.
func (a *authority) issue(usages []x509.ExtKeyUsage, options ...talosx509.Option) (*talosx509.PEMEncodedCertificateAndKey, error) {
	now := time.Now()

	pair, err := talosx509.NewKeyPair(a.ca, append([]talosx509.Option{
		talosx509.NotBefore(now.Add(-time.Minute)),
		talosx509.NotAfter(now.Add(nodeCertificateLife)),
		talosx509.KeyUsage(x509.KeyUsageDigitalSignature),
		talosx509.ExtKeyUsage(usages),
	}, options...)...)
	if err != nil {
		return nil, err
	}

	return talosx509.NewCertificateAndKeyFromKeyPair(pair), nil
}

// server issues what a node shows: its names and addresses, and loopback.
func (a *authority) server(commonName string, addresses ...string) (*talosx509.PEMEncodedCertificateAndKey, error) {
	ips := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, address := range addresses {
		ips = append(ips, net.ParseIP(address))
	}

	return a.issue([]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		talosx509.CommonName(commonName), talosx509.DNSNames([]string{commonName, "localhost"}), talosx509.IPAddresses(ips))
}

// keyring gives the TLS stack of a node its certificates, which may change at any time.
type keyring struct {
	mu             sync.Mutex
	cas            [][]byte
	server, client *tls.Certificate
}

func (k *keyring) setServer(pair *talosx509.PEMEncodedCertificateAndKey) error {
	certificate, err := tls.X509KeyPair(pair.Crt, pair.Key)
	if err != nil {
		return err
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	k.server = &certificate

	return nil
}

// GetCA implements the provider of the official TLS module.
func (k *keyring) GetCA() ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	return bytes.Join(k.cas, nil), nil
}

// GetCACertPool implements the provider of the official TLS module.
func (k *keyring) GetCACertPool() (*x509.CertPool, error) {
	pool := x509.NewCertPool()

	all, err := k.GetCA()
	if err == nil && !pool.AppendCertsFromPEM(all) {
		err = errors.New("the authority's certificate cannot be read")
	}

	return pool, err
}

// GetCertificate implements the provider of the official TLS module.
func (k *keyring) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	return k.server, nil
}

// GetClientCertificate implements the provider of the official TLS module.
func (k *keyring) GetClientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()

	return k.client, nil
}

// onlyClientAuth refuses client certificates that may be used for anything else, as apid does.
func onlyClientAuth(_ [][]byte, chains [][]*x509.Certificate) error {
	if len(chains) == 0 {
		return errors.New("the client certificate has no chain to the authority")
	}

	leaf := chains[0][0]
	if len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		return fmt.Errorf("certificate %q is not for client authentication alone", leaf.Subject)
	}

	return nil
}
