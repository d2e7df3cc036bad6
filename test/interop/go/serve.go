package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"

	"talos-client.test/interop/internal/cluster"
	"talos-client.test/interop/internal/contract"
)

// runServer serves the cluster: the first line of output says how to reach it, then each line of
// input is a command, and gets an answer.
func runServer(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	folder := flags.String("proto", "", "folder of the proto files")
	viaHTTP := flags.Bool("net-http", false, "has net/http speak HTTP/2, and not grpc-go")

	if err := flags.Parse(arguments); err != nil {
		return err
	}

	loaded, err := contract.Load(ctx, *folder)
	if err != nil {
		return err
	}

	served, err := cluster.Start(ctx, loaded, *viaHTTP)
	if err != nil {
		return err
	}

	defer served.Close()

	out := newPrinter(os.Stdout)
	if err = out.print(served.Describe()); err != nil {
		return err
	}

	return serveLines(ctx, os.Stdin, func(ctx context.Context, line json.RawMessage) {
		out.print(served.Do(ctx, line)) //nolint:errcheck // nobody reads any more
	})
}
