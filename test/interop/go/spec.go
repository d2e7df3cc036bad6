package main

import (
	"context"
	"encoding/json"
	"os"

	"talos-client.test/interop/internal/spec"
)

// runSpec runs cases of h2spec: each line of input names one, and gets answers.
func runSpec(ctx context.Context, _ []string) error {
	out := newPrinter(os.Stdout)
	suite := spec.New()

	return serveLines(ctx, os.Stdin, func(_ context.Context, line json.RawMessage) {
		suite.Do(line, func(said spec.Line) {
			out.print(said) //nolint:errcheck // nobody reads any more
		})
	})
}
