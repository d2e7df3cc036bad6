// Package readers reads what a node gives in formats of others, with the code of those others, and
// says what is in it.
package readers

import "fmt"

// reader says what is in some content, in a form that has a JSON one.
type reader func(content []byte) (any, error)

var readers = map[string]reader{
	"archive":       readArchive,
	"capture":       readCapture,
	"certificate":   readCertificate,
	"configuration": readConfiguration,
	"generation":    readGeneration,
	"kubeconfig":    readKubeconfig,
	"secrets":       readSecrets,
	"snapshot":      readSnapshot,
}

// Read says what is in content of a format.
func Read(format string, content []byte) (any, error) {
	read, ok := readers[format]
	if !ok {
		return nil, fmt.Errorf("no reader of %q", format)
	}

	return read(content)
}
