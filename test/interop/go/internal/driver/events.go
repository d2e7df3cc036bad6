package driver

import (
	"context"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// shownEvent is an event as the official client hands it out.
type shownEvent struct {
	Node    string       `json:"node"`
	Type    string       `json:"type"`
	ID      string       `json:"id"`
	Actor   string       `json:"actor"`
	Payload shownMessage `json:"payload"`
}

func showEvent(event client.Event) shownEvent {
	return shownEvent{
		Node: event.Node, Type: event.TypeURL, ID: event.ID, Actor: event.ActorID, Payload: showMessage(event.Payload),
	}
}

// eventOptions reads the request that a command's first argument is.
func eventOptions(command *Command) ([]client.EventsOptionFunc, error) {
	if len(command.Arguments) == 0 {
		return nil, nil
	}

	var asked machine.EventsRequest
	if err := protojson.Unmarshal(command.Arguments[0], &asked); err != nil {
		return nil, err
	}

	return []client.EventsOptionFunc{func(request *machine.EventsRequest) { proto.Merge(request, &asked) }}, nil
}

func (d *Driver) watchEvents(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	options, err := eventOptions(command)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	return nil, c.EventsWatch(ctx, func(events <-chan client.Event) {
		count := 0

		for event := range events {
			emit(showEvent(event))

			if count++; count == command.Take {
				cancel()
			}
		}
	}, options...)
}

func (d *Driver) watchEventsV2(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	options, err := eventOptions(command)
	if err != nil {
		return nil, err
	}

	events := make(chan client.EventResult)
	if err = c.EventsWatchV2(ctx, events, options...); err != nil {
		return nil, err
	}

	emit("watching")

	for count := 0; command.Take == 0 || count < command.Take; count++ {
		select {
		case result := <-events:
			if result.Error != nil {
				return nil, result.Error
			}

			emit(showEvent(result.Event))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}

	return nil, nil
}
