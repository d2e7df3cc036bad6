package cluster

import (
	"context"
	stdx509 "crypto/x509"
	"net"
	"time"

	"github.com/siderolabs/crypto/tls"
	talosx509 "github.com/siderolabs/crypto/x509"
	"github.com/siderolabs/talos/pkg/machinery/api/security"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Trust signs the server certificates of workers, for those who know the token.
type Trust struct {
	security.UnimplementedSecurityServiceServer
	Endpoint string
	Token    string

	cluster *Cluster
	server  *grpc.Server
}

func newTrust(c *Cluster) (*Trust, error) {
	t := &Trust{cluster: c, Token: "interop.0123456789abcdef"}
	keys := &keyring{cas: [][]byte{c.ca.pem.Crt}}

	pair, err := c.ca.server("cp-1", "10.5.0.2")
	if err != nil {
		return nil, err
	}

	if err = keys.setServer(pair); err != nil {
		return nil, err
	}

	config, err := tls.New(tls.WithClientAuthType(tls.ServerOnly), tls.WithServerCertificateProvider(keys))
	if err != nil {
		return nil, err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	t.Endpoint = listener.Addr().String()
	t.server = grpc.NewServer(grpc.Creds(credentials.NewTLS(config)))
	security.RegisterSecurityServiceServer(t.server, t)

	go t.server.Serve(listener) //nolint:errcheck // it ends when it is stopped

	return t, nil
}

// Certificate signs a request, as a server certificate without organization.
func (t *Trust) Certificate(ctx context.Context, request *security.CertificateRequest) (*security.CertificateResponse, error) {
	if token := metadata.ValueFromIncomingContext(ctx, "token"); len(token) != 1 || token[0] != t.Token {
		return nil, status.Error(codes.Unauthenticated, "invalid token")
	}

	signed, err := talosx509.NewCertificateFromCSRBytes(t.cluster.ca.pem.Crt, t.cluster.ca.pem.Key, request.GetCsr(),
		talosx509.KeyUsage(stdx509.KeyUsageDigitalSignature),
		talosx509.ExtKeyUsage([]stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth}),
		talosx509.NotAfter(time.Now().Add(nodeCertificateLife)),
	)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	return &security.CertificateResponse{Ca: t.cluster.ca.pem.Crt, Crt: signed.X509CertificatePEM}, nil
}

func (t *Trust) close() { t.server.Stop() }
