package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
)

// printer writes JSON lines from several goroutines.
type printer struct {
	mu  sync.Mutex
	out *json.Encoder
}

func newPrinter(to io.Writer) *printer {
	out := json.NewEncoder(to)
	out.SetEscapeHTML(false)

	return &printer{out: out}
}

func (p *printer) print(value any) error {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.out.Encode(value)
}

// serveLines handles each JSON value of the input, all at the same time, until the input ends: then
// the parent is gone, or has enough.
func serveLines(ctx context.Context, from io.Reader, handle func(context.Context, json.RawMessage)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	in := json.NewDecoder(bufio.NewReader(from))

	for {
		var line json.RawMessage

		if err := in.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}

		// A line that waits for something must not keep the next one waiting.
		go handle(ctx, line)
	}
}
