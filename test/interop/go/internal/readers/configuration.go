package readers

import (
	"net/url"
	"reflect"

	"github.com/siderolabs/talos/pkg/machinery/config"
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

	read.ClusterName, read.Endpoint = clusterOf(loaded)

	return read, nil
}

// namedCluster is what knew the name and the endpoint of the cluster up to the alphas of v1.14.
type namedCluster interface {
	Name() string
	Endpoint() *url.URL
}

// kubernetesCluster is what knows them since then. Which method gives it is looked up by name, so
// that this compiles with modules of both.
type kubernetesCluster interface {
	ClusterName() string
	ClusterEndpoint() *url.URL
}

func clusterOf(loaded config.Provider) (name, endpoint string) {
	if cluster, ok := any(loaded.Cluster()).(namedCluster); ok {
		return cluster.Name(), cluster.Endpoint().String()
	}

	if method := reflect.ValueOf(loaded).MethodByName("K8sClusterConfig"); method.IsValid() {
		if cluster, ok := method.Call(nil)[0].Interface().(kubernetesCluster); ok {
			return cluster.ClusterName(), cluster.ClusterEndpoint().String()
		}
	}

	return "", ""
}
