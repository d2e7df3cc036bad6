// Package vectors makes values of message types with the official code, and checks what the
// TypeScript library makes of them.
package vectors

import (
	"hash/fnv"
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The depth of messages in messages, and how many fields a value has before it stops growing.
const (
	maxDepth  = 6
	maxFields = 160
)

// builder fills one message with values.
type builder struct {
	random  *rand.Rand
	style   style
	density int // in how many of 8 cases a field is set
	unknown bool
	left    int
}

// newRandom gives the same numbers for the same seed, type and index, whichever others are made.
func newRandom(seed uint64, name string, index int) *rand.Rand {
	hash := fnv.New64a()
	hash.Write([]byte(name)) //nolint:errcheck // a hash never fails

	return rand.New(rand.NewPCG(seed, hash.Sum64()+uint64(index)))
}

func newBuilder(random *rand.Rand, index, fields int) *builder {
	b := &builder{random: random, density: 8, left: fields}

	switch index {
	case 1:
		b.style = styleZero
	case 2:
		b.style = styleHighest
	case 3:
		b.style = styleLowest
	case 4:
		b.style = styleForeign
	default:
		b.density = 1 + random.IntN(8)
		b.unknown = random.IntN(4) == 0
	}

	return b
}

// fill sets the fields that the contract names.
func (b *builder) fill(message protoreflect.Message, contract protoreflect.MessageDescriptor, depth int) {
	fields := contract.Fields()
	order := b.random.Perm(fields.Len())

	for _, at := range order {
		field := fields.Get(at)

		actual := message.Descriptor().Fields().ByNumber(field.Number())
		if actual == nil || b.left <= 0 || b.random.IntN(8) >= b.density {
			continue
		}

		b.left--
		b.set(message, actual, field, depth)
	}

	if b.unknown && b.random.IntN(2) == 0 {
		message.SetUnknown(b.unknownFields(fields, message.Descriptor().Fields()))
	}
}

func (b *builder) set(message protoreflect.Message, actual, field protoreflect.FieldDescriptor, depth int) {
	switch {
	case actual.IsMap():
		entries := message.Mutable(actual).Map()

		for range b.count() {
			key := b.scalar(actual.MapKey()).MapKey()
			if actual.MapValue().Message() == nil {
				entries.Set(key, b.scalar(actual.MapValue()))
			} else if depth < maxDepth {
				value := entries.NewValue()
				b.fill(value.Message(), field.MapValue().Message(), depth+1)
				entries.Set(key, value)
			}
		}
	case actual.IsList():
		list := message.Mutable(actual).List()

		for range b.count() {
			if actual.Message() == nil {
				list.Append(b.scalar(actual))
			} else if depth < maxDepth {
				b.fill(list.AppendMutable().Message(), field.Message(), depth+1)
			}
		}
	case actual.Message() != nil:
		if depth < maxDepth {
			b.fill(message.Mutable(actual).Message(), field.Message(), depth+1)
		}
	default:
		message.Set(actual, b.scalar(actual))
	}
}

func (b *builder) count() int {
	if b.style != styleRandom {
		return 1
	}

	return pick(b.random, 0, 1, 1, 2, 2, 3, 5)
}

// unknownFields is what a newer node could send: fields with numbers that neither the contract nor
// the published type has.
func (b *builder) unknownFields(contract, published protoreflect.FieldDescriptors) []byte {
	var out []byte

	for range 1 + b.random.IntN(3) {
		number := protowire.Number(1 + b.random.IntN(pick(b.random, 15, 2047, 262143, int(protowire.MaxValidNumber))))
		reserved := number >= protowire.FirstReservedNumber && number <= protowire.LastReservedNumber

		if reserved || contract.ByNumber(number) != nil || published.ByNumber(number) != nil {
			continue
		}

		switch b.random.IntN(5) {
		case 0:
			out = protowire.AppendVarint(protowire.AppendTag(out, number, protowire.VarintType), b.random.Uint64())
		case 1:
			out = protowire.AppendFixed32(protowire.AppendTag(out, number, protowire.Fixed32Type), b.random.Uint32())
		case 2:
			out = protowire.AppendFixed64(protowire.AppendTag(out, number, protowire.Fixed64Type), b.random.Uint64())
		case 3:
			out = protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), b.bytes())
		default:
			out = protowire.AppendTag(out, number, protowire.StartGroupType)
			out = protowire.AppendVarint(protowire.AppendTag(out, 1, protowire.VarintType), b.random.Uint64())
			out = protowire.AppendBytes(protowire.AppendTag(out, 2, protowire.BytesType), b.bytes())
			out = protowire.AppendTag(out, number, protowire.EndGroupType)
		}
	}

	return out
}
