// Command talos-kubernetes drives the official clients of Kubernetes: client-go, and the drain of
// kubectl, with the settings that talosctl has for it. It answers in JSON, one object a line.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubectl/pkg/drain"
)

const usage = "usage: talos-kubernetes KUBECONFIG list | drain NODE SECONDS | uncordon NODE | follow"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "talos-kubernetes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) < 2 {
		return errors.New(usage)
	}

	config, err := clientcmd.BuildConfigFromFlags("", arguments[0])
	if err != nil {
		return err
	}

	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	switch name, rest := arguments[1], arguments[2:]; {
	case name == "list":
		return list(ctx, client)
	case name == "drain" && len(rest) == 2:
		return drainNode(ctx, client, rest[0], rest[1])
	case name == "uncordon" && len(rest) == 1:
		return cordon(ctx, client, rest[0], false)
	case name == "follow":
		return follow(ctx, client)
	default:
		return errors.New(usage)
	}
}

// list prints what a client finds that asks for everything.
func list(ctx context.Context, client kubernetes.Interface) error {
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return err
	}

	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return err
	}

	names := make([]string, 0, len(nodes.Items))

	for {
		for _, node := range nodes.Items {
			names = append(names, node.Name)
		}

		if nodes.Continue == "" {
			break
		}

		nodes, err = client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 1, Continue: nodes.Continue})
		if err != nil {
			return err
		}
	}

	_, missing := client.AppsV1().DaemonSets("default").Get(ctx, "none", metav1.GetOptions{})

	return print(map[string]any{"version": version.GitVersion, "nodes": names, "missing": missing.Error()})
}

// helper is what talosctl drains with.
func helper(ctx context.Context, client kubernetes.Interface, timeout time.Duration) *drain.Helper {
	return &drain.Helper{
		Ctx:                  ctx,
		Client:               client,
		Force:                true,
		GracePeriodSeconds:   -1,
		IgnoreAllDaemonSets:  true,
		DeleteEmptyDirData:   true,
		Timeout:              timeout,
		EvictErrorRetryDelay: time.Second,
		Out:                  io.Discard,
		ErrOut:               io.Discard,
	}
}

func cordon(ctx context.Context, client kubernetes.Interface, name string, desired bool) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}

	return drain.RunCordonOrUncordon(helper(ctx, client, 0), node, desired)
}

// drainNode prints which pods were to go, and what kept them.
func drainNode(ctx context.Context, client kubernetes.Interface, name, seconds string) error {
	timeout, err := strconv.Atoi(seconds)
	if err != nil {
		return err
	}

	if err = cordon(ctx, client, name, true); err != nil {
		return err
	}

	helper := helper(ctx, client, time.Duration(timeout)*time.Second)

	pods, problems := helper.GetPodsForDeletion(name)
	if len(problems) > 0 {
		return errors.Join(problems...)
	}

	names := []string{}
	for _, pod := range pods.Pods() {
		names = append(names, pod.Namespace+"/"+pod.Name)
	}

	kept := ""
	if err = helper.DeleteOrEvictPods(pods.Pods()); err != nil {
		kept = err.Error()
	}

	return print(map[string]any{"pods": names, "kept": kept})
}

func print(value any) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}
