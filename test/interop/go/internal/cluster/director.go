package cluster

import (
	"context"
	"slices"
	"strings"

	"github.com/siderolabs/grpc-proxy/proxy"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// The services whose calls apid sends to many nodes at once.
var fannedOut = []string{
	"machine.MachineService", "cluster.ClusterService", "inspect.InspectService", "storage.StorageService", "time.TimeService",
}

// The methods whose replies are streams, which the proxy treats another way in a fan-out.
var streamed = []string{
	"/machine.MachineService/Copy", "/machine.MachineService/DiskUsage", "/machine.MachineService/Dmesg",
	"/machine.MachineService/EtcdSnapshot", "/machine.MachineService/Events", "/machine.MachineService/ImageList",
	"/machine.MachineService/Kubeconfig", "/machine.MachineService/List", "/machine.MachineService/Logs",
	"/machine.MachineService/PacketCapture", "/machine.MachineService/Read", "/machine.LifecycleService/Install",
	"/machine.LifecycleService/Upgrade", "/cluster.ClusterService/HealthCheck",
}

func isStreamed(method string) bool {
	return slices.Contains(streamed, method) || strings.HasSuffix(method, "Stream")
}

// direct decides where a call goes, by the rules of apid.
func (n *Node) direct(ctx context.Context, method string) (proxy.Mode, []proxy.Backend, error) {
	local := []proxy.Backend{n.local}

	if n.Role == RoleMaintenance {
		return proxy.One2One, local, nil
	}

	md, _ := metadata.FromIncomingContext(ctx)
	if _, proxied := md["proxyfrom"]; proxied {
		return proxy.One2One, local, nil
	}

	one, toOne := md["node"]
	many, toMany := md["nodes"]

	if toOne && len(one) != 1 {
		return proxy.One2One, nil, status.Error(codes.InvalidArgument, "node metadata must be single-valued")
	}

	// A worker has no certificate to call others with; it still answers to its own names.
	if n.Role == RoleWorker {
		toOne = toOne && !n.answersTo(one[0])
		toMany = toMany && (len(many) != 1 || !n.answersTo(many[0]))
	}

	switch {
	case toMany:
		if service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/"); !slices.Contains(fannedOut, service) {
			return proxy.One2One, nil, status.Errorf(codes.InvalidArgument,
				"one-2-many proxying is not supported for method %s", method)
		}

		return n.forward(proxy.One2Many, many)
	case toOne:
		return n.forward(proxy.One2One, one)
	default:
		return proxy.One2One, local, nil
	}
}

func (n *Node) forward(mode proxy.Mode, targets []string) (proxy.Mode, []proxy.Backend, error) {
	if n.Role == RoleWorker {
		return proxy.One2One, nil, status.Error(codes.PermissionDenied, "no request forwarding")
	}

	backends := make([]proxy.Backend, 0, len(targets))

	for _, target := range targets {
		backend, err := n.remote(target)
		if err != nil {
			return mode, nil, status.Error(codes.Internal, err.Error())
		}

		backends = append(backends, backend)
	}

	return mode, backends, nil
}

func (n *Node) answersTo(target string) bool {
	return target == n.Address || target == n.Name || target == "127.0.0.1"
}
