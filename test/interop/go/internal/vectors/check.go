package vectors

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"talos-client.test/interop/internal/contract"
)

// Answer is what the TypeScript library made of a vector.
type Answer struct {
	Type  string `json:"type"`
	Index int    `json:"index"`
	// Bytes is the vector as it was given.
	Bytes []byte `json:"bytes"`
	// Ours is the same value, read and written by the library.
	Ours []byte `json:"ours"`
}

// Check compares, with the official code, what a vector holds with what the library wrote.
func Check(t *contract.Type, answer Answer) error {
	goType := typeOf(t, answer.Index)

	want, got := goType.New().Interface(), goType.New().Interface()

	if err := proto.Unmarshal(answer.Bytes, want); err != nil {
		return fmt.Errorf("the vector itself: %w", err)
	}

	if err := proto.Unmarshal(answer.Ours, got); err != nil {
		return fmt.Errorf("the official code refuses it: %w", err)
	}

	// Fields that the type does not have count too: they are to come back as they were.
	if !proto.Equal(want, got) {
		return errors.New("the official code reads another value")
	}

	// Values that are left at their default take no place, and numbers are as short as they can be.
	if size := proto.Size(got); size != len(answer.Ours) {
		return fmt.Errorf("it has %d bytes, the official encoding %d", len(answer.Ours), size)
	}

	if fast, ok := goType.New().Interface().(vtMessage); ok {
		if err := fast.UnmarshalVT(answer.Ours); err != nil {
			return fmt.Errorf("the codec of Talos refuses it: %w", err)
		}

		// It drops some fields that it does not know, so that only those that it does know count here.
		vt := fast.(proto.Message) //nolint:forcetypeassert // it was one above
		DiscardUnknown(want.ProtoReflect())
		DiscardUnknown(vt.ProtoReflect())

		if !proto.Equal(want, vt) {
			return errors.New("the codec of Talos reads another value")
		}
	}

	return nil
}

// DiscardUnknown removes the fields that the type does not have, at every depth.
func DiscardUnknown(message protoreflect.Message) {
	message.SetUnknown(nil)
	eachMessage(message, func(inner protoreflect.Message) { DiscardUnknown(inner) })
}

// eachMessage visits the messages that a message holds, one level down.
func eachMessage(message protoreflect.Message, visit func(protoreflect.Message)) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, entry protoreflect.Value) bool {
					visit(entry.Message())

					return true
				})
			}
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				visit(value.List().Get(i).Message())
			}
		default:
			visit(value.Message())
		}

		return true
	})
}
