package cluster

import (
	"context"
	stdtls "crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"

	pgpcrypto "github.com/ProtonMail/gopenpgp/v3/crypto"
	authpb "github.com/siderolabs/go-api-signature/api/auth"
	"github.com/siderolabs/go-api-signature/pkg/message"
	"github.com/siderolabs/go-api-signature/pkg/pgp"
	"github.com/siderolabs/grpc-proxy/proxy"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

var errInvalidSignature = status.Error(codes.Unauthenticated, "invalid signature")

// Omni is a front of the cluster that takes signed calls, which the official library checks, and
// passes them straight to the node they name.
type Omni struct {
	authpb.UnimplementedAuthServiceServer

	Endpoint string

	cluster *Cluster
	server  *grpc.Server

	mu      sync.Mutex
	changed chan struct{}
	keys    map[string]*signingKey // by fingerprint
	conns   map[string]net.Conn    // by the address of the peer
	seen    []SignedCall
	refuse  int // calls to refuse, although their signature is right
	drop    int // calls whose connection is to break once their signature was found right
}

type signingKey struct {
	key       *pgp.Key
	identity  string
	confirmed bool
}

// SignedCall is a call as the front took it.
type SignedCall struct {
	Method   string              `json:"method"`
	Identity string              `json:"identity"`
	Key      string              `json:"key"`
	Metadata map[string][]string `json:"metadata"`
	// Error says why the official library refused it; empty when it did not.
	Error string `json:"error"`
}

func newOmni(c *Cluster) (*Omni, error) {
	pair, err := c.ca.server("omni")
	if err != nil {
		return nil, err
	}

	certificate, err := stdtls.X509KeyPair(pair.Crt, pair.Key)
	if err != nil {
		return nil, err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}

	o := &Omni{
		Endpoint: listener.Addr().String(), cluster: c, changed: make(chan struct{}),
		keys: map[string]*signingKey{}, conns: map[string]net.Conn{},
	}

	o.server = grpc.NewServer(
		grpc.Creds(credentials.NewTLS(&stdtls.Config{Certificates: []stdtls.Certificate{certificate}, MinVersion: stdtls.VersionTLS12})),
		grpc.ForceServerCodecV2(proxy.Codec()),
		grpc.MaxRecvMsgSize(constants.GRPCMaxMessageSize),
		grpc.UnknownServiceHandler(proxy.TransparentHandler(o.direct)),
	)
	authpb.RegisterAuthServiceServer(o.server, o)

	go o.server.Serve(&keepingListener{Listener: listener, omni: o}) //nolint:errcheck // it ends when it is stopped

	return o, nil
}

// keepingListener keeps its connections, so that one can be broken from here.
type keepingListener struct {
	net.Listener
	omni *Omni
}

func (l *keepingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.omni.update(func() { l.omni.conns[conn.RemoteAddr().String()] = conn })
	}

	return conn, err
}

func (o *Omni) update(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()

	change()
	close(o.changed)
	o.changed = make(chan struct{})
}

// direct checks the signature, and gives the node that the call names as the only backend.
func (o *Omni) direct(ctx context.Context, method string) (proxy.Mode, []proxy.Backend, error) {
	md, _ := metadata.FromIncomingContext(ctx)

	if err := o.verify(ctx, md, method); err != nil {
		return proxy.One2One, nil, err
	}

	if runtime := md.Get(message.RuntimeHeaderKey); len(runtime) == 0 || runtime[0] != "Talos" {
		return proxy.One2One, nil, status.Error(codes.Unimplemented, "not for a node")
	}

	name := "10.5.0.2"
	if named := md.Get("node"); len(named) > 0 {
		name = named[0]
	}

	for _, node := range o.cluster.Nodes {
		if node.Address == name || node.Name == name {
			return proxy.One2One, []proxy.Backend{&frontBackend{node.local}}, nil
		}
	}

	return proxy.One2One, nil, status.Errorf(codes.NotFound, "node %q not found", name)
}

// frontBackend is the services of a node, without its apid.
type frontBackend struct {
	local *localBackend
}

func (b *frontBackend) String() string { return "front" }

func (b *frontBackend) GetConnection(ctx context.Context, method string) (context.Context, *grpc.ClientConn, error) {
	return b.local.GetConnection(withRoles(ctx, role.MakeSet(role.Admin)), method)
}

