package driver

import (
	"context"

	"github.com/cosi-project/runtime/pkg/state"
)

// shownChange is an event of a watch.
type shownChange struct {
	Type     string         `json:"type"`
	Resource *shownResource `json:"resource,omitempty"`
	Old      *shownResource `json:"old,omitempty"`
	Bookmark []byte         `json:"bookmark,omitempty"`
	Error    *Failure       `json:"error,omitempty"`
}

func showChange(event state.Event) (shownChange, error) {
	shown := shownChange{Type: event.Type.String(), Bookmark: event.Bookmark, Error: failureOf(event.Error)}

	var err error
	if shown.Resource, err = showResource(event.Resource); err != nil {
		return shown, err
	}

	shown.Old, err = showResource(event.Old)

	return shown, err
}

// watch follows one resource.
func (d *Driver) watch(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	var options []state.WatchOption
	if command.Tail > 0 {
		options = append(options, state.WithTailEvents(command.Tail))
	}

	if command.Bookmark != nil {
		options = append(options, state.WithStartFromBookmark(command.Bookmark))
	}

	events := make(chan state.Event)
	if err = c.COSI.Watch(ctx, command.pointer(), events, options...); err != nil {
		return nil, err
	}

	return nil, showChanges(ctx, command, events, func(event state.Event) []state.Event { return []state.Event{event} }, emit)
}

// watchKind follows all resources of a kind.
func (d *Driver) watchKind(ctx context.Context, command *Command, emit func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	var options []state.WatchKindOption
	if command.Bootstrap {
		options = append(options, state.WithBootstrapContents(true))
	}

	if command.Tail > 0 {
		options = append(options, state.WithKindTailEvents(command.Tail))
	}

	if command.Bookmark != nil {
		options = append(options, state.WithKindStartFromBookmark(command.Bookmark))
	}

	if command.Aggregate {
		batches := make(chan []state.Event)
		if err = c.COSI.WatchKindAggregated(ctx, command.pointer(), batches, options...); err != nil {
			return nil, err
		}

		return nil, showChanges(ctx, command, batches, func(batch []state.Event) []state.Event { return batch }, emit)
	}

	events := make(chan state.Event)
	if err = c.COSI.WatchKind(ctx, command.pointer(), events, options...); err != nil {
		return nil, err
	}

	return nil, showChanges(ctx, command, events, func(event state.Event) []state.Event { return []state.Event{event} }, emit)
}

// showChanges emits events until as many came as the command takes, or it is cancelled.
func showChanges[T any](
	ctx context.Context, command *Command, from <-chan T, unpack func(T) []state.Event, emit func(any),
) error {
	emit("watching")

	for count := 0; command.Take == 0 || count < command.Take; {
		select {
		case received := <-from:
			for _, event := range unpack(received) {
				shown, err := showChange(event)
				if err != nil {
					return err
				}

				emit(shown)

				count++
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}

	return nil
}
