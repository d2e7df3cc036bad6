package cluster

import (
	"fmt"
	"sync"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// eventRing keeps the events of a node and tells those who wait.
type eventRing struct {
	mu      sync.Mutex
	kept    []*machine.Event
	changed chan struct{}
}

func newEventRing() *eventRing {
	ring := &eventRing{changed: make(chan struct{})}
	ring.publish(&machine.SequenceEvent{Sequence: "boot", Action: machine.SequenceEvent_START}, "actor-1")
	ring.publish(&machine.PhaseEvent{Phase: "startEverything", Action: machine.PhaseEvent_STOP}, "actor-1")
	ring.publish(&machine.MachineStatusEvent{
		Stage: machine.MachineStatusEvent_RUNNING,
		Status: &machine.MachineStatusEvent_MachineStatus{Ready: false, UnmetConditions: []*machine.MachineStatusEvent_MachineStatus_UnmetCondition{
			{Name: "nodeReady", Reason: "node is not ready"},
		}},
	}, "")

	return ring
}

func (r *eventRing) publish(payload proto.Message, actor string) {
	// Messages of Talos are plain data, so they can always be encoded.
	value, _ := proto.Marshal(payload)

	r.mu.Lock()
	defer r.mu.Unlock()

	r.kept = append(r.kept, &machine.Event{
		Id:      fmt.Sprintf("event%015d", len(r.kept)),
		ActorId: actor,
		Data: &anypb.Any{
			TypeUrl: "talos/runtime/" + string(payload.ProtoReflect().Descriptor().FullName()),
			Value:   value,
		},
	})

	close(r.changed)
	r.changed = make(chan struct{})
}

// from gives the events from a position on, and what to wait for to get more.
func (r *eventRing) from(at int) ([]*machine.Event, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()

	return r.kept[min(at, len(r.kept)):], r.changed
}

// Events says hello, sends what was asked for of the past, and then what happens.
func (s *machineService) Events(request *machine.EventsRequest, stream grpc.ServerStreamingServer[machine.Event]) error {
	ring := s.node.events

	past, _ := ring.from(0)
	at := len(past)

	switch {
	case request.GetTailEvents() != 0 && request.GetTailId() != "":
		return status.Error(codes.Unknown, "only one of tail options can be set")
	case request.GetTailEvents() < 0:
		at = 0
	case request.GetTailEvents() > 0:
		at = max(0, at-int(request.GetTailEvents()))
	case request.GetTailId() != "":
		for at = 0; at < len(past) && past[at].GetId() <= request.GetTailId(); {
			at++
		}
	}

	if err := stream.Send(&machine.Event{Data: &anypb.Any{}, Id: "event-hello", ActorId: request.GetWithActorId()}); err != nil {
		return err
	}

	for {
		events, changed := ring.from(at)
		for _, event := range events {
			if actor := request.GetWithActorId(); actor != "" && event.GetActorId() != actor {
				continue
			}

			if err := stream.Send(event); err != nil {
				return err
			}
		}

		at += len(events)

		select {
		case <-changed:
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

// PublishStage makes the node say that it reached a stage.
func (n *Node) PublishStage(stage string, ready bool) error {
	value, ok := machine.MachineStatusEvent_MachineStage_value[stage]
	if !ok {
		return fmt.Errorf("no stage %q", stage)
	}

	n.events.publish(&machine.MachineStatusEvent{
		Stage:  machine.MachineStatusEvent_MachineStage(value),
		Status: &machine.MachineStatusEvent_MachineStatus{Ready: ready},
	}, "")

	return nil
}