func (b *frontBackend) AppendInfo(_ bool, reply []byte) ([]byte, error) { return reply, nil }

func (b *frontBackend) BuildError(bool, error) ([]byte, error) { return nil, nil }

// verify has the official library check a call, as Omni does, and notes the result.
func (o *Omni) verify(ctx context.Context, md metadata.MD, method string) error {
	call := SignedCall{Method: method, Metadata: md}
	err := o.check(message.NewGRPC(md, method), &call)

	if err != nil {
		call.Error = err.Error()
	}

	var broken net.Conn

	o.update(func() {
		o.seen = append(o.seen, call)

		switch {
		case err != nil:
		case o.refuse > 0:
			o.refuse--
			err = errInvalidSignature
		case o.drop > 0:
			o.drop--

			if from, ok := peer.FromContext(ctx); ok {
				broken = o.conns[from.Addr.String()]
			}
		}
	})

	if broken != nil {
		broken.Close() //nolint:errcheck // it is to be gone
		<-ctx.Done()
	}

	if err != nil {
		return errInvalidSignature
	}

	return ctx.Err()
}

func (o *Omni) check(signed *message.GRPC, call *SignedCall) error {
	signature, err := signed.Signature()
	if err != nil {
		return err
	}

	call.Identity, call.Key = signature.Identity, signature.KeyFingerprint

	o.mu.Lock()
	known := o.keys[signature.KeyFingerprint]
	o.mu.Unlock()

	if known == nil || !known.confirmed || known.identity != signature.Identity {
		return errors.New("the key is not known, not confirmed, or another identity's")
	}

	return signed.VerifySignature(known.key)
}

func readPublicKey(armored string) (*pgp.Key, error) {
	parsed, err := pgpcrypto.NewKeyFromArmored(armored)
	if err != nil {
		return nil, err
	}

	return pgp.NewKey(parsed)
}

// Trust makes calls of identity with a key count.
func (o *Omni) Trust(identity, armored string) error {
	key, err := readPublicKey(armored)
	if err != nil {
		return err
	}

	o.update(func() { o.keys[key.Fingerprint()] = &signingKey{key: key, identity: identity, confirmed: true} })

	return nil
}

// RegisterPublicKey takes a key that is to be confirmed, if Omni would.
func (o *Omni) RegisterPublicKey(_ context.Context, request *authpb.RegisterPublicKeyRequest) (*authpb.RegisterPublicKeyResponse, error) {
	key, err := readPublicKey(string(request.GetPublicKey().GetPgpData()))
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	if key.IsPrivate() {
		return nil, status.Error(codes.InvalidArgument, "the key is private")
	}

	if err = key.Validate(); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	id := key.Fingerprint()
	o.update(func() { o.keys[id] = &signingKey{key: key, identity: request.GetIdentity().GetEmail()} })

	return &authpb.RegisterPublicKeyResponse{LoginUrl: "https://omni.example/authenticate?public-key-id=" + id, PublicKeyId: id}, nil
}

// AwaitPublicKeyConfirmation waits until a key counts.
func (o *Omni) AwaitPublicKeyConfirmation(ctx context.Context, request *authpb.AwaitPublicKeyConfirmationRequest) (*emptypb.Empty, error) {
	for {
		o.mu.Lock()
		known, changed := o.keys[request.GetPublicKeyId()], o.changed
		done := known != nil && known.confirmed
		o.mu.Unlock()

		if known == nil {
			return nil, status.Error(codes.NotFound, "there is no such key")
		}

		if done {
			return &emptypb.Empty{}, nil
		}

		select {
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-changed:
		}
	}
}

// Confirm makes a registered key count, as its owner does in a browser.
func (o *Omni) Confirm(fingerprint string) error {
	err := errors.New("there is no such key")

	o.update(func() {
		if known := o.keys[strings.ToLower(fingerprint)]; known != nil {
			known.confirmed = true
			err = nil
		}
	})

	return err
}

// Forget makes no key count any more.
func (o *Omni) Forget() {
	o.update(func() { o.keys = map[string]*signingKey{} })
}

// Seen gives the calls so far.
func (o *Omni) Seen() []SignedCall {
	o.mu.Lock()
	defer o.mu.Unlock()

	return append([]SignedCall{}, o.seen...)
}
