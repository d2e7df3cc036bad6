package driver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var (
	messageType  = reflect.TypeFor[proto.Message]()
	contextType  = reflect.TypeFor[context.Context]()
	durationType = reflect.TypeFor[time.Duration]()
	readerType   = reflect.TypeFor[io.Reader]()
	optionType   = reflect.TypeFor[grpc.CallOption]()
	upgradeType  = reflect.TypeFor[client.UpgradeOption]()
)

// argumentsOf gives a method its context and what JSON says of the rest: messages in their JSON
// form, readers as base64, durations in milliseconds, and options as the request they change.
func argumentsOf(ctx context.Context, method reflect.Type, given []json.RawMessage) ([]reflect.Value, error) {
	var arguments []reflect.Value

	for index := range method.NumIn() {
		wanted := method.In(index)

		if method.IsVariadic() && index == method.NumIn()-1 {
			wanted = wanted.Elem()
		}

		switch {
		case wanted == contextType:
			arguments = append(arguments, reflect.ValueOf(ctx))
		case wanted == optionType:
		case len(given) == 0 && method.IsVariadic() && index == method.NumIn()-1:
		case len(given) == 0:
			return nil, fmt.Errorf("argument %d, a %s, is missing", index, wanted)
		default:
			argument, err := argumentOf(wanted, given[0])
			if err != nil {
				return nil, fmt.Errorf("argument %d: %w", index, err)
			}

			arguments = append(arguments, argument)
			given = given[1:]
		}
	}

	if len(given) > 0 {
		return nil, fmt.Errorf("%d arguments too many", len(given))
	}

	return arguments, nil
}

func argumentOf(wanted reflect.Type, given json.RawMessage) (reflect.Value, error) {
	switch {
	case wanted.Implements(messageType):
		message := reflect.New(wanted.Elem())

		return message, protojson.Unmarshal(given, message.Interface().(proto.Message)) //nolint:forcetypeassert // just checked
	case wanted == readerType:
		var content []byte

		err := json.Unmarshal(given, &content)

		return reflect.ValueOf(bytes.NewReader(content)), err
	case wanted == durationType:
		var milliseconds int64

		err := json.Unmarshal(given, &milliseconds)

		return reflect.ValueOf(time.Duration(milliseconds) * time.Millisecond), err
	case wanted == upgradeType:
		option, err := upgradeOf(given)

		return reflect.ValueOf(option), err
	case wanted.Kind() == reflect.Func:
		return optionOf(wanted, given)
	default:
		value := reflect.New(wanted)

		return value.Elem(), json.Unmarshal(given, value.Interface())
	}
}

// optionOf makes an option that adds to the request what a JSON object says.
func optionOf(wanted reflect.Type, given json.RawMessage) (reflect.Value, error) {
	if wanted.NumIn() != 1 || !wanted.In(0).Implements(messageType) {
		return reflect.Value{}, fmt.Errorf("a %s cannot be made from JSON", wanted)
	}

	addition := reflect.New(wanted.In(0).Elem()).Interface().(proto.Message) //nolint:forcetypeassert // just checked
	if err := protojson.Unmarshal(given, addition); err != nil {
		return reflect.Value{}, err
	}

	return reflect.MakeFunc(wanted, func(in []reflect.Value) []reflect.Value {
		proto.Merge(in[0].Interface().(proto.Message), addition) //nolint:forcetypeassert // likewise

		return nil
	}), nil
}

// upgradeOf makes the options of an upgrade, which have a form of their own, one.
func upgradeOf(given json.RawMessage) (client.UpgradeOption, error) {
	var asked machine.UpgradeRequest
	if err := protojson.Unmarshal(given, &asked); err != nil {
		return nil, err
	}

	return func(options *client.UpgradeOptions) {
		client.WithUpgradeImage(asked.GetImage())(options)
		client.WithUpgradeStage(asked.GetStage())(options)
		client.WithUpgradeForce(asked.GetForce())(options)
		client.WithUpgradeRebootMode(asked.GetRebootMode())(options)
	}, nil
}
