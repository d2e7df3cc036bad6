package cluster

import (
	"context"
	stdtls "crypto/tls"
	"crypto/x509"
	"net"
	"sync"

	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/crypto/tls"
	talosx509 "github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/grpc-proxy/proxy"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// Role is what a node is in its cluster.
type Role string

// The roles of nodes; one in maintenance has no configuration yet.
const (
	RoleControlPlane Role = "controlplane"
	RoleWorker       Role = "worker"
	RoleMaintenance  Role = "maintenance"
)

// The HTTP/2 windows that Talos sets.
const (
	streamWindow     = 65535 * 32
	connectionWindow = 65535 * 16
)

// Node is one machine: its services, and the apid in front of them.
type Node struct {
	Name        string
	Address     string
	Role        Role
	Endpoint    string
	Fingerprint string

	cluster  *Cluster
	keys     *keyring
	issuer   *authority
	state    state.State
	events   *eventRing
	services *grpc.Server
	local    *localBackend

	mu      sync.Mutex
	apid    front
	remotes map[string]*remoteBackend
}

func newNode(ctx context.Context, c *Cluster, name, address string, as Role) (*Node, error) {
	n := &Node{
		Name: name, Address: address, Role: as, cluster: c, issuer: c.ca,
		keys: &keyring{cas: [][]byte{c.ca.pem.Crt}}, events: newEventRing(), remotes: map[string]*remoteBackend{},
	}

	var err error

	if as == RoleMaintenance {
		// A node without configuration makes its own authority when it boots.
		if n.issuer, err = newAuthority(); err != nil {
			return nil, err
		}
	}

	if err = n.Renew(); err != nil {
		return nil, err
	}

	if as == RoleControlPlane {
		if err = n.allowForwarding(); err != nil {
			return nil, err
		}
	}

	if n.state, err = newState(ctx, n); err != nil {
		return nil, err
	}

	if err = n.startServices(); err != nil {
		return nil, err
	}

	return n, n.Start()
}

// Renew gives the node a new server certificate; connections that are open go on.
func (n *Node) Renew() error {
	name := n.Name
	if n.Role == RoleMaintenance {
		name = "maintenance-service.talos.dev"
	}

	pair, err := n.issuer.server(name, n.Address)
	if err != nil {
		return err
	}

	fingerprint, err := talosx509.SPKIFingerprintFromPEM(pair.Crt)
	if err != nil {
		return err
	}

	n.Fingerprint = fingerprint.String()

	return n.keys.setServer(pair)
}

// allowForwarding gives the node what it needs to call other nodes.
func (n *Node) allowForwarding() error {
	pair, err := n.issuer.issue([]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		talosx509.CommonName(n.Name), talosx509.Organization(string(role.Impersonator)))
	if err != nil {
		return err
	}

	certificate, err := stdtls.X509KeyPair(pair.Crt, pair.Key)
	n.keys.client = &certificate

	return err
}

func (n *Node) clientCredentials(target string) credentials.TransportCredentials {
	config, err := tls.New(
		tls.WithClientAuthType(tls.Mutual),
		tls.WithCACertPEM(n.cluster.ca.pem.Crt),
		tls.WithClientCertificateProvider(n.keys),
	)
	if err != nil {
		panic(err) // the authority is ours: it can be read
	}

	config.ServerName = target

	return credentials.NewTLS(config)
}

// startServices runs what answers the calls; only apid talks to it.
func (n *Node) startServices() error {
	unaryRoles, streamRoles := roleInterceptors(rolesFromMetadata)

	n.services = grpc.NewServer(
		grpc.MaxRecvMsgSize(constants.GRPCMaxMessageSize),
		grpc.InitialWindowSize(streamWindow), grpc.InitialConnWindowSize(connectionWindow),
		grpc.ChainUnaryInterceptor(unaryRoles, n.unaryJournal, n.unaryDirective),
		grpc.ChainStreamInterceptor(streamRoles, n.streamJournal, n.streamDirective),
	)
	register(n)

	listener := bufconn.Listen(1 << 20)

	go n.services.Serve(listener) //nolint:errcheck // it ends when it is stopped

	conn, err := grpc.NewClient("passthrough:///local",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithInitialWindowSize(streamWindow), grpc.WithInitialConnWindowSize(connectionWindow),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(constants.GRPCMaxMessageSize),
			grpc.ForceCodecV2(proxy.Codec()),
		),
	)
	n.local = &localBackend{conn: conn}

	return err
}

// Start runs apid, at the address it had before if it had one.
func (n *Node) Start() error {
	config, err := n.serverTLS()
	if err != nil {
		return err
	}

	find := rolesFromPeer
	if n.Role == RoleMaintenance {
		find = func(context.Context) role.Set { return role.MakeSet(role.Reader) }
	}

	unaryRoles, streamRoles := roleInterceptors(find)

	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(proxy.Codec()),
		grpc.MaxRecvMsgSize(constants.GRPCMaxMessageSize),
		grpc.InitialWindowSize(streamWindow), grpc.InitialConnWindowSize(connectionWindow),
		grpc.UnknownServiceHandler(proxy.TransparentHandler(n.direct, proxy.WithStreamedDetector(isStreamed))),
		grpc.UnaryInterceptor(unaryRoles), grpc.StreamInterceptor(streamRoles),
	}

	var apid front

	if n.cluster.viaHTTP {
		apid = newHTTPFront(grpc.NewServer(options...), config)
	} else {
		apid = grpcFront{grpc.NewServer(append(options, grpc.Creds(credentials.NewTLS(config)))...)}
	}

	address := n.Endpoint
	if address == "" {
		address = "127.0.0.1:0"
	}

	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}

	n.Endpoint = listener.Addr().String()
	n.cluster.serve(n.Address, n.Endpoint)
	n.cluster.serve(n.Name, n.Endpoint)

	n.mu.Lock()
	n.apid = apid
	n.mu.Unlock()

	go apid.serve(listener)

	return nil
}

func (n *Node) serverTLS() (*stdtls.Config, error) {
	if n.Role == RoleMaintenance {
		return tls.New(tls.WithClientAuthType(tls.ServerOnly), tls.WithServerCertificateProvider(n.keys))
	}

	config, err := tls.New(
		tls.WithClientAuthType(tls.Mutual),
		tls.WithDynamicClientCA(n.keys),
		tls.WithServerCertificateProvider(n.keys),
	)
	if err != nil {
		return nil, err
	}

	config.VerifyPeerCertificate = onlyClientAuth

	return config, nil
}

// Stop ends apid: gracefully it lets calls end, else it cuts the connections.
func (n *Node) Stop(graceful bool) {
	n.mu.Lock()
	apid := n.apid
	n.mu.Unlock()

	apid.stop(graceful)
}

func (n *Node) close() {
	n.Stop(false)
	n.services.Stop()
	n.local.conn.Close() //nolint:errcheck // the process ends

	for _, remote := range n.remotes {
		remote.conn.Close() //nolint:errcheck // the process ends
	}
}
