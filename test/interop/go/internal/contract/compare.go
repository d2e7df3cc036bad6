package contract

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Added starts the lines about what the contract has and the published module has not: what a
// newer release brought.
const Added = "+ "

// Changed starts the lines about anything else, which no newer release explains by itself.
const Changed = "! "

// compareMessages lists how the contract's description of a message departs from the published one.
func compareMessages(published, contract protoreflect.MessageDescriptor) []string {
	var lines []string

	ours, theirs := contract.Fields(), published.Fields()

	for i := range ours.Len() {
		field := ours.Get(i)

		other := theirs.ByNumber(field.Number())
		if other == nil {
			lines = append(lines, fmt.Sprintf("%s%s = %s", Added, field.FullName(), describe(field)))
		} else if describe(field) != describe(other) {
			lines = append(lines, fmt.Sprintf("%s%s is %s, published as %s",
				Changed, field.FullName(), describe(field), describe(other)))
		}
	}

	for i := range theirs.Len() {
		field := theirs.Get(i)
		if ours.ByNumber(field.Number()) == nil {
			lines = append(lines, fmt.Sprintf("%s%s = %s is missing",
				Changed, field.FullName(), describe(field)))
		}
	}

	return lines
}

// describe writes all that decides how a field looks on the wire and in code.
func describe(field protoreflect.FieldDescriptor) string {
	text := fmt.Sprintf("%s %d %s %s", field.Name(), field.Number(), field.Cardinality(), field.JSONName())

	if field.IsMap() {
		return fmt.Sprintf("%s map of %s to %s", text, kind(field.MapKey()), kind(field.MapValue()))
	}

	text += " " + kind(field)

	if field.IsPacked() {
		text += " packed"
	}

	if field.HasOptionalKeyword() {
		text += " optional"
	} else if oneof := field.ContainingOneof(); oneof != nil {
		text += " in " + string(oneof.Name())
	}

	return text
}

func kind(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return string(field.Message().FullName())
	case protoreflect.EnumKind:
		return string(field.Enum().FullName())
	default:
		return field.Kind().String()
	}
}

// compareEnums lists how the contract's values of an enum depart from the published ones.
func compareEnums(published, contract protoreflect.EnumDescriptor) []string {
	var lines []string

	ours, theirs := contract.Values(), published.Values()

	for i := range ours.Len() {
		value := ours.Get(i)

		other := theirs.ByName(value.Name())
		if other == nil {
			lines = append(lines, fmt.Sprintf("%s%s %s = %d", Added, contract.FullName(), value.Name(), value.Number()))
		} else if other.Number() != value.Number() {
			lines = append(lines, fmt.Sprintf("%s%s %s is %d, published as %d",
				Changed, contract.FullName(), value.Name(), value.Number(), other.Number()))
		}
	}

	for i := range theirs.Len() {
		if value := theirs.Get(i); ours.ByName(value.Name()) == nil {
			lines = append(lines, fmt.Sprintf("%s%s %s is missing", Changed, contract.FullName(), value.Name()))
		}
	}

	return lines
}
