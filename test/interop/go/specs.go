package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/cosi-project/runtime/pkg/resource/protobuf"
	"talos-client.test/interop/internal/specs"
)

// specLine is a line of the specs command: a spec in both of its forms.
type specLine struct {
	Type  string `json:"type"`
	Proto []byte `json:"proto"`
	YAML  string `json:"yaml"`
}

// runSpecs writes specs of the kinds that a table names.
func runSpecs(_ context.Context, arguments []string) error {
	flags := flag.NewFlagSet("specs", flag.ContinueOnError)
	file := flags.String("kinds", "", "the table of kinds, schemas/resources/kinds.json")
	seed := flags.Uint64("seed", 1, "what the random values start from")
	count := flags.Int("count", 2, "specs of each kind")

	if err := flags.Parse(arguments); err != nil {
		return err
	}

	text, err := os.ReadFile(*file)
	if err != nil {
		return err
	}

	var table struct {
		Kinds []struct {
			Type      string `json:"type"`
			Namespace string `json:"namespace"`
		} `json:"kinds"`
	}

	if err = json.Unmarshal(text, &table); err != nil {
		return err
	}

	out := json.NewEncoder(os.Stdout)

	for place, kind := range table.Kinds {
		for index := range *count {
			made := specs.Make(kind.Namespace, kind.Type, "sample", *seed+uint64(1000*place+index)) //nolint:gosec // small
			if made == nil {
				fmt.Fprintln(os.Stderr, "not in the official code:", kind.Type)

				break
			}

			encoded, err := protobuf.FromResource(made)
			if err != nil {
				return fmt.Errorf("%s: %w", kind.Type, err)
			}

			wire, err := encoded.Marshal()
			if err != nil {
				return fmt.Errorf("%s: %w", kind.Type, err)
			}

			line := specLine{Type: kind.Type, Proto: wire.GetSpec().GetProtoSpec(), YAML: wire.GetSpec().GetYamlSpec()}
			if err = out.Encode(line); err != nil {
				return err
			}
		}
	}

	return nil
}
