package cluster

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"talos-client.test/interop/internal/vectors"
)

// messagesOf gives the request and reply types of a method from the official descriptors.
func messagesOf(method string) (request, reply protoreflect.MessageType, err error) {
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")

	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		return nil, nil, err
	}

	described, ok := found.(protoreflect.ServiceDescriptor)
	if !ok || described.Methods().ByName(protoreflect.Name(name)) == nil {
		return nil, nil, fmt.Errorf("no method %s", method)
	}

	rpc := described.Methods().ByName(protoreflect.Name(name))

	if request, err = protoregistry.GlobalTypes.FindMessageByName(rpc.Input().FullName()); err != nil {
		return nil, nil, err
	}

	reply, err = protoregistry.GlobalTypes.FindMessageByName(rpc.Output().FullName())

	return request, reply, err
}

// randomReply is a message such as a node could send: one entry in an envelope, and no metadata,
// which only a fan-out adds.
func randomReply(method string, seed uint64) (proto.Message, error) {
	_, goType, err := messagesOf(method)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}

	reply := goType.New()
	vectors.Fill(reply, seed)

	entries := reply.Descriptor().Fields().ByName("messages")
	if entries == nil || !entries.IsList() {
		clearMetadata(reply)

		return reply.Interface(), nil
	}

	list := reply.Mutable(entries).List()
	list.Truncate(0)

	entry := list.AppendMutable().Message()
	vectors.Fill(entry, seed)
	clearMetadata(entry)

	return reply.Interface(), nil
}

func clearMetadata(message protoreflect.Message) {
	if field := message.Descriptor().Fields().ByName("metadata"); field != nil && field.Message() != nil &&
		field.Message().FullName() == "common.Metadata" {
		message.Clear(field)
	}
}

// randomStream reads all requests, or answers each one if both sides stream, and sends as many
// replies as were asked for.
func randomStream(stream grpc.ServerStream, info *grpc.StreamServerInfo, asked url.Values) error {
	request, _, err := messagesOf(info.FullMethod)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}

	seed := uint64(numberOf(asked, "seed", 1)) //nolint:gosec // a seed
	send := func(at int) error {
		reply, err := randomReply(info.FullMethod, seed+uint64(at)) //nolint:gosec // a seed
		if err != nil {
			return err
		}

		return stream.SendMsg(reply)
	}

	for received := 0; ; received++ {
		if !info.IsClientStream && received == 1 {
			break
		}

		if err = stream.RecvMsg(request.New().Interface()); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}

		if info.IsClientStream && info.IsServerStream {
			if err = send(received); err != nil {
				return err
			}
		}
	}

	switch {
	case info.IsClientStream && info.IsServerStream:
		err = nil // the last receive ended the loop
	case info.IsClientStream:
		err = send(0)
	default:
		for at := range numberOf(asked, "count", 3) {
			if err = send(at); err != nil {
				return err
			}
		}
	}

	if err != nil {
		return err
	}

	_, err = answerDirective(stream.Context(), asked)

	return err
}

// SampleReply encodes the reply that a random call with this seed gets.
func SampleReply(method string, seed uint64) (name string, encoded []byte, err error) {
	reply, err := randomReply(method, seed)
	if err != nil {
		return "", nil, err
	}

	encoded, err = proto.MarshalOptions{Deterministic: true}.Marshal(reply)

	return string(reply.ProtoReflect().Descriptor().FullName()), encoded, err
}

// SampleRequest encodes a request for a method.
func SampleRequest(method string, seed uint64) (name string, encoded []byte, err error) {
	goType, _, err := messagesOf(method)
	if err != nil {
		return "", nil, err
	}

	request := goType.New()
	vectors.Fill(request, seed)
	vectors.DiscardUnknown(request)
	clearMetadata(request)

	encoded, err = proto.MarshalOptions{Deterministic: true}.Marshal(request.Interface())

	return string(request.Descriptor().FullName()), encoded, err
}
