package driver

import (
	"context"

	"talos-client.test/interop/internal/readers"
)

// read says what is in content that a node gave.
func (d *Driver) read(_ context.Context, command *Command, _ func(any)) (any, error) {
	return readers.Read(command.Format, command.Content)
}
