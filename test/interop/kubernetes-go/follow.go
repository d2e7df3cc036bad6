package main

import (
	"context"
	"errors"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// follow prints the nodes and what becomes of them, as informers tell it, until the input ends.
func follow(ctx context.Context, client kubernetes.Interface) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes().Informer()
	tell := func(change string, object any) {
		if node, ok := object.(*corev1.Node); ok {
			print(map[string]any{"change": change, "node": node.Name, "unschedulable": node.Spec.Unschedulable}) //nolint:errcheck
		}
	}

	if _, err := nodes.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { tell("added", object) },
		UpdateFunc: func(_, object any) { tell("updated", object) },
		DeleteFunc: func(object any) { tell("deleted", object) },
	}); err != nil {
		return err
	}

	factory.Start(ctx.Done())

	if !cache.WaitForCacheSync(ctx.Done(), nodes.HasSynced) {
		return errors.New("the informer does not get ready")
	}

	if err := print(map[string]any{"change": "synced"}); err != nil {
		return err
	}

	_, err := io.Copy(io.Discard, os.Stdin)

	return err
}
