package main

import (
	"context"
	"encoding/json"
	"os"

	"talos-client.test/interop/internal/driver"
)

// runClient drives the official client: each line of input is a command, and gets answers.
func runClient(ctx context.Context, _ []string) error {
	out := newPrinter(os.Stdout)
	drive := driver.New()

	return serveLines(ctx, os.Stdin, func(ctx context.Context, line json.RawMessage) {
		drive.Do(ctx, line, func(answer driver.Answer) {
			out.print(answer) //nolint:errcheck // nobody reads any more
		})
	})
}
