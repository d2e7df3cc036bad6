package driver

import (
	"errors"
	"fmt"
	"io"
	"reflect"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// shownMessage is a message as the official code shows it in JSON.
type shownMessage struct {
	Type  string `json:"type"`
	Value any    `json:"value"`
}

// rawJSON is text that is JSON already.
type rawJSON []byte

// MarshalJSON gives the text as it is.
func (r rawJSON) MarshalJSON() ([]byte, error) { return r, nil }

func showMessage(message proto.Message) shownMessage {
	text, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(message)
	if err != nil {
		// An Any of a type that nobody knows cannot be shown; what it is can be.
		text = fmt.Appendf(nil, "%q", err.Error())
	}

	return shownMessage{Type: string(message.ProtoReflect().Descriptor().FullName()), Value: rawJSON(text)}
}

// show makes JSON of what a call gave; it reads streams, and emits their messages.
func show(value any, declared reflect.Type, command *Command, emit func(any)) (any, error) {
	switch value := value.(type) {
	case proto.Message:
		if reflect.ValueOf(value).IsNil() {
			return nil, nil
		}

		return showMessage(value), nil
	case []byte:
		return value, nil
	case io.ReadCloser:
		content, err := io.ReadAll(takenFrom(value, command))

		return content, errors.Join(err, value.Close())
	case grpc.ClientStream:
		return nil, readStream(value, declared, command, emit)
	default:
		return value, nil
	}
}

func takenFrom(reader io.Reader, command *Command) io.Reader {
	if command.Take > 0 {
		return io.LimitReader(reader, int64(command.Take))
	}

	return reader
}

// readStream sends what the arguments say, if it is a stream of requests, and reads the replies.
func readStream(stream grpc.ClientStream, declared reflect.Type, command *Command, emit func(any)) error {
	reflected := reflect.ValueOf(stream)

	if has(declared, "Send") {
		if err := sendAll(reflected.MethodByName("Send"), command); err != nil {
			return err
		}
	}

	if has(declared, "CloseAndRecv") {
		return receiveOne(reflected.MethodByName("CloseAndRecv"), emit)
	}

	receive := reflected.MethodByName("Recv")

	if err := stream.CloseSend(); err != nil {
		return err
	}

	for count := 0; command.Take == 0 || count < command.Take; count++ {
		if err := receiveOne(receive, emit); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}

	return nil
}

func receiveOne(receive reflect.Value, emit func(any)) error {
	results := receive.Call(nil)

	if err, ok := results[1].Interface().(error); ok {
		return err
	}

	emit(showMessage(results[0].Interface().(proto.Message))) //nolint:forcetypeassert // streams are of messages

	return nil
}

func sendAll(send reflect.Value, command *Command) error {
	for _, text := range command.Arguments {
		message, err := argumentOf(send.Type().In(0), text)
		if err != nil {
			return err
		}

		// The end of a stream that the server ended early shows when the reply is read.
		if err, ok := send.Call([]reflect.Value{message})[0].Interface().(error); ok && !errors.Is(err, io.EOF) {
			return err
		}
	}

	return nil
}
