package readers

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"

	talosx509 "github.com/siderolabs/crypto/x509"
)

// chain is a certificate with its key, and who issued it.
type chain struct {
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	// Usage is client or server.
	Usage string `json:"usage"`
	// Name is one that the certificate has to be for, unless empty.
	Name string `json:"name"`
}

// certificateFacts is what the standard library finds in a certificate.
type certificateFacts struct {
	Organizations []string `json:"organizations"`
	CommonName    string   `json:"commonName"`
	Algorithm     string   `json:"algorithm"`
	KeyUsage      int      `json:"keyUsage"`
	HasAuthority  bool     `json:"hasAuthority"`
}

// readCertificate verifies a certificate as a TLS peer does, and that it fits its key.
func readCertificate(content []byte) (any, error) {
	var given chain
	if err := json.Unmarshal(content, &given); err != nil {
		return nil, err
	}

	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(given.Authority)) {
		return nil, errors.New("no certificate authority")
	}

	block, _ := pem.Decode([]byte(given.Certificate))
	if block == nil {
		return nil, errors.New("no certificate")
	}

	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}

	usages := map[string]x509.ExtKeyUsage{"client": x509.ExtKeyUsageClientAuth, "server": x509.ExtKeyUsageServerAuth}
	if _, err = leaf.Verify(x509.VerifyOptions{
		Roots: roots, DNSName: given.Name, KeyUsages: []x509.ExtKeyUsage{usages[given.Usage]},
	}); err != nil {
		return nil, err
	}

	// Talos has a label of its own for keys.
	key := &talosx509.PEMEncodedKey{Key: []byte(given.Key)}
	if _, err = key.GetKey(); err != nil {
		return nil, fmt.Errorf("the key: %w", err)
	}

	if _, err = tls.X509KeyPair([]byte(given.Certificate), []byte(given.Key)); err != nil {
		return nil, err
	}

	return certificateFacts{
		Organizations: leaf.Subject.Organization,
		CommonName:    leaf.Subject.CommonName,
		Algorithm:     leaf.SignatureAlgorithm.String(),
		KeyUsage:      int(leaf.KeyUsage),
		HasAuthority:  len(leaf.AuthorityKeyId) == 20,
	}, nil
}
