package driver

import (
	"context"
	"fmt"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client/multiplex"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// shownResponse is what one node said in a call that the client made to each.
type shownResponse struct {
	Node    string        `json:"node"`
	Payload *shownMessage `json:"payload,omitempty"`
	Error   *Failure      `json:"error,omitempty"`
}

// multiplex calls several nodes at once from the client's side, as talosctl does.
func (d *Driver) multiplex(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	switch command.Call {
	case "Version":
		emitResponses(multiplex.Unary(ctx, command.Nodes, func(ctx context.Context) (*machine.VersionResponse, error) {
			return c.MachineClient.Version(ctx, &emptypb.Empty{})
		}), emit)
	case "EtcdMemberList":
		emitResponses(multiplex.Unary(ctx, command.Nodes, func(ctx context.Context) (*machine.EtcdMemberListResponse, error) {
			return c.MachineClient.EtcdMemberList(ctx, &machine.EtcdMemberListRequest{})
		}), emit)
	case "Image.List":
		emitResponses(multiplex.Streaming(ctx, command.Nodes,
			func(ctx context.Context) (grpc.ServerStreamingClient[machine.ImageServiceListResponse], error) {
				return c.ImageClient.List(ctx, &machine.ImageServiceListRequest{})
			}), emit)
	case "LS":
		emitResponses(multiplex.Streaming(ctx, command.Nodes,
			func(ctx context.Context) (grpc.ServerStreamingClient[machine.FileInfo], error) {
				return c.LS(ctx, &machine.ListRequest{Root: "/"})
			}), emit)
	default:
		return nil, fmt.Errorf("no multiplexed call %q", command.Call)
	}

	return nil, nil
}

func emitResponses[T proto.Message](responses <-chan multiplex.Response[T], emit func(any)) {
	for response := range responses {
		shown := shownResponse{Node: response.Node, Error: failureOf(response.Err)}

		if response.Err == nil {
			message := showMessage(response.Payload)
			shown.Payload = &message
		}

		emit(shown)
	}
}
