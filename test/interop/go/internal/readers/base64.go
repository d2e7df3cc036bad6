package readers

import (
	encoding "encoding/base64"

	"go.yaml.in/yaml/v4"
)

// base64 is bytes that are in YAML as base64.
type base64 []byte

// UnmarshalYAML decodes the bytes.
func (b *base64) UnmarshalYAML(node *yaml.Node) error {
	decoded, err := encoding.StdEncoding.DecodeString(node.Value)
	*b = decoded

	return err
}
