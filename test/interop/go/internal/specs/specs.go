// Package specs makes resources of every type that the official code knows, with random specs.
package specs

import (
	"fmt"
	"reflect"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/protobuf"
	"go.yaml.in/yaml/v4"
	"google.golang.org/protobuf/types/known/timestamppb"

	// Each registers its types.
	_ "github.com/siderolabs/talos/pkg/machinery/resources/block"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/config"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/cri"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/etcd"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/files"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/k8s"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/kubeaccess"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/kubespan"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/network"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/perf"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/secrets"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/security"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/siderolink"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/storage"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/time"
	_ "github.com/siderolabs/talos/pkg/machinery/resources/v1alpha1"
)

// Make gives a resource of a type, its spec filled from the seed; nothing if the official code does
// not have the type, or registers no way to make it.
func Make(namespace, resourceType, id string, seed uint64) resource.Resource {
	now := timestamppb.Now()

	encoded, err := protobuf.Unmarshal(&v1alpha1.Resource{
		Metadata: &v1alpha1.Metadata{
			Namespace: namespace, Type: resourceType, Id: id, Version: "1", Phase: "running", Created: now, Updated: now,
		},
		Spec: &v1alpha1.Spec{ProtoSpec: []byte{}},
	})
	if err != nil {
		return nil
	}

	made, err := protobuf.UnmarshalResource(encoded)
	if err != nil {
		return nil
	}

	if _, unknown := made.(*protobuf.Resource); unknown {
		return nil
	}

	value := reflect.ValueOf(made.Spec())
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}

	// The specs of a few types are values, which stay as they are.
	if value.Kind() == reflect.Struct && value.CanAddr() {
		newFiller(seed).fields(value, 0)
	}

	return made
}

// YAML is a resource as talosctl prints it.
func YAML(r resource.Resource) (string, error) {
	encoded, err := protobuf.FromResource(r)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.Metadata(), err)
	}

	document, err := resource.MarshalYAML(encoded)
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.Metadata(), err)
	}

	text, err := yaml.Marshal(document)

	return string(text), err
}
