package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/registry"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	"github.com/siderolabs/talos/pkg/machinery/resources/config"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"github.com/siderolabs/talos/pkg/machinery/resources/secrets"
	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A small configuration, for the resource that holds it.
const machineConfiguration = "version: v1alpha1\ndebug: false\nmachine:\n  type: controlplane\n" +
	"---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: stable\n"

// newState fills the official in-memory state with the resources of a node.
func newState(ctx context.Context, n *Node) (state.State, error) {
	made := state.WrapCore(namespaced.NewState(inmem.Build))

	namespaces := registry.NewNamespaceRegistry(made)
	if err := namespaces.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, name := range []string{runtime.NamespaceName, cluster.NamespaceName, config.NamespaceName, network.NamespaceName, secrets.NamespaceName} {
		if err := namespaces.Register(ctx, name, "resources called "+name); err != nil {
			return nil, err
		}
	}

	definitions := registry.NewResourceRegistry(made)
	if err := definitions.RegisterDefault(ctx); err != nil {
		return nil, err
	}

	for _, definition := range []meta.ResourceWithRD{
		&runtime.MachineStatus{}, &runtime.MetaKey{}, &cluster.Member{}, &config.MachineConfig{}, &config.MachineType{},
		&network.NodeAddress{}, &network.AddressStatus{}, &secrets.OSRoot{},
	} {
		if err := definitions.Register(ctx, definition); err != nil {
			return nil, err
		}
	}

	initial, err := initialResources(n)
	if err != nil {
		return nil, err
	}

	for _, item := range initial {
		if err := made.Create(ctx, item); err != nil {
			return nil, fmt.Errorf("%s: %w", item.Metadata(), err)
		}
	}

	return made, nil
}

func initialResources(n *Node) ([]resource.Resource, error) {
	status := runtime.NewMachineStatus()
	status.TypedSpec().Stage = runtime.MachineStageRunning
	status.TypedSpec().Status.UnmetConditions = []runtime.UnmetCondition{{Name: "nodeReady", Reason: "not yet"}}
	status.Metadata().Labels().Set("größe", "klein")
	status.Metadata().Annotations().Set("note", "multi\nline")

	parsed, err := configloader.NewFromBytes([]byte(machineConfiguration))
	if err != nil {
		return nil, err
	}

	kind := config.NewMachineType()
	kind.SetMachineType(machine.TypeControlPlane)

	addresses := network.NewNodeAddress(network.NamespaceName, network.NodeAddressDefaultID)
	addresses.TypedSpec().Addresses = []netip.Prefix{
		netip.MustParsePrefix(n.Address + "/24"), netip.MustParsePrefix("2001:db8::5/64"),
	}

	root := secrets.NewOSRoot(secrets.OSRootID)
	root.TypedSpec().Token = "interop.token"

	made := []resource.Resource{status, config.NewMachineConfig(parsed), kind, addresses, root}

	for _, peer := range members {
		member := cluster.NewMember(cluster.NamespaceName, peer.name)
		member.TypedSpec().NodeID = "id-" + peer.name
		member.TypedSpec().Hostname = peer.name
		member.TypedSpec().Addresses = []netip.Addr{netip.MustParseAddr(peer.address), netip.MustParseAddr("fe80::1%eth0")}
		member.TypedSpec().MachineType = machine.TypeControlPlane
		member.TypedSpec().OperatingSystem = "Talos (v1.14.0-rc.1)"
		made = append(made, member)
	}

	return made, nil
}

// guard refuses what nodes refuse: writes, types and namespaces they do not have, and secrets.
func guard(n *Node) state.CoreState {
	return state.Filter(n.state, func(ctx context.Context, access state.Access) error {
		if !access.Verb.Readonly() {
			return status.Error(codes.PermissionDenied, "write access is not allowed")
		}

		definition, err := safe.StateGet[*meta.ResourceDefinition](ctx, n.state, resource.NewMetadata(
			meta.NamespaceName, meta.ResourceDefinitionType, strings.ToLower(access.ResourceType), resource.VersionUndefined))
		if state.IsNotFoundError(err) {
			return status.Errorf(codes.PermissionDenied, "resource type %q is not supported", access.ResourceType)
		}

		if err != nil {
			return err
		}

		if definition.TypedSpec().Sensitivity == meta.Sensitive && !rolesOf(ctx).Includes(role.Admin) {
			return errNotAuthorized
		}

		_, err = safe.StateGet[*meta.Namespace](ctx, n.state, resource.NewMetadata(
			meta.NamespaceName, meta.NamespaceType, access.ResourceNamespace, resource.VersionUndefined))
		if state.IsNotFoundError(err) {
			return status.Errorf(codes.PermissionDenied, "namespace %q is not supported", access.ResourceNamespace)
		}

		return err
	})
}

// SetMember adds a member, or changes the one there is.
func (n *Node) SetMember(ctx context.Context, name, hostname string) error {
	member := cluster.NewMember(cluster.NamespaceName, name)
	member.TypedSpec().Hostname = hostname

	_, err := n.state.UpdateWithConflicts(ctx, member.Metadata(), func(r resource.Resource) error {
		r.(*cluster.Member).TypedSpec().Hostname = hostname //nolint:forcetypeassert // the type is asked for

		return nil
	})
	if state.IsNotFoundError(err) {
		return n.state.Create(ctx, member)
	}

	return err
}

// RemoveMember tears a member down and destroys it.
func (n *Node) RemoveMember(ctx context.Context, name string) error {
	return n.state.TeardownAndDestroy(ctx, cluster.NewMember(cluster.NamespaceName, name).Metadata())
}

// Crowd makes many members.
func (n *Node) Crowd(ctx context.Context, count int) error {
	for at := range count {
		if err := n.SetMember(ctx, fmt.Sprintf("crowd-%06d", at), "crowd"); err != nil {
			return err
		}
	}

	return nil
}
