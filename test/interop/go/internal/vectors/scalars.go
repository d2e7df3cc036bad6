package vectors

import (
	"math"
	"math/rand/v2"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// style is what a whole value aims at.
type style int

const (
	styleRandom  style = iota // anything
	styleZero                 // every field there, and zero where that shows on the wire
	styleHighest              // every number at its highest, texts long
	styleLowest               // every number at its lowest
	styleForeign              // texts of every kind of letter
)

func pick[T any](random *rand.Rand, choices ...T) T {
	return choices[random.IntN(len(choices))]
}

var texts = []string{
	"", "a", "0", "-1", "true", "null", "__proto__", "constructor", "toString", "hasOwnProperty", "\x00", "a\x00b", "\t\r\n",
	"\u007f\u0080\u00ff", "Übergrößenträger", "naïve café", "e\u0301 decomposed", "Ωμέγα", "Кубернетес", "日本語のテキスト",
	"한국어", "مرحبا بالعالم", "שלום", "हिन्दी", "ไทย", "😀🚀🧪", "👩‍👩‍👧‍👦", "\U0001f1e9\U0001f1ea", "\ufeffbom", "\u2028\u2029", "\ufffd", "\ufffe\uffff",
	"\U0010ffff", "\u202eright to left", "a\u200bb", "10.5.0.2", "2001:db8::1", "os:admin", `"quoted" \ <&>`, "{{template}}", "${eval}", "*/ comment",
	strings.Repeat("x", 127), strings.Repeat("y", 128), strings.Repeat("ü", 64), strings.Repeat("漢", 43),
}

func (b *builder) text() string {
	switch b.style {
	case styleZero:
		return ""
	case styleHighest:
		return strings.Repeat("longest ", 20)
	case styleForeign:
		return texts[12+b.random.IntN(len(texts)-12)]
	default:
	}

	if b.random.IntN(2) == 0 {
		return pick(b.random, texts...)
	}

	var out strings.Builder

	for range b.random.IntN(24) {
		// Surrogates are no characters; every other code point may come.
		char := rune(b.random.IntN(pick(b.random, 0x80, 0x800, 0x10000, 0x110000)))
		if char < 0xd800 || char > 0xdfff {
			out.WriteRune(char)
		}
	}

	return out.String()
}

func (b *builder) bytes() []byte {
	if b.style == styleZero {
		return []byte{}
	}

	out := make([]byte, pick(b.random, 0, 1, 2, 16, 32, 127, 128))
	for i := range out {
		out[i] = byte(b.random.Uint32())
	}

	return out
}

func (b *builder) float(highest, smallest float64, random func() float64) float64 {
	switch b.style {
	case styleZero:
		return 0
	case styleHighest:
		return highest
	case styleLowest:
		return -highest
	default:
	}

	if b.random.IntN(2) == 0 {
		return pick(b.random, 0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), highest, -highest, smallest, -smallest, 1, -1, 0.1, 1e-9, 16777217)
	}

	return random()
}

func (b *builder) signed(bits int) int64 {
	lowest := int64(-1) << (bits - 1)
	highest := -(lowest + 1)

	switch b.style {
	case styleZero:
		return 0
	case styleHighest:
		return highest
	case styleLowest:
		return lowest
	default:
	}

	if b.random.IntN(2) == 0 {
		return pick(b.random, 0, 1, -1, 127, 128, -128, 16383, 16384, lowest, highest, lowest+1, highest-1)
	}

	return int64(b.random.Uint64()) >> (64 - bits) >> b.random.IntN(bits)
}

func (b *builder) unsigned(bits int) uint64 {
	highest := uint64(math.MaxUint64) >> (64 - bits)

	switch b.style {
	case styleZero, styleLowest:
		return 0
	case styleHighest:
		return highest
	default:
	}

	if b.random.IntN(2) == 0 {
		return pick(b.random, 0, 1, 127, 128, 16383, 16384, highest, highest-1, highest>>1, highest>>1+1)
	}

	return b.random.Uint64() >> (64 - bits) >> b.random.IntN(bits)
}

func (b *builder) enum(values protoreflect.EnumValueDescriptors) protoreflect.EnumNumber {
	switch b.style {
	case styleZero:
		return 0
	case styleHighest:
		return math.MaxInt32
	case styleLowest:
		return math.MinInt32
	default:
	}

	if b.random.IntN(8) == 0 {
		return protoreflect.EnumNumber(pick[int32](b.random, -1, 1000003, math.MaxInt32, math.MinInt32, 77))
	}

	return values.Get(b.random.IntN(values.Len())).Number()
}

// scalar makes a value for any field that holds no message.
func (b *builder) scalar(field protoreflect.FieldDescriptor) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(b.style != styleZero && b.style != styleLowest && b.random.IntN(3) > 0)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(b.text())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(b.bytes())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(b.enum(field.Enum().Values()))
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(b.float(math.MaxFloat32, math.SmallestNonzeroFloat32, func() float64 {
			return float64(math.Float32frombits(b.random.Uint32()))
		})))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(b.float(math.MaxFloat64, math.SmallestNonzeroFloat64, func() float64 {
			return math.Float64frombits(b.random.Uint64())
		}))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(b.signed(64))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(b.unsigned(64))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(b.unsigned(32)))
	default:
		return protoreflect.ValueOfInt32(int32(b.signed(32)))
	}
}
