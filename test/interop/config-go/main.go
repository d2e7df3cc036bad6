// Command talos-config answers questions about machine configurations with the official Go code of
// Talos: one JSON object a line in, one out. It ends when its input does.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/go-multierror"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

type question struct {
	Text    string   `json:"text"`
	Patches []string `json:"patches"`
	Modes   []string `json:"modes"`
}

type verdict struct {
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

type answer struct {
	Error    string             `json:"error,omitempty"`
	Text     string             `json:"text"`
	Verdicts map[string]verdict `json:"verdicts,omitempty"`
}

// mode is a runtime mode by its name.
type mode string

func (m mode) String() string        { return string(m) }
func (m mode) RequiresInstall() bool { return m == "metal" }
func (m mode) InContainer() bool     { return m == "container" }

func main() {
	if len(os.Args) > 1 && os.Args[1] == "bench" {
		if err := bench(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "talos-config:", err)
			os.Exit(1)
		}

		return
	}

	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoded := json.NewEncoder(out)

	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}

		var asked question

		if err = json.Unmarshal(line, &asked); err != nil {
			fmt.Fprintln(os.Stderr, "talos-config:", err)
			os.Exit(1)
		}

		if err = encoded.Encode(reply(asked)); err != nil {
			os.Exit(1)
		}

		if err = out.Flush(); err != nil {
			os.Exit(1)
		}
	}
}

func reply(asked question) (given answer) {
	defer func() {
		if p := recover(); p != nil {
			given = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()

	cfg, err := configloader.NewFromBytes([]byte(asked.Text))
	if err != nil {
		return answer{Error: err.Error()}
	}

	if len(asked.Patches) > 0 {
		patches, err := configpatcher.LoadPatches(asked.Patches)
		if err != nil {
			return answer{Error: err.Error()}
		}

		patched, err := configpatcher.Apply(configpatcher.WithConfig(cfg), patches)
		if err != nil {
			return answer{Error: err.Error()}
		}

		if cfg, err = patched.Config(); err != nil {
			return answer{Error: err.Error()}
		}
	}

	text, err := cfg.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
	if err != nil {
		return answer{Error: err.Error()}
	}

	// What was read keeps its bytes: only what was made is encoded.
	if len(asked.Patches) == 0 {
		if text, err = cfg.Clone().EncodeBytes(encoder.WithComments(encoder.CommentsDisabled)); err != nil {
			return answer{Error: err.Error()}
		}
	}

	given.Text = string(text)
	given.Verdicts = map[string]verdict{}

	for _, name := range asked.Modes {
		given.Verdicts[name] = judge(cfg, mode(name))
	}

	return given
}

func judge(cfg config.Provider, m mode) verdict {
	warnings, err := cfg.ValidateAsClient(m, validation.WithLocal())

	return verdict{Errors: leaves(err), Warnings: append([]string{}, warnings...)}
}

// leaves are the single messages of an error, each with what stands before it.
func leaves(err error) []string {
	if err == nil {
		return []string{}
	}

	var found []string

	switch inner := err.(type) { //nolint:errorlint // the nesting itself is looked at
	case *multierror.Error:
		for _, one := range inner.Errors {
			found = append(found, leaves(one)...)
		}
	case interface{ Unwrap() []error }:
		for _, one := range inner.Unwrap() {
			found = append(found, leaves(one)...)
		}
	default:
		wrapped := errors.Unwrap(err)
		nested := leaves(wrapped)

		if len(nested) < 2 && !isMany(wrapped) {
			return []string{err.Error()}
		}

		prefix := strings.TrimSuffix(err.Error(), wrapped.Error())

		for _, one := range nested {
			found = append(found, prefix+one)
		}
	}

	return found
}

// isMany tells errors that print as a list, even with one item.
func isMany(err error) bool {
	if err == nil {
		return false
	}

	if _, ok := err.(*multierror.Error); ok { //nolint:errorlint // the nesting itself is looked at
		return true
	}

	return isMany(errors.Unwrap(err))
}
