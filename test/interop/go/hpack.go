package main

import (
	"context"
	"encoding/json"
	"os"

	"talos-client.test/interop/internal/headers"
)

// runHpack encodes and decodes header blocks: each line of input is a command, and gets an answer.
func runHpack(ctx context.Context, _ []string) error {
	out := newPrinter(os.Stdout)

	return serveLines(ctx, os.Stdin, func(_ context.Context, line json.RawMessage) {
		out.print(headers.Do(line)) //nolint:errcheck // nobody reads any more
	})
}
