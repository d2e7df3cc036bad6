// Package driver makes the official Go client do what it is told, and tells what it did.
package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/client"
	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"google.golang.org/grpc/metadata"
)

// Command is what a test tells the client to do. What it means is in the handler of its name.
type Command struct {
	ID int    `json:"id"`
	Do string `json:"do"`

	// Client is the name of the client that the command is for, or that it makes.
	Client string `json:"client"`

	// How to make a client: a talosconfig, or an endpoint in maintenance mode.
	Talosconfig  string   `json:"talosconfig"`
	Context      string   `json:"context"`
	Endpoints    []string `json:"endpoints"`
	Maintenance  string   `json:"maintenance"`
	Fingerprints []string `json:"fingerprints"`

	// How to call: where to, for how long, and with which more metadata.
	Node      string            `json:"node"`
	Nodes     []string          `json:"nodes"`
	TimeoutMs int64             `json:"timeoutMs"`
	Metadata  map[string]string `json:"metadata"`

	// Call is the method to call, with its arguments after the context.
	Call      string            `json:"call"`
	Arguments []json.RawMessage `json:"arguments"`
	// Take ends a stream after so many messages; 0 reads to its end.
	Take int `json:"take"`

	// Which resources, and how to watch them.
	Namespace string `json:"namespace"`
	Type      string `json:"type"`
	Name      string `json:"name"`
	Bootstrap bool   `json:"bootstrap"`
	Aggregate bool   `json:"aggregate"`
	Tail      int    `json:"tail"`
	Bookmark  []byte `json:"bookmark"`
	Query     string `json:"query"`

	// Format is what Content is in.
	Format  string `json:"format"`
	Content []byte `json:"content"`

	// Await is what a debug container writes after each of the arguments.
	Await []string `json:"await"`

	// Target is the command to cancel.
	Target int `json:"target"`
}

// Answer is a line of output: an item of a command that goes on, or its end.
type Answer struct {
	ID     int      `json:"id"`
	Item   any      `json:"item,omitempty"`
	Done   bool     `json:"done,omitempty"`
	Result any      `json:"result,omitempty"`
	Error  *Failure `json:"error,omitempty"`
}

// Driver has the clients that were made.
type Driver struct {
	mu      sync.Mutex
	clients map[string]*client.Client
	running map[int]context.CancelFunc
}

// New makes a driver without clients.
func New() *Driver {
	return &Driver{clients: map[string]*client.Client{}, running: map[int]context.CancelFunc{}}
}

// handler carries out a command; it may emit items while it goes on.
type handler func(d *Driver, ctx context.Context, command *Command, emit func(any)) (any, error) //nolint:revive // the driver is the receiver

func (d *Driver) handlers() map[string]handler {
	return map[string]handler{
		"connect":   (*Driver).connect,
		"close":     (*Driver).close,
		"cancel":    (*Driver).cancel,
		"methods":   func(*Driver, context.Context, *Command, func(any)) (any, error) { return methodNames(), nil },
		"call":      (*Driver).call,
		"events":    (*Driver).watchEvents,
		"eventsV2":  (*Driver).watchEventsV2,
		"get":       (*Driver).get,
		"list":      (*Driver).list,
		"watch":     (*Driver).watch,
		"watchKind": (*Driver).watchKind,
		"write":     (*Driver).write,
		"resolve":   (*Driver).resolve,
		"multiplex": (*Driver).multiplex,
		"read":      (*Driver).read,
		"converse":  (*Driver).converse,
	}
}

// Do carries out a command given as JSON, and emits its answers.
func (d *Driver) Do(ctx context.Context, text json.RawMessage, emit func(Answer)) {
	var command Command
	if err := json.Unmarshal(text, &command); err != nil {
		emit(Answer{Done: true, Error: failureOf(err)})

		return
	}

	run, ok := d.handlers()[command.Do]
	if !ok {
		emit(Answer{ID: command.ID, Done: true, Error: failureOf(fmt.Errorf("no command %q", command.Do))})

		return
	}

	ctx, cancel := limited(ctx, &command)
	defer cancel()

	d.remember(command.ID, cancel)
	defer d.forget(command.ID)

	result, err := run(d, addressed(ctx, &command), &command, func(item any) {
		emit(Answer{ID: command.ID, Item: item})
	})

	emit(Answer{ID: command.ID, Done: true, Result: result, Error: failureOf(err)})
}

func (d *Driver) remember(id int, cancel context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running[id] = cancel
}

func (d *Driver) forget(id int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.running, id)
}

// limited ends a call when the command says.
func limited(ctx context.Context, command *Command) (context.Context, context.CancelFunc) {
	if command.TimeoutMs == 0 {
		return context.WithCancel(ctx)
	}

	return context.WithTimeout(ctx, time.Duration(command.TimeoutMs)*time.Millisecond)
}

// addressed sends a call where the command says.
func addressed(ctx context.Context, command *Command) context.Context {
	if command.Node != "" {
		ctx = client.WithNode(ctx, command.Node)
	}

	if len(command.Nodes) > 0 && command.Do != "multiplex" {
		ctx = client.WithNodes(ctx, command.Nodes...) //nolint:staticcheck // its behaviour is what is asked for
	}

	for key, value := range command.Metadata {
		ctx = metadata.AppendToOutgoingContext(ctx, key, value)
	}

	return ctx
}

func (d *Driver) connect(ctx context.Context, command *Command, _ func(any)) (any, error) {
	options := []client.OptionFunc{client.WithDefaultGRPCDialOptions()}

	if command.Maintenance != "" {
		options = append(options, client.WithMaintenanceMode(command.Maintenance, command.Fingerprints))
	} else {
		parsed, err := clientconfig.FromString(command.Talosconfig)
		if err != nil {
			return nil, err
		}

		options = append(options, client.WithConfig(parsed))

		if command.Context != "" {
			options = append(options, client.WithContextName(command.Context))
		}
	}

	if len(command.Endpoints) > 0 {
		options = append(options, client.WithEndpoints(command.Endpoints...))
	}

	made, err := client.New(ctx, options...)
	if err != nil {
		return nil, err
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.clients[command.Client] = made

	return map[string]any{"endpoints": made.GetEndpoints(), "cluster": made.GetClusterName()}, nil
}

func (d *Driver) client(name string) (*client.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()

	found, ok := d.clients[name]
	if !ok {
		return nil, fmt.Errorf("no client %q", name)
	}

	return found, nil
}

func (d *Driver) close(_ context.Context, command *Command, _ func(any)) (any, error) {
	found, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	return nil, found.Close()
}

func (d *Driver) cancel(_ context.Context, command *Command, _ func(any)) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()

	if stop, ok := d.running[command.Target]; ok {
		stop()
	}

	return nil, nil
}
