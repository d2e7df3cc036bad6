package cluster

import (
	"encoding/base64"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
)

func withCertificates(context *clientconfig.Context, pair Credentials) *clientconfig.Context {
	context.CA = base64.StdEncoding.EncodeToString([]byte(pair.CA))
	context.Crt = base64.StdEncoding.EncodeToString([]byte(pair.Crt))
	context.Key = base64.StdEncoding.EncodeToString([]byte(pair.Key))

	return context
}

// Description is how to reach a cluster.
type Description struct {
	Nodes []DescribedNode `json:"nodes"`
	Trust struct {
		Endpoint string `json:"endpoint"`
		Token    string `json:"token"`
	} `json:"trust"`
}

// DescribedNode is how to reach a node.
type DescribedNode struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Role     Role   `json:"role"`
	Endpoint string `json:"endpoint"`
	// Fingerprint is that of the server certificate's key, as the official code computes it.
	Fingerprint string `json:"fingerprint"`
}

// Describe says how to reach the cluster.
func (c *Cluster) Describe() Description {
	var described Description

	for _, node := range c.Nodes {
		described.Nodes = append(described.Nodes, DescribedNode{
			Name: node.Name, Address: node.Address, Role: node.Role, Endpoint: node.Endpoint, Fingerprint: node.Fingerprint,
		})
	}

	described.Trust.Endpoint = c.Trust.Endpoint
	described.Trust.Token = c.Trust.Token

	return described
}
