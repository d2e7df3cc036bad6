// Command talos-interop puts the official Go code of Talos on the other side of the wire: it makes
// and checks encoded messages, serves a small cluster, and drives the official client.
//
// It works on standard input and output, and ends when its input does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

// command is one way to run the program.
type command struct {
	name  string
	about string
	run   func(ctx context.Context, arguments []string) error
}

var commands = []command{
	{"types", "lists the message types, and how each compares with the published Go code", runTypes},
	{"vectors", "writes encoded values of message types, one JSON object a line", runVectors},
	{"specs", "writes specs of resources, one JSON object a line", runSpecs},
	{"server", "serves a small cluster, and does what the lines of its input say", runServer},
	{"client", "drives the official client as the lines of its input say", runClient},
	{"hpack", "encodes and decodes header blocks as the lines of its input say", runHpack},
	{"spec", "runs cases of h2spec for clients as the lines of its input say", runSpec},
	{"check", "reads what the library made of the vectors, and reports what is wrong", runCheck},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "talos-interop:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	if len(os.Args) > 1 {
		for _, command := range commands {
			if command.name == os.Args[1] {
				return command.run(ctx, os.Args[2:])
			}
		}
	}

	usage := "usage: talos-interop <command> [options]\n"
	for _, command := range commands {
		usage += fmt.Sprintf("  %-8s %s\n", command.name, command.about)
	}

	return fmt.Errorf("no such command\n%s", usage)
}
