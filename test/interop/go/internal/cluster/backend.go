package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/siderolabs/grpc-proxy/proxy"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/constants"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// localBackend is the services of the node itself.
type localBackend struct {
	conn *grpc.ClientConn
}

func (b *localBackend) String() string { return "local" }

func (b *localBackend) GetConnection(ctx context.Context, _ string) (context.Context, *grpc.ClientConn, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	md = md.Copy()
	md.Set(roleKey, rolesOf(ctx).Strings()...)

	return metadata.NewOutgoingContext(ctx, md), b.conn, nil
}

func (b *localBackend) AppendInfo(_ bool, reply []byte) ([]byte, error) { return reply, nil }

func (b *localBackend) BuildError(bool, error) ([]byte, error) { return nil, nil }

// remoteBackend is the apid of a node, called by another one.
type remoteBackend struct {
	target string
	conn   *grpc.ClientConn
}

func (b *remoteBackend) String() string { return b.target }

func (b *remoteBackend) GetConnection(ctx context.Context, _ string) (context.Context, *grpc.ClientConn, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	md = md.Copy()

	from := md.Get(":authority")
	if len(from) == 0 {
		from = []string{"unknown"}
	}

	md.Set(roleKey, rolesOf(ctx).Strings()...)
	md.Set("proxyfrom", from...)
	md.Delete(":authority")
	md.Delete("nodes")
	md.Delete("node")

	return metadata.NewOutgoingContext(ctx, md), b.conn, nil
}

// AppendInfo adds the target to a reply. In a stream that is one more field at the end of the
// message; a unary reply has the message in its first field, whose length grows with it.
func (b *remoteBackend) AppendInfo(streaming bool, reply []byte) ([]byte, error) {
	info, err := proto.Marshal(&common.Empty{Metadata: &common.Metadata{Hostname: b.target}}) //nolint:staticcheck // what apid sends
	if err != nil {
		return nil, err
	}

	if streaming {
		return append(reply, info...), nil
	}

	number, kind, start := protowire.ConsumeTag(reply)
	if start < 0 {
		return nil, protowire.ParseError(start)
	}

	if number != 1 || kind != protowire.BytesType {
		return nil, fmt.Errorf("the reply starts with field %d, not with its messages", number)
	}

	_, length := protowire.ConsumeVarint(reply[start:])
	if length < 0 {
		return nil, protowire.ParseError(length)
	}

	return protowire.AppendBytes(reply[:start:start], append(reply[start+length:len(reply):len(reply)], info...)), nil
}

// BuildError makes the failure of a node a reply that holds nothing but the failure.
func (b *remoteBackend) BuildError(streaming bool, failure error) ([]byte, error) {
	entry := &common.Empty{Metadata: &common.Metadata{ //nolint:staticcheck // what apid sends
		Hostname: b.target,
		Error:    failure.Error(),
		Status:   status.Convert(failure).Proto(),
	}}

	if streaming {
		return proto.Marshal(entry)
	}

	return proto.Marshal(&common.EmptyResponse{Messages: []*common.Empty{entry}})
}

var errNoRoute = errors.New("connect: no route to host")

// remote gives the backend for a target, which the certificate of the node there must name.
func (n *Node) remote(target string) (proxy.Backend, error) {
	if _, _, err := net.SplitHostPort(target); err == nil || target == "" {
		return nil, fmt.Errorf("invalid target %q", target)
	}

	n.mu.Lock()
	defer n.mu.Unlock()

	if known, ok := n.remotes[target]; ok {
		return known, nil
	}

	conn, err := grpc.NewClient("passthrough:///"+target,
		grpc.WithTransportCredentials(n.clientCredentials(target)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			endpoint, ok := n.cluster.endpointOf(target)
			if !ok {
				return nil, errNoRoute
			}

			var dialer net.Dialer

			return dialer.DialContext(ctx, "tcp", endpoint)
		}),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(constants.GRPCMaxMessageSize),
			grpc.ForceCodecV2(proxy.Codec()),
		),
	)
	if err != nil {
		return nil, err
	}

	n.remotes[target] = &remoteBackend{target: target, conn: conn}

	return n.remotes[target], nil
}
