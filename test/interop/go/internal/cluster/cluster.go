// Package cluster serves a small cluster made of official parts: the service stubs, the TLS and
// certificate code, the one-to-many proxy and the resource state of Talos.
package cluster

import (
	"context"
	"crypto/x509"
	"errors"
	"sync"
	"time"

	talosx509 "github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/role"

	"talos-client.test/interop/internal/contract"
)

// Cluster is three nodes that form a cluster, one in maintenance, and what they share.
type Cluster struct {
	Nodes    []*Node
	Journal  *Journal
	Trust    *Trust
	Omni     *Omni
	contract *contract.Contract
	ca       *authority
	viaHTTP  bool

	mu        sync.Mutex
	endpoints map[string]string // target, such as 10.5.0.2, to the loopback address that serves it
}

// The members of the cluster; a target is a node's address.
var members = []struct {
	name, address string
	role          Role
}{
	{"cp-1", "10.5.0.2", RoleControlPlane},
	{"cp-2", "10.5.0.3", RoleControlPlane},
	{"worker-1", "10.5.0.4", RoleWorker},
	{"new-1", "10.5.0.5", RoleMaintenance},
}

// Start brings the cluster up on loopback addresses. With viaHTTP, the HTTP/2 in front of it is that of
// net/http, else that of grpc-go.
func Start(ctx context.Context, loaded *contract.Contract, viaHTTP bool) (*Cluster, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}

	c := &Cluster{
		Journal: newJournal(), contract: loaded, ca: ca, viaHTTP: viaHTTP, endpoints: map[string]string{},
	}

	for _, member := range members {
		node, err := newNode(ctx, c, member.name, member.address, member.role)
		if err != nil {
			return nil, err
		}

		c.Nodes = append(c.Nodes, node)
	}

	if c.Trust, err = newTrust(c); err != nil {
		return nil, err
	}

	c.Omni, err = newOmni(c)

	return c, err
}

// Close stops all servers and ends the calls they have.
func (c *Cluster) Close() {
	for _, node := range c.Nodes {
		node.close()
	}

	c.Trust.close()
	c.Omni.server.Stop()
}

// Node gives the node called name.
func (c *Cluster) Node(name string) (*Node, error) {
	for _, node := range c.Nodes {
		if node.Name == name {
			return node, nil
		}
	}

	return nil, errors.New("no node called " + name)
}

func (c *Cluster) endpointOf(target string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	endpoint, ok := c.endpoints[target]

	return endpoint, ok
}

func (c *Cluster) serve(target, endpoint string) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.endpoints[target] = endpoint
}

// Credentials are what a client of the cluster needs, as PEM text.
type Credentials struct {
	CA  string `json:"ca"`
	Crt string `json:"crt"`
	Key string `json:"key"`
}

// Issue gives credentials with the roles named. A flaw makes them such as apid refuses: for servers
// too ("server"), or from another authority ("stranger").
func (c *Cluster) Issue(roles []string, life time.Duration, flaw string) (Credentials, error) {
	parsed, _ := role.Parse(roles)
	issuer := c.ca

	var err error

	if flaw == "stranger" {
		if issuer, err = newAuthority(); err != nil {
			return Credentials{}, err
		}
	}

	pair, err := issuer.client(parsed, life)
	if flaw == "server" {
		pair, err = issuer.issue([]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
			talosx509.Organization(roles...))
	}

	if err != nil {
		return Credentials{}, err
	}

	return Credentials{CA: string(c.ca.pem.Crt), Crt: string(pair.Crt), Key: string(pair.Key)}, nil
}
