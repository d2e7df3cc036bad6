package cluster

import (
	"context"
	"fmt"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"talos-client.test/interop/internal/specs"
)

// MadeKind tells what SetKinds made of a kind.
type MadeKind struct {
	Type      string   `json:"type"`
	Namespace string   `json:"namespace"`
	YAML      []string `json:"yaml"`
}

// SetKinds gives the node resources of the types: their definitions, and count of each with random
// specs, called sample-0 and so on. It tells which types the official code has.
func (n *Node) SetKinds(ctx context.Context, types []string, count int, seed uint64) ([]MadeKind, error) {
	version := runtime.NewVersion()
	version.TypedSpec().Version = "v1.14.0-alpha.2"

	if err := n.define(ctx, version); err != nil {
		return nil, err
	}

	if err := n.replace(ctx, version); err != nil {
		return nil, err
	}

	var all []MadeKind

	for place, name := range types {
		made, err := n.setKind(ctx, name, count, seed+uint64(1000*place)) //nolint:gosec // small
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}

		if made != nil {
			all = append(all, *made)
		}
	}

	return all, nil
}

func (n *Node) setKind(ctx context.Context, name string, count int, seed uint64) (*MadeKind, error) {
	first, ok := specs.Make("", name, "", seed).(meta.ResourceWithRD)
	if !ok || name == runtime.VersionType {
		return nil, nil //nolint:nilnil // there is none
	}

	if err := n.define(ctx, first); err != nil {
		return nil, err
	}

	made := &MadeKind{Type: name, Namespace: first.ResourceDefinition().DefaultNamespace}

	for index := range count {
		item := specs.Make(made.Namespace, name, fmt.Sprintf("sample-%d", index), seed+uint64(index)) //nolint:gosec // small
		if err := n.replace(ctx, item); err != nil {
			return nil, err
		}

		stored, err := n.state.Get(ctx, item.Metadata())
		if err != nil {
			return nil, err
		}

		text, err := specs.YAML(stored)
		if err != nil {
			return nil, err
		}

		made.YAML = append(made.YAML, text)
	}

	return made, nil
}

// define makes the type and its namespace known, if they are not.
func (n *Node) define(ctx context.Context, item meta.ResourceWithRD) error {
	namespace := item.ResourceDefinition().DefaultNamespace

	err := registry.NewNamespaceRegistry(n.state).Register(ctx, namespace, "resources called "+namespace)
	if err != nil && !state.IsConflictError(err) {
		return err
	}

	err = registry.NewResourceRegistry(n.state).Register(ctx, item)
	if err != nil && !state.IsConflictError(err) {
		return err
	}

	return nil
}

// replace creates a resource, in place of one that is there.
func (n *Node) replace(ctx context.Context, item resource.Resource) error {
	if err := n.state.Destroy(ctx, item.Metadata()); err != nil && !state.IsNotFoundError(err) {
		return err
	}

	return n.state.Create(ctx, item)
}
