package driver

import (
	"errors"

	"github.com/hashicorp/go-multierror"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Failure is an error as the official client reports it.
type Failure struct {
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Details []string      `json:"details,omitempty"`
	Nodes   []NodeFailure `json:"nodes,omitempty"`
}

// NodeFailure is the error of one node of a call to many.
type NodeFailure struct {
	Node string `json:"node"`
	Failure
}

func failureOf(err error) *Failure {
	if err == nil {
		return nil
	}

	failure := &Failure{Code: client.StatusCode(err).String(), Message: err.Error()}

	if said := client.Status(err); said != nil {
		for _, detail := range said.Details() {
			if message, ok := detail.(proto.Message); ok {
				failure.Details = append(failure.Details, string(message.ProtoReflect().Descriptor().FullName())+" "+protojson.Format(message))
			} else {
				failure.Details = append(failure.Details, "unreadable")
			}
		}
	}

	if several, ok := errors.AsType[*multierror.Error](err); ok {
		for _, one := range several.Errors {
			if of, ok := errors.AsType[*client.NodeError](one); ok {
				failure.Nodes = append(failure.Nodes, NodeFailure{Node: of.Node, Failure: *failureOf(of.Err)})
			}
		}
	}

	return failure
}
