package cluster

import (
	"errors"
	"fmt"
	"io"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// imageService pulls, lists and imports images that are not there.
type imageService struct {
	machine.UnimplementedImageServiceServer
}

func (*imageService) List(_ *machine.ImageServiceListRequest, stream grpc.ServerStreamingServer[machine.ImageServiceListResponse]) error {
	for _, name := range []string{"registry.k8s.io/etcd:v3.6", "ghcr.io/siderolabs/kubelet:v1.35"} {
		if err := stream.Send(&machine.ImageServiceListResponse{Name: name, Labels: map[string]string{"__proto__": "safe"}}); err != nil {
			return err
		}
	}

	return nil
}

func (*imageService) Pull(request *machine.ImageServicePullRequest, stream grpc.ServerStreamingServer[machine.ImageServicePullResponse]) error {
	if request.GetImageRef() == "missing" {
		return status.Error(codes.NotFound, "no such image")
	}

	progress := &machine.ImageServicePullLayerProgress{Offset: 5, Total: 10, Elapsed: durationpb.New(1_500_000_000)}
	if err := stream.Send(&machine.ImageServicePullResponse{Response: &machine.ImageServicePullResponse_PullProgress{
		PullProgress: &machine.ImageServicePullProgress{LayerId: "sha256:1", Progress: progress},
	}}); err != nil {
		return err
	}

	return stream.Send(&machine.ImageServicePullResponse{Response: &machine.ImageServicePullResponse_Name{
		Name: request.GetImageRef() + "@sha256:2",
	}})
}

func (*imageService) Import(stream grpc.ClientStreamingServer[machine.ImageServiceImportRequest, machine.ImageServiceImportResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}

	if first.GetContainerd() == nil {
		return status.Error(codes.InvalidArgument, "the first message must name the containerd instance")
	}

	size := 0

	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&machine.ImageServiceImportResponse{Name: fmt.Sprintf("imported:%d", size)})
		}

		if err != nil {
			return err
		}

		size += len(part.GetImageChunk().GetBytes())
	}
}

// lifecycleService runs an installer that fails although the call does not.
type lifecycleService struct {
	machine.UnimplementedLifecycleServiceServer
}

func (*lifecycleService) Upgrade(_ *machine.LifecycleServiceUpgradeRequest, stream grpc.ServerStreamingServer[machine.LifecycleServiceUpgradeResponse]) error {
	if err := stream.Send(&machine.LifecycleServiceUpgradeResponse{Progress: &machine.LifecycleServiceInstallProgress{
		Response: &machine.LifecycleServiceInstallProgress_Message{Message: "installing\n"},
	}}); err != nil {
		return err
	}

	return stream.Send(&machine.LifecycleServiceUpgradeResponse{Progress: &machine.LifecycleServiceInstallProgress{
		Response: &machine.LifecycleServiceInstallProgress_ExitCode{ExitCode: 3},
	}})
}

// debugService runs a program that writes back what it is given, until its input ends.
type debugService struct {
	machine.UnimplementedDebugServiceServer
}

func (*debugService) ContainerRun(stream grpc.BidiStreamingServer[machine.DebugContainerRunRequest, machine.DebugContainerRunResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}

	if first.GetSpec() == nil {
		return status.Error(codes.InvalidArgument, "the first message must be the spec")
	}

	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.Send(&machine.DebugContainerRunResponse{Resp: &machine.DebugContainerRunResponse_ExitCode{ExitCode: 0}})
		}

		if err != nil {
			return err
		}

		if err = stream.Send(&machine.DebugContainerRunResponse{
			Resp: &machine.DebugContainerRunResponse_StdoutData{StdoutData: request.GetStdinData()},
		}); err != nil {
			return err
		}
	}
}
