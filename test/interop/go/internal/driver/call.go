package driver

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/client"
)

// The parts of the client whose methods are calls; the client's own have no prefix.
func parts(c *client.Client) map[string]any {
	return map[string]any{
		"":          c,
		"Inspect":   c.Inspect,
		"Machine":   c.MachineClient,
		"Time":      c.TimeClient,
		"Cluster":   c.ClusterClient,
		"Storage":   c.StorageClient,
		"LVM":       c.LVMClient,
		"Image":     c.ImageClient,
		"Debug":     c.DebugClient,
		"Lifecycle": c.LifecycleClient,
	}
}

// What the client has beside calls, and calls that have a command of their own.
var notCalls = []string{
	"Close", "Conn", "GetClusterName", "GetConfigContext", "GetEndpoints", "EventsWatch", "EventsWatchV2", "ResolveResourceKind",
}

// methodNames are the calls the official client has; a test can tell which it left out.
func methodNames() []string {
	var names []string

	own := reflect.TypeFor[*client.Client]()
	for method := range own.Methods() {
		if !slices.Contains(notCalls, method.Name) {
			names = append(names, method.Name)
		}
	}

	fields := own.Elem()
	for index := range fields.NumField() {
		field := fields.Field(index)
		prefix := strings.TrimSuffix(field.Name, "Client")

		if _, known := parts(&client.Client{})[prefix]; !field.IsExported() || !known {
			continue
		}

		for method := range field.Type.Methods() {
			names = append(names, prefix+"."+method.Name)
		}
	}

	slices.Sort(names)

	return names
}

func findMethod(c *client.Client, name string) (reflect.Value, error) {
	prefix, method, dotted := strings.Cut(name, ".")
	if !dotted {
		prefix, method = "", name
	}

	part, ok := parts(c)[prefix]
	if !ok {
		return reflect.Value{}, fmt.Errorf("the client has no %q", prefix)
	}

	found := reflect.ValueOf(part).MethodByName(method)
	if !found.IsValid() || slices.Contains(notCalls, method) {
		return reflect.Value{}, fmt.Errorf("the client has no call %q", name)
	}

	return found, nil
}

// call calls any method of the client by its name.
func (d *Driver) call(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	method, err := findMethod(c, command.Call)
	if err != nil {
		return nil, err
	}

	// What the stream is for is in its declared type: the value behind it can do everything.
	declared := method.Type().Out(0)

	given := command.Arguments
	if has(declared, "Send") {
		given = nil // they are what is sent
	}

	arguments, err := argumentsOf(ctx, method.Type(), given)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command.Call, err)
	}

	results := method.Call(arguments)

	failure, _ := results[len(results)-1].Interface().(error)
	if len(results) == 1 {
		return nil, failure
	}

	if failure != nil && isNil(results[0]) {
		return nil, failure
	}

	shown, err := show(results[0].Interface(), declared, command, emit)

	// A call to many nodes may have both: what some answered, and why others did not.
	return shown, errors.Join(failure, err)
}

func has(declared reflect.Type, method string) bool {
	_, found := declared.MethodByName(method)

	return found
}

func isNil(value reflect.Value) bool {
	switch value.Kind() { //nolint:exhaustive // the others have no nil
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return value.IsNil()
	default:
		return false
	}
}
