package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"talos-client.test/interop/internal/contract"
	"talos-client.test/interop/internal/vectors"
)

// typeReport is a line of the types command.
type typeReport struct {
	Type        string          `json:"type"`
	Origin      contract.Origin `json:"origin"`
	Differences []string        `json:"differences,omitempty"`
}

func runTypes(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("types", flag.ContinueOnError)
	folder := flags.String("proto", "", "folder of the proto files")

	if err := flags.Parse(arguments); err != nil {
		return err
	}

	loaded, err := contract.Load(ctx, *folder)
	if err != nil {
		return err
	}

	out := json.NewEncoder(os.Stdout)

	for _, t := range loaded.Types {
		if err = out.Encode(typeReport{Type: t.Name, Origin: t.Origin, Differences: t.Differences}); err != nil {
			return err
		}
	}

	return out.Encode(map[string][]string{"enums": loaded.Enums})
}

func runVectors(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("vectors", flag.ContinueOnError)
	folder := flags.String("proto", "", "folder of the proto files")
	seed := flags.Uint64("seed", 1, "what the random values start from")
	count := flags.Int("count", 100, "values of each type")
	chosen := flags.String("indexes", "", "numbers of the values, with commas between, instead of a count")
	fields := flags.Int("fields", 0, "fields a value has before it stops growing")
	limit := flags.Int("limit", 0, "leave out values with more bytes than this")
	repeatable := flags.Bool("repeatable", false, "the same bytes in every run")
	only := flags.String("only", "", "types to make values of, with commas between; default all")

	if err := flags.Parse(arguments); err != nil {
		return err
	}

	loaded, err := contract.Load(ctx, *folder)
	if err != nil {
		return err
	}

	maker := vectors.NewMaker(*seed)
	maker.Repeatable = *repeatable

	if *fields > 0 {
		maker.Fields = *fields
	}

	indexes, err := parseIndexes(*chosen, *count)
	if err != nil {
		return err
	}

	buffered := bufio.NewWriterSize(os.Stdout, 1<<20)
	out := json.NewEncoder(buffered)
	out.SetEscapeHTML(false)

	for _, t := range loaded.Types {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), t.Name) {
			continue
		}

		for _, index := range indexes {
			vector, err := maker.Make(t, index)
			if err != nil {
				return err
			}

			if *limit > 0 && len(vector.Bytes) > *limit {
				continue
			}

			if err = out.Encode(vector); err != nil {
				return err
			}
		}
	}

	return buffered.Flush()
}

func parseIndexes(text string, count int) ([]int, error) {
	var indexes []int

	if text == "" {
		for index := range count {
			indexes = append(indexes, index)
		}

		return indexes, nil
	}

	for part := range strings.SplitSeq(text, ",") {
		index, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}

		indexes = append(indexes, index)
	}

	return indexes, nil
}

// failure is a line of the check command; the last line is a summary instead.
type failure struct {
	Type   string `json:"type"`
	Index  int    `json:"index"`
	Reason string `json:"reason"`
}

func runCheck(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	folder := flags.String("proto", "", "folder of the proto files")

	if err := flags.Parse(arguments); err != nil {
		return err
	}

	loaded, err := contract.Load(ctx, *folder)
	if err != nil {
		return err
	}

	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	out := json.NewEncoder(os.Stdout)
	checked, failed := 0, 0

	for {
		var answer vectors.Answer

		if err = in.Decode(&answer); errors.Is(err, io.EOF) {
			return out.Encode(map[string]int{"checked": checked, "failed": failed})
		} else if err != nil {
			return err
		}

		t, ok := loaded.Find(answer.Type)
		if !ok {
			return fmt.Errorf("no message type %q", answer.Type)
		}

		checked++

		if wrong := vectors.Check(t, answer); wrong != nil {
			failed++

			if err = out.Encode(failure{Type: answer.Type, Index: answer.Index, Reason: wrong.Error()}); err != nil {
				return err
			}
		}
	}
}
