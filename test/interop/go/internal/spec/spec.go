// Package spec runs the cases of h2spec for clients: each is a server that breaks a rule of HTTP/2, or
// keeps it, and judges what the client does then.
package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/summerwind/h2spec/client"
	"github.com/summerwind/h2spec/config"
	h2spec "github.com/summerwind/h2spec/spec"
)

// patience is how long a case waits for what it expects.
const patience = 10 * time.Second

// Case is one case of the suite.
type Case struct {
	Section     string `json:"section"`
	Title       string `json:"title"`
	Requirement string `json:"requirement"`
}

// Verdict is what became of a case.
type Verdict struct {
	Passed   bool     `json:"passed"`
	Expected []string `json:"expected"`
	Actual   string   `json:"actual"`
}

// Line is what the program says of a command.
type Line struct {
	ID     int    `json:"id"`
	Item   any    `json:"item,omitempty"`
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Suite is all cases, in their order.
type Suite []*h2spec.ClientTestCase

// New gives the suite.
func New() Suite {
	return collect(client.Spec())
}

func collect(group *h2spec.ClientTestGroup) Suite {
	suite := Suite(group.Tests)
	for _, inner := range group.Groups {
		suite = append(suite, collect(inner)...)
	}

	return suite
}

// Do does what a line says: lists the cases, or runs one. Before its result, a case reports the port
// that it listens on.
func (s Suite) Do(line json.RawMessage, say func(Line)) {
	var command struct {
		ID   int    `json:"id"`
		Do   string `json:"do"`
		Case int    `json:"case"`
	}

	if err := json.Unmarshal(line, &command); err != nil {
		say(Line{Error: err.Error()})

		return
	}

	switch command.Do {
	case "list":
		say(Line{ID: command.ID, Result: s.list()})
	case "run":
		verdict, err := s.run(command.Case, func(port int) { say(Line{ID: command.ID, Item: port}) })
		if err != nil {
			say(Line{ID: command.ID, Error: err.Error()})

			return
		}

		say(Line{ID: command.ID, Result: verdict})
	default:
		say(Line{ID: command.ID, Error: fmt.Sprintf("no such command: %q", command.Do)})
	}
}

func (s Suite) list() []Case {
	cases := make([]Case, 0, len(s))
	for _, test := range s {
		cases = append(cases, Case{test.Parent.Section, test.Desc, test.Requirement})
	}

	return cases
}

func (s Suite) run(index int, listening func(port int)) (Verdict, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Verdict{}, err
	}

	defer listener.Close() //nolint:errcheck // nothing depends on it

	address, _ := listener.Addr().(*net.TCPAddr) //nolint:errcheck // it listens on TCP
	options := &config.Config{
		Host:         "127.0.0.1",
		Port:         address.Port,
		Timeout:      patience,
		MaxHeaderLen: 4000,
	}

	listening(address.Port)

	socket, err := listener.Accept()
	if err != nil {
		return Verdict{}, err
	}

	// A client that connects again finds nobody.
	listener.Close() //nolint:errcheck // nothing depends on it

	conn, err := h2spec.Accept(options, socket)
	if err != nil {
		return Verdict{}, err
	}

	defer conn.Close() //nolint:errcheck // nothing depends on it

	return judge(s[index].Run(options, conn)), nil
}

func judge(err error) Verdict {
	var broken *h2spec.TestError

	switch {
	case err == nil:
		return Verdict{Passed: true}
	case errors.As(err, &broken):
		return Verdict{Expected: broken.Expected, Actual: broken.Actual}
	default:
		return Verdict{Actual: err.Error()}
	}
}
