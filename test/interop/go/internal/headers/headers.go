// Package headers puts Go's HPACK on the other side.
package headers

import (
	"bytes"
	"encoding/json"
	"fmt"

	"golang.org/x/net/http2/hpack"
)

// Field is one field of a header list.
type Field struct {
	Name      []byte `json:"name"`
	Value     []byte `json:"value"`
	Sensitive bool   `json:"sensitive"`
}

// List is what one block holds, and the sizes of the table that the encoder goes through before it.
type List struct {
	Fields     []Field  `json:"fields"`
	TableSizes []uint32 `json:"tableSizes"`
}

// Command is the work of one connection: its lists to encode, or its blocks to decode.
type Command struct {
	ID        int      `json:"id"`
	Do        string   `json:"do"`
	TableSize uint32   `json:"tableSize"`
	Lists     []List   `json:"lists"`
	Blocks    [][]byte `json:"blocks"`
}

// Answer is what became of a command.
type Answer struct {
	ID     int    `json:"id"`
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Decoded is what was read up to the first block that is wrong.
type Decoded struct {
	Lists [][]Field `json:"lists"`
	Error string    `json:"error,omitempty"`
}

// Do does what a line says.
func Do(line json.RawMessage) Answer {
	var command Command

	if err := json.Unmarshal(line, &command); err != nil {
		return Answer{Error: err.Error()}
	}

	switch command.Do {
	case "encode":
		blocks, err := encode(command)
		if err != nil {
			return Answer{ID: command.ID, Error: err.Error()}
		}

		return Answer{ID: command.ID, Result: blocks}
	case "decode":
		return Answer{ID: command.ID, Result: decode(command)}
	default:
		return Answer{ID: command.ID, Error: fmt.Sprintf("no such command: %q", command.Do)}
	}
}

func encode(command Command) ([][]byte, error) {
	var block bytes.Buffer

	encoder := hpack.NewEncoder(&block)
	encoder.SetMaxDynamicTableSizeLimit(command.TableSize)

	blocks := make([][]byte, 0, len(command.Lists))

	for _, list := range command.Lists {
		block.Reset()

		for _, size := range list.TableSizes {
			encoder.SetMaxDynamicTableSize(size)
		}

		for _, field := range list.Fields {
			if err := encoder.WriteField(hpack.HeaderField{
				Name:      string(field.Name),
				Value:     string(field.Value),
				Sensitive: field.Sensitive,
			}); err != nil {
				return nil, err
			}
		}

		blocks = append(blocks, append([]byte{}, block.Bytes()...))
	}

	return blocks, nil
}

func decode(command Command) Decoded {
	decoded := Decoded{Lists: [][]Field{}}
	decoder := hpack.NewDecoder(command.TableSize, nil)

	for _, block := range command.Blocks {
		fields, err := decoder.DecodeFull(block)
		if err != nil {
			decoded.Error = err.Error()

			return decoded
		}

		list := make([]Field, 0, len(fields))
		for _, field := range fields {
			list = append(list, Field{[]byte(field.Name), []byte(field.Value), field.Sensitive})
		}

		decoded.Lists = append(decoded.Lists, list)
	}

	return decoded
}
