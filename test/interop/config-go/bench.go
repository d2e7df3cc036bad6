package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"go.yaml.in/yaml/v4"
)

const benchPatch = "apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\nauto: off\n---\nmachine:\n  nodeLabels: {a: b}\n"

// bench does one thing many times: bench <parse|format|patch|generate> <file> <times>. It prints the
// nanoseconds of processor time that each took.
func bench(arguments []string) error {
	if len(arguments) != 3 {
		return fmt.Errorf("usage: bench <parse|format|patch|generate> <file> <times>")
	}

	content, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}

	times, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}

	work, err := workOf(arguments[0], content)
	if err != nil {
		return err
	}

	if err = work(); err != nil {
		return err
	}

	before := processorTime()

	for range times {
		if err = work(); err != nil {
			return err
		}
	}

	fmt.Println(int64(processorTime()-before) / int64(times))

	return nil
}

func workOf(what string, content []byte) (func() error, error) {
	switch what {
	case "parse":
		return func() error {
			_, err := configloader.NewFromBytes(content)

			return err
		}, nil
	case "format":
		cfg, err := configloader.NewFromBytes(content)
		if err != nil {
			return nil, err
		}

		return func() error {
			_, err := cfg.Clone().EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))

			return err
		}, nil
	case "patch":
		return func() error {
			cfg, err := configloader.NewFromBytes(content)
			if err != nil {
				return err
			}

			patches, err := configpatcher.LoadPatches([]string{benchPatch})
			if err != nil {
				return err
			}

			patched, err := configpatcher.Apply(configpatcher.WithConfig(cfg), patches)
			if err != nil {
				return err
			}

			_, err = patched.Bytes()

			return err
		}, nil
	case "generate":
		return func() error { return generateOnce(content) }, nil
	default:
		return nil, fmt.Errorf("nothing is called %q", what)
	}
}

// generateOnce makes both configurations out of a secrets bundle.
func generateOnce(content []byte) error {
	bundle := &secrets.Bundle{Clock: secrets.NewFixedClock(time.Now())}
	if err := yaml.Unmarshal(content, bundle); err != nil {
		return err
	}

	contract, err := config.ParseContractFromVersion("v1.13")
	if err != nil {
		return err
	}

	input, err := generate.NewInput("demo", "https://10.5.0.10:6443", "1.36.0",
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle),
		generate.WithInstallDisk("/dev/sda"), generate.WithInstallImage("installer.example/installer:v1"))
	if err != nil {
		return err
	}

	var out bytes.Buffer

	for _, kind := range []machine.Type{machine.TypeControlPlane, machine.TypeWorker} {
		cfg, err := input.Config(kind)
		if err != nil {
			return err
		}

		text, err := cfg.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
		if err != nil {
			return err
		}

		out.Write(text)
	}

	return nil
}

// processorTime is what the process has used so far, of all threads.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}

	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
