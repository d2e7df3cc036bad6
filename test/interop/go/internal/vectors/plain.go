package vectors

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Values that JSON cannot hold are objects with one of these keys, which no field is called.
const (
	bigKey   = "$big"   // a 64-bit integer, in decimal
	bytesKey = "$bytes" // bytes, in base64
	floatKey = "$float" // NaN, Infinity, -Infinity or -0
	mapKey   = "$map"   // a map, as a list of pairs: its keys may be any text
)

// Plain writes a message as the TypeScript library shows it: camel-case names, every scalar and
// list present, absent messages as null, oneofs as {case, value}, enums by name where it has one.
//
// The fields are those of the contract; a published type that lacks one has its default.
func Plain(message protoreflect.Message, contract protoreflect.MessageDescriptor) (json.RawMessage, error) {
	value, err := plainMessage(message, contract)
	if err != nil {
		return nil, err
	}

	return json.Marshal(value)
}

func plainMessage(message protoreflect.Message, contract protoreflect.MessageDescriptor) (map[string]any, error) {
	shown := map[string]any{}

	oneofs := contract.Oneofs()
	for i := range oneofs.Len() {
		if oneof := oneofs.Get(i); !oneof.IsSynthetic() {
			shown[jsonName(string(oneof.Name()))] = map[string]any{"case": nil}
		}
	}

	fields := contract.Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		actual := message.Descriptor().Fields().ByNumber(field.Number())
		present := actual != nil && message.Has(actual)

		oneof := field.ContainingOneof()
		inOneof := oneof != nil && !oneof.IsSynthetic()

		if !present && inOneof {
			continue
		}

		value, err := plainField(message, actual, present, field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.FullName(), err)
		}

		if inOneof {
			shown[jsonName(string(oneof.Name()))] = map[string]any{"case": field.JSONName(), "value": value}
		} else {
			shown[field.JSONName()] = value
		}
	}

	return shown, nil
}

func plainField(
	message protoreflect.Message, actual protoreflect.FieldDescriptor, present bool, field protoreflect.FieldDescriptor,
) (any, error) {
	switch {
	case field.IsMap():
		return plainMap(message, actual, field)
	case field.IsList():
		items := []any{}

		if !present {
			return items, nil
		}

		list := message.Get(actual).List()
		for i := range list.Len() {
			item, err := plainValue(list.Get(i), field)
			if err != nil {
				return nil, err
			}

			items = append(items, item)
		}

		return items, nil
	case !present && field.HasPresence():
		return nil, nil
	case !present:
		return plainValue(field.Default(), field)
	default:
		return plainValue(message.Get(actual), field)
	}
}

func plainMap(message protoreflect.Message, actual, field protoreflect.FieldDescriptor) (any, error) {
	pairs := []any{}

	if actual == nil {
		return map[string]any{mapKey: pairs}, nil
	}

	var failure error

	sortedRange(message.Get(actual).Map(), func(key protoreflect.MapKey, value protoreflect.Value) {
		shown, err := plainValue(value, field.MapValue())
		if err != nil {
			failure = err
		}

		pairs = append(pairs, []any{key.String(), shown})
	})

	return map[string]any{mapKey: pairs}, failure
}

func plainValue(value protoreflect.Value, field protoreflect.FieldDescriptor) (any, error) {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return plainMessage(value.Message(), field.Message())
	case protoreflect.EnumKind:
		if named := field.Enum().Values().ByNumber(value.Enum()); named != nil {
			return string(named.Name()), nil
		}

		return int32(value.Enum()), nil
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return map[string]any{bigKey: strconv.FormatInt(value.Int(), 10)}, nil
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return map[string]any{bigKey: strconv.FormatUint(value.Uint(), 10)}, nil
	case protoreflect.BytesKind:
		return map[string]any{bytesKey: base64.StdEncoding.EncodeToString(value.Bytes())}, nil
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return plainFloat(value.Float()), nil
	default:
		return value.Interface(), nil
	}
}

func plainFloat(value float64) any {
	switch {
	case math.IsNaN(value):
		return map[string]any{floatKey: "NaN"}
	case math.IsInf(value, 1):
		return map[string]any{floatKey: "Infinity"}
	case math.IsInf(value, -1):
		return map[string]any{floatKey: "-Infinity"}
	case value == 0 && math.Signbit(value):
		return map[string]any{floatKey: "-0"}
	default:
		return value
	}
}

// jsonName is the camel-case form that protoc gives a field; oneofs get the same.
func jsonName(name string) string {
	var out []byte

	upper := false

	for i := range len(name) {
		char := name[i]

		switch {
		case char == '_':
			upper = true
		case upper && 'a' <= char && char <= 'z':
			out = append(out, char-'a'+'A')
			upper = false
		default:
			out = append(out, char)
			upper = false
		}
	}

	return string(out)
}
