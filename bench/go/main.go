// Command talos-bench is the official Go client as a contender of the benchmark.
//
// Each line of standard input is an order, and gets one line of output: first how to connect, then
// slices of work. It ends when its input does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// setup is the first order.
type setup struct {
	Ports struct {
		Joined int `json:"joined"`
		Framed int `json:"framed"`
	} `json:"ports"`
	PKI struct {
		CA     string `json:"ca"`
		Client struct {
			Cert string `json:"cert"`
			Key  string `json:"key"`
		} `json:"client"`
	} `json:"pki"`
	Answers answers `json:"answers"`
}

// order is a slice of work, or the reading of a long stream by a slow consumer.
type order struct {
	Workload string `json:"workload"`
	Count    int    `json:"count"`
	// Size is the bytes of data in each message of a stream.
	Size int  `json:"size"`
	Slow bool `json:"slow"`
}

func main() {
	if err := serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "talos-bench:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, from io.Reader, to io.Writer) error {
	in := json.NewDecoder(bufio.NewReader(from))
	out := json.NewEncoder(to)

	var first setup

	if err := in.Decode(&first); err != nil {
		return err
	}

	joined, err := connect(ctx, first, first.Ports.Joined)
	if err != nil {
		return err
	}

	defer joined.close()

	framed, err := connect(ctx, first, first.Ports.Framed)
	if err != nil {
		return err
	}

	defer framed.close()

	if err = out.Encode(struct{}{}); err != nil {
		return err
	}

	for {
		var next order

		if err = in.Decode(&next); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}

		answer, err := do(ctx, joined, framed, next)
		if err != nil {
			return err
		}

		if err = out.Encode(answer); err != nil {
			return err
		}
	}
}

func do(ctx context.Context, joined, framed *contender, next order) (any, error) {
	if next.Slow {
		return slowConsumer(ctx, joined, next)
	}

	run, known := workloads[next.Workload]
	if !known {
		return nil, fmt.Errorf("no such workload: %q", next.Workload)
	}

	client := joined
	if run.framed {
		client = framed
	}

	return measure(func() error { return run.run(ctx, client, next) })
}
