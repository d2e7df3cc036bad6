package readers

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"go.yaml.in/yaml/v4"
)

// generation is what configurations are to be generated from.
type generation struct {
	// Secrets is the file of a bundle.
	Secrets                        string              `json:"secrets"`
	Contract                       string              `json:"contract"`
	ClusterName                    string              `json:"clusterName"`
	Endpoint                       string              `json:"endpoint"`
	Kubernetes                     string              `json:"kubernetes"`
	InstallDisk                    string              `json:"installDisk"`
	InstallImage                   string              `json:"installImage"`
	InstallExtraKernelArgs         []string            `json:"installExtraKernelArgs"`
	AdditionalSans                 []string            `json:"additionalSans"`
	DNSDomain                      string              `json:"dnsDomain"`
	RegistryMirrors                map[string][]string `json:"registryMirrors"`
	RegistryCas                    map[string]string   `json:"registryCas"`
	InsecureRegistries             []string            `json:"insecureRegistries"`
	Discovery                      bool                `json:"discovery"`
	Kubespan                       *bool               `json:"kubespan"`
	AllowSchedulingOnControlPlanes bool                `json:"allowSchedulingOnControlPlanes"`
	LocalAPIServerPort             int                 `json:"localApiServerPort"`
	KubePrismPort                  *int                `json:"kubePrismPort"`
	Sysctls                        map[string]string   `json:"sysctls"`
	CNIManifest                    string              `json:"cniManifest"`
	Debug                          bool                `json:"debug"`
}

// generated holds the configurations as talosctl writes them, without comments.
type generated struct {
	ControlPlane string `json:"controlPlane"`
	Worker       string `json:"worker"`
}

// readBundle loads the file of a secrets bundle, and checks it as talosctl does for a release; nil is
// the newest.
func readBundle(file string, contract *config.VersionContract) (*secrets.Bundle, error) {
	bundle := &secrets.Bundle{Clock: secrets.NewFixedClock(time.Now())}
	if err := yaml.Unmarshal([]byte(file), bundle); err != nil {
		return nil, err
	}

	return bundle, validateBundle(bundle, contract)
}

// validateBundle compiles with modules up to the alphas of v1.14, and with those since then, which want
// to know the release.
func validateBundle(bundle *secrets.Bundle, contract *config.VersionContract) error {
	switch bundle := any(bundle).(type) {
	case interface{ Validate() error }:
		return bundle.Validate()
	case interface {
		Validate(*config.VersionContract) error
	}:
		return bundle.Validate(contract)
	default:
		return errors.New("the module validates bundles in another way")
	}
}

// readGeneration generates configurations with the code of talosctl.
func readGeneration(content []byte) (any, error) {
	var wanted generation
	if err := json.Unmarshal(content, &wanted); err != nil {
		return nil, err
	}

	contract, err := config.ParseContractFromVersion(wanted.Contract)
	if err != nil {
		return nil, err
	}

	bundle, err := readBundle(wanted.Secrets, contract)
	if err != nil {
		return nil, fmt.Errorf("the secrets are not whole: %w", err)
	}

	input, err := generate.NewInput(wanted.ClusterName, wanted.Endpoint, wanted.Kubernetes, wanted.options(contract, bundle)...)
	if err != nil {
		return nil, err
	}

	var made generated

	if made.ControlPlane, err = write(input, machine.TypeControlPlane); err != nil {
		return nil, err
	}

	made.Worker, err = write(input, machine.TypeWorker)

	return made, err
}

func write(input *generate.Input, machineType machine.Type) (string, error) {
	made, err := input.Config(machineType)
	if err != nil {
		return "", err
	}

	text, err := made.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))

	return string(text), err
}

func (wanted *generation) options(contract *config.VersionContract, bundle *secrets.Bundle) []generate.Option {
	options := []generate.Option{
		generate.WithVersionContract(contract),
		generate.WithSecretsBundle(bundle),
		generate.WithInstallDisk(wanted.InstallDisk),
		generate.WithInstallImage(wanted.InstallImage),
		generate.WithInstallExtraKernelArgs(wanted.InstallExtraKernelArgs),
		generate.WithAdditionalSubjectAltNames(wanted.AdditionalSans),
		generate.WithDNSDomain(wanted.DNSDomain),
		generate.WithClusterDiscovery(wanted.Discovery),
		generate.WithAllowSchedulingOnControlPlanes(wanted.AllowSchedulingOnControlPlanes),
		generate.WithLocalAPIServerPort(wanted.LocalAPIServerPort),
		generate.WithSysctls(wanted.Sysctls),
		generate.WithCustomCNIUrl(wanted.CNIManifest),
		generate.WithDebug(wanted.Debug),
	}

	if wanted.KubePrismPort != nil {
		options = append(options, generate.WithKubePrismPort(*wanted.KubePrismPort))
	}

	if wanted.Kubespan != nil {
		options = append(options, generate.WithKubeSpanEnabled(*wanted.Kubespan))
	}

	for host, urls := range wanted.RegistryMirrors {
		options = append(options, generate.WithRegistryMirror(host, urls...))
	}

	for host, authority := range wanted.RegistryCas {
		options = append(options, generate.WithRegistryCACert(host, authority))
	}

	for _, host := range wanted.InsecureRegistries {
		options = append(options, generate.WithRegistryInsecureSkipVerify(host))
	}

	return options
}
