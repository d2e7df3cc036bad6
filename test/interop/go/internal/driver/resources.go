package driver

import (
	"context"
	"errors"
	"fmt"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"go.yaml.in/yaml/v4"

	// The types of resources that the client decodes are those that are linked in.
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

// shownResource is a resource as the official client decoded it.
type shownResource struct {
	Namespace  string   `json:"namespace"`
	Type       string   `json:"type"`
	ID         string   `json:"id"`
	Version    string   `json:"version"`
	Phase      string   `json:"phase"`
	Owner      string   `json:"owner"`
	Finalizers []string `json:"finalizers,omitempty"`
	GoType     string   `json:"goType"`
	// YAML is the whole resource, its spec written anew from the decoded one.
	YAML string `json:"yaml"`
}

func showResource(r resource.Resource) (*shownResource, error) {
	if r == nil {
		return nil, nil
	}

	described := r.Metadata()
	shown := &shownResource{
		Namespace: described.Namespace(), Type: described.Type(), ID: described.ID(), Version: described.Version().String(),
		Phase: described.Phase().String(), Owner: described.Owner(), Finalizers: *described.Finalizers(), GoType: fmt.Sprintf("%T", r),
	}

	if resource.IsTombstone(r) {
		return shown, nil
	}

	form, err := resource.MarshalYAML(r)
	if err != nil {
		return nil, err
	}

	text, err := yaml.Marshal(form)
	shown.YAML = string(text)

	return shown, err
}

func (command *Command) pointer() resource.Metadata {
	return resource.NewMetadata(command.Namespace, command.Type, command.Name, resource.VersionUndefined)
}

func (d *Driver) get(ctx context.Context, command *Command, _ func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	found, err := c.COSI.Get(ctx, command.pointer())
	if err != nil {
		return nil, err
	}

	return showResource(found)
}

func (d *Driver) list(ctx context.Context, command *Command, _ func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	var options []state.ListOption
	if command.Query != "" {
		options = append(options, state.WithLabelQuery(resource.LabelExists(command.Query)))
	}

	found, err := c.COSI.List(ctx, command.pointer(), options...)
	if err != nil {
		return nil, err
	}

	shown := []*shownResource{}

	for _, item := range found.Items {
		one, err := showResource(item)
		if err != nil {
			return nil, err
		}

		shown = append(shown, one)
	}

	return shown, nil
}

// write tries each way of changing a resource, which nodes refuse.
func (d *Driver) write(ctx context.Context, command *Command, _ func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	made := meta.NewNamespace(command.Name, meta.NamespaceSpec{Description: "from outside"})

	switch command.Call {
	case "create":
		return nil, c.COSI.Create(ctx, made)
	case "update":
		return nil, c.COSI.Update(ctx, made)
	case "destroy":
		return nil, c.COSI.Destroy(ctx, made.Metadata())
	case "teardown":
		_, err = c.COSI.Teardown(ctx, made.Metadata())

		return nil, err
	default:
		return nil, errors.New("no such way to write")
	}
}

func (d *Driver) resolve(ctx context.Context, command *Command, _ func(any)) (any, error) {
	c, err := d.client(command.Client)
	if err != nil {
		return nil, err
	}

	namespace := command.Namespace

	found, err := c.ResolveResourceKind(ctx, &namespace, command.Type)
	if err != nil {
		return nil, err
	}

	return map[string]any{"namespace": namespace, "type": found.TypedSpec().Type, "aliases": found.TypedSpec().AllAliases}, nil
}
