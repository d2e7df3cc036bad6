package cluster

import (
	"context"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// The metadata key that carries roles from one apid to the next, and to the services of a node.
const roleKey = "talos-role"

var errNotAuthorized = status.Error(codes.PermissionDenied, "not authorized")

type rolesInContext struct{}

func withRoles(ctx context.Context, roles role.Set) context.Context {
	return context.WithValue(ctx, rolesInContext{}, roles)
}

func rolesOf(ctx context.Context) role.Set {
	roles, _ := ctx.Value(rolesInContext{}).(role.Set)

	return roles
}

// rolesFromPeer reads the roles from the client certificate; whoever may impersonate may name others.
func rolesFromPeer(ctx context.Context) role.Set {
	from, ok := peer.FromContext(ctx)
	if !ok {
		return role.Zero
	}

	info, ok := from.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.PeerCertificates) == 0 {
		return role.Zero
	}

	roles, _ := role.Parse(info.State.PeerCertificates[0].Subject.Organization)

	if named := metadata.ValueFromIncomingContext(ctx, roleKey); roles.Includes(role.Impersonator) && len(named) > 0 {
		return rolesFromMetadata(ctx)
	}

	return roles
}

func rolesFromMetadata(ctx context.Context) role.Set {
	roles, _ := role.Parse(metadata.ValueFromIncomingContext(ctx, roleKey))

	return roles
}

// roleInterceptors put the roles that find names into the context of each call.
func roleInterceptors(find func(context.Context) role.Set) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
	unary := func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		return handler(withRoles(ctx, find(ctx)), request)
	}

	stream := func(server any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		ctx := stream.Context()

		return handler(server, &streamWithContext{ServerStream: stream, ctx: withRoles(ctx, find(ctx))})
	}

	return unary, stream
}

type streamWithContext struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // that is how grpc replaces it
}

func (s *streamWithContext) Context() context.Context { return s.ctx }

// What readers may call; everything else here needs an operator or an administrator.
var (
	readable = []string{
		"/machine.MachineService/Version", "/machine.MachineService/Hostname", "/machine.MachineService/Memory",
		"/machine.MachineService/ServiceList", "/machine.MachineService/EtcdMemberList", "/machine.MachineService/EtcdStatus",
		"/machine.MachineService/Logs", "/machine.MachineService/Events", "/machine.ImageService/List",
		"/machine.MachineService/Containers", "/storage.StorageService/Disks",
		"/cosi.resource.State/Get", "/cosi.resource.State/List", "/cosi.resource.State/Watch",
	}
	operable = []string{"/machine.MachineService/Reboot", "/machine.MachineService/EtcdSnapshot", "/machine.ImageService/Pull"}
)

// accepted is the roles that may call a method.
func accepted(method string) role.Set {
	switch {
	case oneOf(readable, method):
		return role.MakeSet(role.Admin, role.Operator, role.Reader)
	case oneOf(operable, method):
		return role.MakeSet(role.Admin, role.Operator)
	default:
		return role.MakeSet(role.Admin)
	}
}

func oneOf(list []string, method string) bool {
	for _, item := range list {
		if strings.EqualFold(item, method) {
			return true
		}
	}

	return false
}
