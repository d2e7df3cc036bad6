package readers

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"
)

// kubeconfig is the part of a kubeconfig that Kubernetes clients connect with.
type kubeconfig struct {
	CurrentContext string `yaml:"current-context"`
	Contexts       []struct {
		Name    string `yaml:"name"`
		Context struct {
			Cluster string `yaml:"cluster"`
			User    string `yaml:"user"`
		} `yaml:"context"`
	} `yaml:"contexts"`
	Clusters []struct {
		Name    string `yaml:"name"`
		Cluster struct {
			Server    string `yaml:"server"`
			Authority base64 `yaml:"certificate-authority-data"`
		} `yaml:"cluster"`
	} `yaml:"clusters"`
	Users []struct {
		Name string `yaml:"name"`
		User struct {
			Certificate base64 `yaml:"client-certificate-data"`
			Key         base64 `yaml:"client-key-data"`
		} `yaml:"user"`
	} `yaml:"users"`
}

// identity is who one is to a Kubernetes cluster.
type identity struct {
	Server        string    `json:"server"`
	Name          string    `json:"name"`
	Organizations []string  `json:"organizations"`
	NotAfter      time.Time `json:"notAfter"`
}

// readKubeconfig goes from the current context to the certificate, and checks that it fits the key
// and that the cluster's authority signed it for clients.
func readKubeconfig(content []byte) (any, error) {
	var config kubeconfig
	if err := yaml.Unmarshal(content, &config); err != nil {
		return nil, err
	}

	for _, context := range config.Contexts {
		if context.Name == config.CurrentContext {
			return config.identityOf(context.Context.Cluster, context.Context.User)
		}
	}

	return nil, fmt.Errorf("no context %q", config.CurrentContext)
}

func (config *kubeconfig) identityOf(cluster, user string) (*identity, error) {
	read := identity{}
	authority := x509.NewCertPool()

	for _, known := range config.Clusters {
		if known.Name == cluster {
			read.Server = known.Cluster.Server

			if !authority.AppendCertsFromPEM(known.Cluster.Authority) {
				return nil, errors.New("no certificate authority")
			}
		}
	}

	for _, known := range config.Users {
		if known.Name != user {
			continue
		}

		pair, err := tls.X509KeyPair(known.User.Certificate, known.User.Key)
		if err != nil {
			return nil, err
		}

		forClients := x509.VerifyOptions{Roots: authority, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
		if _, err = pair.Leaf.Verify(forClients); err != nil {
			return nil, err
		}

		read.Name, read.Organizations = pair.Leaf.Subject.CommonName, pair.Leaf.Subject.Organization
		read.NotAfter = pair.Leaf.NotAfter.UTC()

		return &read, nil
	}

	return nil, fmt.Errorf("no user %q", user)
}
