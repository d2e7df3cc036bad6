package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/protobuf/encoding/protojson"
)

// converse runs a debug container: it sends each request of the arguments when the container has
// written what is awaited at that point since the last one, and ends its side at the exit code.
func (d *Driver) converse(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	stream, err := c.DebugClient.ContainerRun(ctx)
	if err != nil {
		return nil, err
	}

	var written string

	for index, text := range command.Arguments {
		var request machine.DebugContainerRunRequest
		if err = protojson.Unmarshal(text, &request); err != nil {
			return nil, err
		}

		if err = stream.Send(&request); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}

		for index < len(command.Await) {
			_, after, found := strings.Cut(written, command.Await[index])
			if found {
				written = after

				break
			}

			reply, err := stream.Recv()
			if err != nil {
				return nil, fmt.Errorf("before %q: %w", command.Await[index], err)
			}

			emit(showMessage(reply))

			written += string(reply.GetStdoutData())
		}
	}

	for {
		reply, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}

		if err != nil {
			return nil, err
		}

		emit(showMessage(reply))

		if _, exited := reply.GetResp().(*machine.DebugContainerRunResponse_ExitCode); exited {
			if err = stream.CloseSend(); err != nil {
				return nil, err
			}
		}
	}
}
