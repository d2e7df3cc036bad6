package vectors

import (
	"math/rand/v2"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// sortedRange visits a map in the order of its keys' text, so that a seed always gives the same.
func sortedRange(entries protoreflect.Map, visit func(protoreflect.MapKey, protoreflect.Value)) {
	var keys []protoreflect.MapKey

	entries.Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, key)

		return true
	})

	slices.SortFunc(keys, func(a, b protoreflect.MapKey) int { return strings.Compare(a.String(), b.String()) })

	for _, key := range keys {
		visit(key, entries.Get(key))
	}
}

// vtMessage is a message with the faster codec that Talos itself uses.
type vtMessage interface {
	MarshalVT() ([]byte, error)
	UnmarshalVT([]byte) error
}

// deterministic is the encoding that depends on the value alone.
func deterministic(message proto.Message) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(message)
}

// shuffled gives another valid encoding of the same message: fields of different numbers change
// places, and packed lists are written one element at a time.
func shuffled(random *rand.Rand, contract protoreflect.MessageDescriptor, encoded []byte) ([]byte, error) {
	var groups [][]byte

	place := map[protowire.Number]int{}

	for len(encoded) > 0 {
		number, kind, tagLength := protowire.ConsumeTag(encoded)
		if tagLength < 0 {
			return nil, protowire.ParseError(tagLength)
		}

		length := protowire.ConsumeFieldValue(number, kind, encoded[tagLength:])
		if length < 0 {
			return nil, protowire.ParseError(length)
		}

		value := encoded[tagLength : tagLength+length]
		piece := encoded[:tagLength+length]

		if field := contract.Fields().ByNumber(number); field != nil && field.IsPacked() && kind == protowire.BytesType {
			piece = unpacked(field, value)
		}

		// A number keeps the order among its own, and oneof members never come together.
		if at, seen := place[number]; seen {
			groups[at] = slices.Concat(groups[at], piece)
		} else {
			place[number] = len(groups)
			groups = append(groups, slices.Clone(piece))
		}

		encoded = encoded[tagLength+length:]
	}

	random.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })

	return slices.Concat(groups...), nil
}

func unpacked(field protoreflect.FieldDescriptor, value []byte) []byte {
	elements, _ := protowire.ConsumeBytes(value)

	kind := protowire.VarintType

	switch field.Kind() {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		kind = protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		kind = protowire.Fixed64Type
	default:
	}

	var out []byte

	for len(elements) > 0 {
		length := protowire.ConsumeFieldValue(field.Number(), kind, elements)
		if length < 0 {
			return protowire.AppendBytes(protowire.AppendTag(nil, field.Number(), protowire.BytesType), elements)
		}

		out = protowire.AppendTag(out, field.Number(), kind)
		out = append(out, elements[:length]...)
		elements = elements[length:]
	}

	return out
}
