package cluster

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"talos-client.test/interop/internal/contract"
	"talos-client.test/interop/internal/vectors"
)

// Call is what a node saw of one call.
type Call struct {
	Node     string              `json:"node"`
	Method   string              `json:"method"`
	Metadata map[string][]string `json:"metadata"`
	Roles    []string            `json:"roles"`
	Peer     string              `json:"peer"`
	// TimeoutMs is what was left of the deadline when the call arrived; absent without a deadline.
	TimeoutMs *int64 `json:"timeoutMs,omitempty"`
	// Requests are the encoded requests, unless they are many or large.
	Requests [][]byte `json:"requests,omitempty"`
	Received int      `json:"received"`
	Sent     int      `json:"sent"`
	// Outcome is the status the call ended with; empty while it runs.
	Outcome string `json:"outcome"`

	journal *Journal
}

const (
	keptRequests    = 16
	keptRequestSize = 64 << 10
)

// Journal keeps the calls of a cluster, and lets others wait for one.
type Journal struct {
	mu      sync.Mutex
	calls   []*Call
	changed chan struct{}
}

func newJournal() *Journal {
	return &Journal{changed: make(chan struct{})}
}

func (j *Journal) update(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()

	change()
	close(j.changed)
	j.changed = make(chan struct{})
}

func (j *Journal) open(ctx context.Context, node, method string) *Call {
	md, _ := metadata.FromIncomingContext(ctx)
	call := &Call{Node: node, Method: method, Metadata: md, Roles: rolesOf(ctx).Strings(), journal: j}

	if from, ok := peer.FromContext(ctx); ok {
		call.Peer = from.Addr.String()
	}

	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline).Milliseconds()
		call.TimeoutMs = &left
	}

	j.update(func() { j.calls = append(j.calls, call) })

	return call
}

func (c *Call) received(request any) {
	var encoded []byte

	if message, ok := request.(proto.Message); ok && c.Received < keptRequests {
		encoded, _ = proto.MarshalOptions{Deterministic: true}.Marshal(message)
	}

	count := func() {
		c.Received++

		if encoded != nil && len(encoded) <= keptRequestSize {
			c.Requests = append(c.Requests, encoded)
		}
	}

	c.quietly(count)
}

func (c *Call) sent() { c.quietly(func() { c.Sent++ }) }

// quietly notes what nobody waits for: a stream may have a million messages.
func (c *Call) quietly(change func()) {
	c.journal.mu.Lock()
	defer c.journal.mu.Unlock()

	change()
}

func (c *Call) close(ctx context.Context, err error) {
	outcome := status.Code(err).String()

	// What ended the call counts more than what the handler made of it.
	if errors.Is(ctx.Err(), context.Canceled) {
		outcome = "Canceled"
	} else if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		outcome = "DeadlineExceeded"
	}

	c.journal.update(func() { c.Outcome = outcome })
}

// Find gives copies of the calls that match; an empty method or outcome matches all.
func (j *Journal) Find(method, outcome string) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()

	return j.find(method, outcome)
}

func (j *Journal) find(method, outcome string) []Call {
	found := []Call{}

	for _, call := range j.calls {
		if (method == "" || call.Method == method) && matches(call, outcome) {
			shown := *call
			shown.Requests = slices.Clone(call.Requests)
			found = append(found, shown)
		}
	}

	return found
}

// matches tells whether a call ended so; "ended" is any end, and "" or "open" any call.
func matches(call *Call, outcome string) bool {
	switch outcome {
	case "", "open":
		return true
	case "ended":
		return call.Outcome != ""
	default:
		return call.Outcome == outcome
	}
}

// Await waits until enough calls match.
func (j *Journal) Await(ctx context.Context, method, outcome string, count int) ([]Call, error) {
	for {
		j.mu.Lock()
		found, changed := j.find(method, outcome), j.changed
		j.mu.Unlock()

		if len(found) >= count {
			return found, nil
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Clear forgets all calls.
func (j *Journal) Clear() {
	j.update(func() { j.calls = nil })
}

// plainRequest shows an encoded request as the library would.
func plainRequest(loaded *contract.Contract, name string, encoded []byte) (vectors.Vector, error) {
	t, ok := loaded.Find(name)
	if !ok {
		return vectors.Vector{}, errors.New("no message type " + name)
	}

	return vectors.Read(t, encoded)
}
