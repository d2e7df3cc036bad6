package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// answers is what the server's replies hold.
type answers struct {
	// NoNode is what a reply names where the call names no node.
	NoNode    string   `json:"noNode"`
	Processes int      `json:"processes"`
	Nodes     []string `json:"nodes"`
}

// contender makes the calls of the workloads through the generated stubs, on a connection that the
// official client made: the windows and limits are its own.
type contender struct {
	talos   *client.Client
	machine machine.MachineServiceClient
	answers answers
}

func connect(ctx context.Context, setup setup, port int) (*contender, error) {
	certificate, err := tls.X509KeyPair([]byte(setup.PKI.Client.Cert), []byte(setup.PKI.Client.Key))
	if err != nil {
		return nil, err
	}

	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(setup.PKI.CA)) {
		return nil, errors.New("the CA is no certificate")
	}

	talos, err := client.New(ctx,
		client.WithEndpoints(fmt.Sprintf("127.0.0.1:%d", port)),
		client.WithTLSConfig(&tls.Config{
			Certificates: []tls.Certificate{certificate},
			RootCAs:      roots,
			MinVersion:   tls.VersionTLS13,
		}),
	)
	if err != nil {
		return nil, err
	}

	return &contender{talos, talos.MachineClient, setup.Answers}, nil
}

func (c *contender) close() {
	c.talos.Close() //nolint:errcheck // the process ends
}

// expect fails when an answer is not the one due.
func expect[T comparable](actual, expected T) error {
	if actual != expected {
		return fmt.Errorf("wrong answer: %v where %v is due", actual, expected)
	}

	return nil
}

func (c *contender) version(ctx context.Context, node string) error {
	expected := c.answers.NoNode

	if node != "" {
		ctx = client.WithNode(ctx, node)
		expected = node
	}

	reply, err := c.machine.Version(ctx, &emptypb.Empty{})
	if err != nil {
		return err
	}

	return expect(reply.GetMessages()[0].GetVersion().GetSha(), expected)
}

func (c *contender) processes(ctx context.Context) error {
	reply, err := c.machine.Processes(ctx, &emptypb.Empty{})
	if err != nil {
		return err
	}

	processes := reply.GetMessages()[0].GetProcesses()

	return expect(int(processes[len(processes)-1].GetPid()), c.answers.Processes)
}

func (c *contender) logs(ctx context.Context) (int, error) {
	stream, err := c.machine.Logs(ctx, &machine.LogsRequest{
		Namespace: "system",
		Id:        "apid",
		Follow:    true,
		TailLines: -1,
	})
	if err != nil {
		return 0, err
	}

	return read(stream, func(int) error { return nil })
}

// snapshot calls pause with the size of each chunk.
func (c *contender) snapshot(ctx context.Context, pause func(size int) error) (int, error) {
	stream, err := c.machine.EtcdSnapshot(ctx, &machine.EtcdSnapshotRequest{})
	if err != nil {
		return 0, err
	}

	return read(stream, pause)
}

func read(stream grpc.ServerStreamingClient[common.Data], pause func(size int) error) (int, error) {
	total := 0

	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return total, nil
		}

		if err != nil {
			return total, err
		}

		total += len(message.GetBytes())

		if err = pause(len(message.GetBytes())); err != nil {
			return total, err
		}
	}
}

// recover sends count chunks and waits for the reply.
func (c *contender) recover(ctx context.Context, chunk []byte, count int) error {
	stream, err := c.machine.EtcdRecover(ctx)
	if err != nil {
		return err
	}

	for range count {
		if err = stream.Send(&common.Data{Bytes: chunk}); err != nil {
			return err
		}
	}

	_, err = stream.CloseAndRecv()

	return err
}
