package vectors

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"talos-client.test/interop/internal/contract"
)

// Vector is one value: its encoding, and what the official code reads in it.
type Vector struct {
	Type  string          `json:"type"`
	Index int             `json:"index"`
	Bytes []byte          `json:"bytes"`
	Value json.RawMessage `json:"value"`
}

// Maker makes vectors from a seed.
type Maker struct {
	Seed uint64
	// Fields is how many fields a value has before it stops growing.
	Fields int
	// Repeatable leaves out the encoder whose order of map entries differs from run to run.
	Repeatable bool
}

// NewMaker makes values of the usual size.
func NewMaker(seed uint64) *Maker {
	return &Maker{Seed: seed, Fields: maxFields}
}

// typeOf is the Go type that value number index is made with. Of a type that differs from the
// published one, every second value has the fields of the contract instead.
func typeOf(t *contract.Type, index int) protoreflect.MessageType {
	if t.Origin == contract.Described || (t.Origin == contract.Differing && index%2 == 1) {
		return t.Dynamic()
	}

	return t.Published
}

// Make makes value number index of a type: 0 is empty, 1 to 4 aim at an edge, and the rest is
// random.
func (m *Maker) Make(t *contract.Type, index int) (Vector, error) {
	random := newRandom(m.Seed, t.Name, index)
	goType := typeOf(t, index)

	encoded, err := m.encode(random, t, goType, index)
	if err != nil {
		return Vector{}, fmt.Errorf("%s %d: %w", t.Name, index, err)
	}

	// What the official decoder reads is what counts, not what went in.
	return read(t, goType, index, encoded)
}

// Read shows what the official decoder reads in an encoded message.
func Read(t *contract.Type, encoded []byte) (Vector, error) {
	return read(t, typeOf(t, 0), 0, encoded)
}

func read(t *contract.Type, goType protoreflect.MessageType, index int, encoded []byte) (Vector, error) {
	message := goType.New()
	if err := proto.Unmarshal(encoded, message.Interface()); err != nil {
		return Vector{}, fmt.Errorf("%s %d: %w", t.Name, index, err)
	}

	value, err := Plain(message, t.Contract)
	if err != nil {
		return Vector{}, fmt.Errorf("%s %d: %w", t.Name, index, err)
	}

	return Vector{Type: t.Name, Index: index, Bytes: append([]byte{}, encoded...), Value: value}, nil
}

// Fill sets random fields of a message; the same seed gives the same.
func Fill(message protoreflect.Message, seed uint64) {
	description := message.Descriptor()
	random := newRandom(seed, string(description.FullName()), 5)
	newBuilder(random, 5, maxFields).fill(message, description, 0)
}

func (m *Maker) encode(random *rand.Rand, t *contract.Type, goType protoreflect.MessageType, index int) ([]byte, error) {
	first, err := m.one(random, t, goType, index)
	if err != nil || index < 5 {
		return first, err
	}

	switch random.IntN(4) {
	case 0: // two encodings in a row are the encoding of the merged message
		second, err := m.one(random, t, goType, index)

		return slices.Concat(first, second), err
	case 1:
		return shuffled(random, t.Contract, first)
	default:
		return first, nil
	}
}

func (m *Maker) one(random *rand.Rand, t *contract.Type, goType protoreflect.MessageType, index int) ([]byte, error) {
	message := goType.New()

	if index > 0 {
		newBuilder(random, index, m.Fields).fill(message, t.Contract, 0)
	}

	if fast, ok := message.Interface().(vtMessage); ok && !m.Repeatable && index%2 == 1 {
		return fast.MarshalVT()
	}

	return deterministic(message.Interface())
}
