package readers

import (
	"crypto/x509"
	"fmt"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"go.yaml.in/yaml/v4"
)

// bundleFacts is what the code of Talos finds in a secrets bundle.
type bundleFacts struct {
	// Again is the bundle written anew.
	Again string `json:"again"`
	// Authorities are the subjects of the authorities by what they are for.
	Authorities map[string]string `json:"authorities"`
	// Admin is the life of a client certificate that the authority of Talos issued, in hours.
	Admin float64 `json:"admin"`
}

// readSecrets loads a secrets bundle, looks into its authorities, and has one issue a certificate.
func readSecrets(content []byte) (any, error) {
	bundle, err := readBundle(string(content), nil)
	if err != nil {
		return nil, err
	}

	again, err := yaml.Marshal(bundle)
	if err != nil {
		return nil, err
	}

	read := bundleFacts{Again: string(again), Authorities: map[string]string{}}

	for name, pair := range map[string]interface {
		GetCert() (*x509.Certificate, error)
	}{"etcd": bundle.Certs.Etcd, "k8s": bundle.Certs.K8s, "k8saggregator": bundle.Certs.K8sAggregator, "os": bundle.Certs.OS} {
		authority, err := pair.GetCert()
		if err != nil {
			return nil, err
		}

		if err = authority.CheckSignatureFrom(authority); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}

		if time.Until(authority.NotAfter) < 87_500*time.Hour || len(authority.SubjectKeyId) != 20 {
			return nil, fmt.Errorf("%s: not like an authority of Talos", name)
		}

		read.Authorities[name] = authority.Subject.String()
	}

	client, err := bundle.GenerateTalosAPIClientCertificate(role.MakeSet(role.Admin))
	if err != nil {
		return nil, err
	}

	issued, err := client.GetCert()
	if err != nil {
		return nil, err
	}

	read.Admin = issued.NotAfter.Sub(issued.NotBefore).Hours()

	return read, nil
}
