package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	cosiv1alpha1 "github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"github.com/siderolabs/talos/pkg/machinery/api/cluster"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/inspect"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/api/storage"
	"github.com/siderolabs/talos/pkg/machinery/api/time"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// register puts the services of a node behind the official stubs.
func register(n *Node) {
	machine.RegisterMachineServiceServer(n.services, &machineService{node: n})
	machine.RegisterImageServiceServer(n.services, &imageService{})
	machine.RegisterLifecycleServiceServer(n.services, &lifecycleService{})
	machine.RegisterDebugServiceServer(n.services, &debugService{})
	machine.RegisterLVMServiceServer(n.services, &machine.UnimplementedLVMServiceServer{})
	storage.RegisterStorageServiceServer(n.services, &storage.UnimplementedStorageServiceServer{})
	time.RegisterTimeServiceServer(n.services, &time.UnimplementedTimeServiceServer{})
	inspect.RegisterInspectServiceServer(n.services, &inspect.UnimplementedInspectServiceServer{})
	cluster.RegisterClusterServiceServer(n.services, &clusterService{})
	cosiv1alpha1.RegisterStateServer(n.services, server.NewState(guard(n)))
}

// machineService answers the calls whose behaviour the tests look at; the stub refuses the others,
// unless they ask for a random reply.
type machineService struct {
	machine.UnimplementedMachineServiceServer
	node *Node
}

func (s *machineService) Version(context.Context, *emptypb.Empty) (*machine.VersionResponse, error) {
	return &machine.VersionResponse{Messages: []*machine.Version{{
		Version:  &machine.VersionInfo{Tag: "v1.14.0-rc.1", Sha: "7a84d742", GoVersion: "go1.26", Os: "linux", Arch: "amd64"},
		Platform: &machine.PlatformInfo{Name: "metal", Mode: "metal"},
		Features: &machine.FeaturesInfo{Rbac: true},
	}}}, nil
}

func (s *machineService) Hostname(context.Context, *emptypb.Empty) (*machine.HostnameResponse, error) {
	return &machine.HostnameResponse{Messages: []*machine.Hostname{{Hostname: s.node.Name}}}, nil
}

func (s *machineService) Memory(context.Context, *emptypb.Empty) (*machine.MemoryResponse, error) {
	return &machine.MemoryResponse{Messages: []*machine.Memory{{
		Meminfo: &machine.MemInfo{Memtotal: 1 << 63, Memfree: 18446744073709551615},
	}}}, nil
}

func (s *machineService) ServiceList(context.Context, *emptypb.Empty) (*machine.ServiceListResponse, error) {
	return &machine.ServiceListResponse{Messages: []*machine.ServiceList{{Services: []*machine.ServiceInfo{
		{Id: "apid", State: "Running", Health: &machine.ServiceHealth{Healthy: true}},
		{Id: "etcd", State: "Running", Health: &machine.ServiceHealth{Healthy: true}},
	}}}}, nil
}

// ServiceStop fails as Talos does: with a plain error, which has no code of its own.
func (s *machineService) ServiceStop(_ context.Context, request *machine.ServiceStopRequest) (*machine.ServiceStopResponse, error) {
	return nil, errors.New("service \"" + request.GetId() + "\" doesn't support stop operation via API")
}

func (s *machineService) EtcdMemberList(context.Context, *machine.EtcdMemberListRequest) (*machine.EtcdMemberListResponse, error) {
	if s.node.Role != RoleControlPlane {
		return nil, status.Error(codes.Unimplemented, "etcd is only available on control plane nodes")
	}

	return &machine.EtcdMemberListResponse{Messages: []*machine.EtcdMembers{{Members: []*machine.EtcdMember{
		{Id: 9372538179322589801, Hostname: "cp-1", PeerUrls: []string{"https://10.5.0.2:2380"}},
		{Id: 18446744073709551615, Hostname: "cp-2", PeerUrls: []string{"https://10.5.0.3:2380"}, IsLearner: true},
	}}}}, nil
}

// ApplyConfiguration refuses the mode that nodes refuse, and else says how much it was given.
func (s *machineService) ApplyConfiguration(_ context.Context, request *machine.ApplyConfigurationRequest) (*machine.ApplyConfigurationResponse, error) {
	if request.GetMode() == machine.ApplyConfigurationRequest_REBOOT && s.node.Role != RoleMaintenance { //nolint:staticcheck // the old default
		return nil, status.Error(codes.Unimplemented, "apply configuration with reboot is not supported")
	}

	sum := sha256.Sum256(request.GetData())

	return &machine.ApplyConfigurationResponse{Messages: []*machine.ApplyConfiguration{{
		Mode: request.GetMode(), ModeDetails: hex.EncodeToString(sum[:]), Warnings: []string{"one", "zwei"},
	}}}, nil
}

func (s *machineService) Reboot(context.Context, *machine.RebootRequest) (*machine.RebootResponse, error) {
	return &machine.RebootResponse{Messages: []*machine.Reboot{{ActorId: "5c5a2b4e-0000-4000-8000-000000000001"}}}, nil
}

func (s *machineService) Bootstrap(context.Context, *machine.BootstrapRequest) (*machine.BootstrapResponse, error) {
	return nil, status.Error(codes.AlreadyExists, "etcd data directory is not empty")
}

func (s *machineService) MetaWrite(_ context.Context, request *machine.MetaWriteRequest) (*machine.MetaWriteResponse, error) {
	if request.GetKey() > 255 {
		return nil, status.Error(codes.InvalidArgument, "key must be between 0 and 255")
	}

	return &machine.MetaWriteResponse{Messages: []*machine.MetaWrite{{}}}, nil
}

// EtcdRecover takes an upload, and fails with its checksum as the reason if it is the word "refuse".
func (s *machineService) EtcdRecover(stream grpc.ClientStreamingServer[common.Data, machine.EtcdRecoverResponse]) error {
	hash := sha256.New()

	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return err
		}

		if string(part.GetBytes()) == "refuse" {
			return status.Error(codes.FailedPrecondition, "not now")
		}

		if string(part.GetBytes()) == "enough" {
			break
		}

		hash.Write(part.GetBytes()) //nolint:errcheck // a hash never fails
	}

	//nolint:errcheck // the reply is what counts
	stream.SetTrailer(map[string][]string{"interop-sum": {hex.EncodeToString(hash.Sum(nil))}})

	return stream.SendAndClose(&machine.EtcdRecoverResponse{Messages: []*machine.EtcdRecover{{}}})
}

// clusterService streams the progress of a health check that fails in the end.
type clusterService struct {
	cluster.UnimplementedClusterServiceServer
}

func (*clusterService) HealthCheck(request *cluster.HealthCheckRequest, stream grpc.ServerStreamingServer[cluster.HealthCheckProgress]) error {
	for _, text := range []string{"discovered nodes: [\"10.5.0.2\"]", "waiting for etcd to be healthy: ...", "waiting for etcd to be healthy: OK"} {
		if err := stream.Send(&cluster.HealthCheckProgress{Message: text}); err != nil {
			return err
		}
	}

	if request.GetWaitTimeout().AsDuration() == 0 {
		return status.Error(codes.DeadlineExceeded, "context deadline exceeded")
	}

	return nil
}
