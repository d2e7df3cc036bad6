// Package contract reads the project's proto folder and finds, for each of its message types, the
// Go type that the official modules publish.
package contract

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Origin says whose description of a message type the values are built from.
type Origin string

const (
	// Official is a type whose published Go code has the very fields of the contract.
	Official Origin = "official"
	// Differing is a type whose published Go code is of another release than the contract: it lacks
	// fields that the contract has, or the other way round.
	Differing Origin = "differing"
	// Described is a type that no published module has: only its description in the contract is
	// used, with the official protobuf runtime.
	Described Origin = "described"
)

// Type is one message type of the contract.
type Type struct {
	Name string
	// Contract describes the type as the project's proto folder does.
	Contract protoreflect.MessageDescriptor
	// Published is the Go type of the official module; nil when there is none.
	Published protoreflect.MessageType
	Origin    Origin
	// Differences are the lines by which the published type differs from the contract.
	Differences []string
}

// Dynamic is the type built from the project's own description.
func (t *Type) Dynamic() protoreflect.MessageType {
	return dynamicpb.NewMessageType(t.Contract)
}

// Contract is all message types, sorted by name.
type Contract struct {
	Types  []*Type
	Enums  []string
	byName map[string]*Type
}

// Find gives the type called name.
func (c *Contract) Find(name string) (*Type, bool) {
	found, ok := c.byName[name]

	return found, ok
}

// Load compiles every proto file below folder.
func Load(ctx context.Context, folder string) (*Contract, error) {
	paths, err := protoFiles(folder)
	if err != nil {
		return nil, err
	}

	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(
			&protocompile.SourceResolver{ImportPaths: []string{folder}},
		),
	}

	files, err := compiler.Compile(ctx, paths...)
	if err != nil {
		return nil, fmt.Errorf("compiling %s: %w", folder, err)
	}

	contract := &Contract{byName: map[string]*Type{}}

	for _, file := range files {
		contract.addMessages(file.Messages())
		contract.addEnums(file.Enums())
	}

	slices.SortFunc(contract.Types, func(a, b *Type) int { return strings.Compare(a.Name, b.Name) })

	return contract, nil
}

func protoFiles(folder string) ([]string, error) {
	var paths []string

	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".proto" {
			paths = append(paths, path)
		}

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", folder, err)
	}

	if len(paths) == 0 {
		return nil, fmt.Errorf("no proto file below %s", folder)
	}

	return paths, nil
}

func (c *Contract) addMessages(messages protoreflect.MessageDescriptors) {
	for i := range messages.Len() {
		message := messages.Get(i)
		if message.IsMapEntry() {
			continue
		}

		added := match(message)
		c.Types = append(c.Types, added)
		c.byName[added.Name] = added

		c.addMessages(message.Messages())
		c.addEnums(message.Enums())
	}
}

// addEnums notes the differences of enums whose type is published.
func (c *Contract) addEnums(enums protoreflect.EnumDescriptors) {
	for i := range enums.Len() {
		enum := enums.Get(i)

		published, err := protoregistry.GlobalTypes.FindEnumByName(enum.FullName())
		if err != nil {
			continue
		}

		c.Enums = append(c.Enums, compareEnums(published.Descriptor(), enum)...)
	}
}

func match(message protoreflect.MessageDescriptor) *Type {
	found := &Type{Name: string(message.FullName()), Contract: message, Origin: Described}

	published, err := protoregistry.GlobalTypes.FindMessageByName(message.FullName())
	if err != nil {
		return found
	}

	found.Published = published
	found.Differences = compareMessages(published.Descriptor(), message)
	found.Origin = Official

	if len(found.Differences) > 0 {
		found.Origin = Differing
	}

	return found
}
