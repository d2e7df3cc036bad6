package main

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
)

const (
	manyInFlight   = 64
	fanOutInFlight = 100
)

// workload is how a slice is run, and over which framing of the server.
type workload struct {
	run    func(ctx context.Context, client *contender, next order) error
	framed bool
}

var workloads = map[string]workload{
	"unary":       {run: small(1)},
	"unary64":     {run: small(manyInFlight)},
	"large":       {run: large},
	"logs":        {run: logs},
	"logsFramed":  {run: logs, framed: true},
	"bytes":       {run: snapshot},
	"bytesFramed": {run: snapshot, framed: true},
	"download":    {run: snapshot},
	"upload":      {run: upload},
	"fanOut":      {run: fanOut},
}

func small(width int) func(context.Context, *contender, order) error {
	return func(ctx context.Context, client *contender, next order) error {
		return inFlight(width, next.Count, func(int) error { return client.version(ctx, "") })
	}
}

func large(ctx context.Context, client *contender, next order) error {
	return inFlight(1, next.Count, func(int) error { return client.processes(ctx) })
}

func logs(ctx context.Context, client *contender, next order) error {
	total, err := client.logs(ctx)
	if err != nil {
		return err
	}

	return expect(total, next.Count*next.Size)
}

func snapshot(ctx context.Context, client *contender, next order) error {
	total, err := client.snapshot(ctx, func(int) error { return nil })
	if err != nil {
		return err
	}

	return expect(total, next.Count*next.Size)
}

func upload(ctx context.Context, client *contender, next order) error {
	return client.recover(ctx, bytes.Repeat([]byte("x"), next.Size), next.Count)
}

func fanOut(ctx context.Context, client *contender, next order) error {
	nodes := client.answers.Nodes

	return inFlight(fanOutInFlight, next.Count, func(index int) error {
		return client.version(ctx, nodes[index%len(nodes)])
	})
}

// inFlight makes count calls, width of them at a time.
func inFlight(width, count int, call func(index int) error) error {
	if width == 1 {
		for index := range count {
			if err := call(index); err != nil {
				return err
			}
		}

		return nil
	}

	var (
		lanes  sync.WaitGroup
		last   atomic.Int64
		failed atomic.Pointer[error]
	)

	for range width {
		lanes.Go(func() {
			for failed.Load() == nil {
				index := int(last.Add(1)) - 1
				if index >= count {
					return
				}

				if err := call(index); err != nil {
					failed.Store(&err)
				}
			}
		})
	}

	lanes.Wait()

	if err := failed.Load(); err != nil {
		return *err
	}

	return nil
}
