package readers

import (
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
)

// metal is a machine that Talos is installed on.
type metal struct{}

func (metal) String() string        { return "metal" }
func (metal) RequiresInstall() bool { return true }
func (metal) InContainer() bool     { return false }

// machineConfiguration is a machine configuration as Talos understands it.
type machineConfiguration struct {
	Kinds       []string `json:"kinds"`
	MachineType string   `json:"machineType"`
	ClusterName string   `json:"clusterName"`
	Endpoint    string   `json:"endpoint"`
	InstallDisk string   `json:"installDisk"`
	Warnings    []string `json:"warnings"`
	// Again is the configuration written anew, without comments.
	Again string `json:"again"`
}

// readConfiguration loads a machine configuration and validates it, as talosctl does before it
// sends one.
func readConfiguration(content []byte) (any, error) {
	loaded, err := configloader.NewFromBytes(content)
	if err != nil {
		return nil, err
	}

	warnings, err := loaded.ValidateAsClient(metal{})
	if err != nil {
		return nil, err
	}

	again, err := loaded.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
	if err != nil {
		return nil, err
	}

	read := machineConfiguration{Kinds: []string{}, Warnings: append([]string{}, warnings...), Again: string(again)}

	for _, document := range loaded.Documents() {
		read.Kinds = append(read.Kinds, document.Kind())
	}

	if machine := loaded.Machine(); machine != nil {
		read.MachineType, read.InstallDisk = machine.Type().String(), machine.Install().Disk()
	}

	if cluster := loaded.Cluster(); cluster != nil {
		read.ClusterName, read.Endpoint = cluster.Name(), cluster.Endpoint().String()
	}

	return read, nil
}
