package cluster

import (
	"context"
	"net/url"
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A call may say, in the metadata key interop, how it wants to be answered instead of by the
// service: random&seed=7, hang, or status=5. The value has the form of a URL's query.
const directiveKey = "interop"

func directiveOf(ctx context.Context) url.Values {
	said := metadata.ValueFromIncomingContext(ctx, directiveKey)
	if len(said) != 1 {
		return nil
	}

	values, err := url.ParseQuery(said[0])
	if err != nil {
		return nil
	}

	return values
}

func numberOf(values url.Values, key string, otherwise int) int {
	number, err := strconv.Atoi(values.Get(key))
	if err != nil {
		return otherwise
	}

	return number
}

// detailed is an error with details of several kinds, one of them a type nobody knows.
func detailed(code codes.Code, reason string) error {
	made := status.New(code, reason)

	with, err := made.WithDetails([]protoadapt.MessageV1{
		protoadapt.MessageV1Of(&errdetails.ErrorInfo{
			Reason: "NODE_BUSY", Domain: "talos.dev", Metadata: map[string]string{"node": "cp-1", "größe": "7"},
		}),
		protoadapt.MessageV1Of(&errdetails.RetryInfo{RetryDelay: &durationpb.Duration{Seconds: 3, Nanos: 500_000_000}}),
		protoadapt.MessageV1Of(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: "data", Description: "line 3: not YAML"},
		}}),
		protoadapt.MessageV1Of(&errdetails.ResourceInfo{ResourceType: "Member", ResourceName: "cp-9", Owner: "nobody", Description: "gone"}),
		protoadapt.MessageV1Of(&anypb.Any{TypeUrl: "talos/unheard/of", Value: []byte{1, 2, 3}}),
	}...)
	if err != nil {
		return err
	}

	return with.Err()
}

// answerDirective gives the error a call asked for, after waiting for its end if it asked for that.
func answerDirective(ctx context.Context, asked url.Values) (bool, error) {
	switch {
	case asked.Has("hang"):
		<-ctx.Done()

		return true, status.FromContextError(ctx.Err()).Err()
	case asked.Has("status"):
		code := codes.Code(numberOf(asked, "status", int(codes.Unknown))) //nolint:gosec // small numbers

		if asked.Has("details") {
			return true, detailed(code, asked.Get("reason"))
		}

		return true, status.Error(code, asked.Get("reason"))
	default:
		return false, nil
	}
}

// echoHeaders sends headers and trailers, so that the client can show them.
func echoHeaders(ctx context.Context, asked url.Values) {
	if asked.Has("headers") {
		//nolint:errcheck // a call that is over needs none
		grpc.SetHeader(ctx, metadata.Pairs("interop-header", "first", "interop-header", "second", "interop-bin", "\x00\xff\x80"))
		//nolint:errcheck // likewise
		grpc.SetTrailer(ctx, metadata.Pairs("interop-trailer", asked.Get("headers")))
	}
}

func (n *Node) unaryDirective(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if !rolesOf(ctx).IncludesAny(accepted(info.FullMethod)) {
		return nil, errNotAuthorized
	}

	asked := directiveOf(ctx)
	echoHeaders(ctx, asked)

	if done, err := answerDirective(ctx, asked); done {
		return nil, err
	}

	if asked.Has("random") {
		return randomReply(info.FullMethod, uint64(numberOf(asked, "seed", 1))) //nolint:gosec // a seed
	}

	return handler(ctx, request)
}

func (n *Node) streamDirective(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := stream.Context()

	if !rolesOf(ctx).IncludesAny(accepted(info.FullMethod)) {
		return errNotAuthorized
	}

	asked := directiveOf(ctx)
	echoHeaders(ctx, asked)

	if asked.Has("random") {
		return randomStream(stream, info, asked)
	}

	if done, err := answerDirective(ctx, asked); done {
		return err
	}

	return handler(server, stream)
}

func (n *Node) unaryJournal(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	call := n.cluster.Journal.open(ctx, n.Name, info.FullMethod)
	call.received(request)

	reply, err := handler(ctx, request)
	call.close(ctx, err)

	return reply, err
}

func (n *Node) streamJournal(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	call := n.cluster.Journal.open(stream.Context(), n.Name, info.FullMethod)
	err := handler(server, &journaled{ServerStream: stream, call: call})
	call.close(stream.Context(), err)

	return err
}

// journaled counts the messages of a stream.
type journaled struct {
	grpc.ServerStream
	call *Call
}

func (s *journaled) RecvMsg(message any) error {
	err := s.ServerStream.RecvMsg(message)
	if err == nil {
		s.call.received(message)
	}

	return err
}

func (s *journaled) SendMsg(message any) error {
	err := s.ServerStream.SendMsg(message)
	if err == nil {
		s.call.sent()
	}

	return err
}
