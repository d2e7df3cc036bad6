package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
)

// Command is what a test tells the cluster to do.
type Command struct {
	ID int    `json:"id"`
	Do string `json:"do"`

	Node     string   `json:"node"`
	Name     string   `json:"name"`
	Text     string   `json:"text"`
	Method   string   `json:"method"`
	Outcome  string   `json:"outcome"`
	Seed     uint64   `json:"seed"`
	Count    int      `json:"count"`
	Flag     bool     `json:"flag"`
	Bytes    []byte   `json:"bytes"`
	Roles    []string `json:"roles"`
	Types    []string `json:"types"`
	LifeMs   int64    `json:"lifeMs"`
	Path     string   `json:"path"`
	Contexts []struct {
		Name      string   `json:"name"`
		Endpoints []string `json:"endpoints"`
		Nodes     []string `json:"nodes"`
		Username  string   `json:"username"`
		Password  string   `json:"password"`
		Cluster   string   `json:"cluster"`
		ProxyURL  string   `json:"proxyUrl"`
		Roles     []string `json:"roles"`
		Bare      bool     `json:"bare"` // without certificates
		Identity  string   `json:"identity"`
	} `json:"contexts"`
	Signed []Signed `json:"signed"`
}

type handler func(ctx context.Context, c *Cluster, command Command) (any, error)

var handlers = map[string]handler{
	"calls": func(_ context.Context, c *Cluster, command Command) (any, error) {
		return c.Journal.Find(command.Method, command.Outcome), nil
	},
	"await": func(ctx context.Context, c *Cluster, command Command) (any, error) {
		return c.Journal.Await(ctx, command.Method, command.Outcome, max(1, command.Count))
	},
	"clear": func(_ context.Context, c *Cluster, _ Command) (any, error) {
		c.Journal.Clear()

		return nil, nil
	},
	"read": func(_ context.Context, c *Cluster, command Command) (any, error) {
		return plainRequest(c.contract, command.Name, command.Bytes)
	},
	"request": func(_ context.Context, c *Cluster, command Command) (any, error) {
		name, encoded, err := SampleRequest(command.Method, command.Seed)
		if err != nil {
			return nil, err
		}

		return plainRequest(c.contract, name, encoded)
	},
	"reply": func(_ context.Context, c *Cluster, command Command) (any, error) {
		name, encoded, err := SampleReply(command.Method, command.Seed)
		if err != nil {
			return nil, err
		}

		return plainRequest(c.contract, name, encoded)
	},
	"issue": func(_ context.Context, c *Cluster, command Command) (any, error) {
		return c.Issue(command.Roles, time.Duration(command.LifeMs)*time.Millisecond, command.Text)
	},
	"renew": onNode(func(_ context.Context, n *Node, _ Command) (any, error) {
		err := n.Renew()

		return map[string]string{"fingerprint": n.Fingerprint}, err
	}),
	"stop": onNode(func(_ context.Context, n *Node, command Command) (any, error) {
		n.Stop(command.Flag)

		return nil, nil
	}),
	"start": onNode(func(_ context.Context, n *Node, _ Command) (any, error) {
		return nil, n.Start()
	}),
	"stage": onNode(func(_ context.Context, n *Node, command Command) (any, error) {
		return nil, n.PublishStage(command.Text, command.Flag)
	}),
	"member": onNode(func(ctx context.Context, n *Node, command Command) (any, error) {
		return nil, n.SetMember(ctx, command.Name, command.Text)
	}),
	"removeMember": onNode(func(ctx context.Context, n *Node, command Command) (any, error) {
		return nil, n.RemoveMember(ctx, command.Name)
	}),
	"crowd": onNode(func(ctx context.Context, n *Node, command Command) (any, error) {
		return nil, n.Crowd(ctx, command.Count)
	}),
	"kinds": onNode(func(ctx context.Context, n *Node, command Command) (any, error) {
		return n.SetKinds(ctx, command.Types, command.Count, command.Seed)
	}),
	"talosconfig": writeTalosconfig,
}

func onNode(do func(context.Context, *Node, Command) (any, error)) handler {
	return func(ctx context.Context, c *Cluster, command Command) (any, error) {
		node, err := c.Node(command.Node)
		if err != nil {
			return nil, err
		}

		return do(ctx, node, command)
	}
}

// Answer is the result of a command.
type Answer struct {
	ID     int    `json:"id"`
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Do carries out one command, given as JSON.
func (c *Cluster) Do(ctx context.Context, text json.RawMessage) Answer {
	var command Command
	if err := json.Unmarshal(text, &command); err != nil {
		return Answer{Error: err.Error()}
	}

	run, ok := handlers[command.Do]
	if !ok {
		run, ok = signingHandlers[command.Do]
	}

	if !ok {
		return Answer{ID: command.ID, Error: fmt.Sprintf("no command %q", command.Do)}
	}

	result, err := run(ctx, c, command)
	if err != nil {
		return Answer{ID: command.ID, Error: err.Error()}
	}

	return Answer{ID: command.ID, Result: result}
}

// writeTalosconfig has the official code write a file, and gives its text.
func writeTalosconfig(_ context.Context, c *Cluster, command Command) (any, error) {
	written := &clientconfig.Config{Context: command.Name, Contexts: map[string]*clientconfig.Context{}}

	for _, asked := range command.Contexts {
		made := &clientconfig.Context{
			Endpoints: asked.Endpoints, Nodes: asked.Nodes, Cluster: asked.Cluster, ProxyURL: asked.ProxyURL,
		}

		if !asked.Bare {
			pair, err := c.Issue(asked.Roles, time.Hour, "")
			if err != nil {
				return nil, err
			}

			made = withCertificates(made, pair)
		}

		if asked.Username != "" {
			made.Auth.Basic = &clientconfig.Basic{Username: asked.Username, Password: asked.Password}
		}

		if asked.Identity != "" {
			made.Auth.SideroV1 = &clientconfig.SideroV1{Identity: asked.Identity}
		}

		written.Contexts[asked.Name] = made
	}

	if command.Path != "" {
		if err := written.Save(command.Path); err != nil {
			return nil, err
		}
	}

	text, err := written.Bytes()

	return string(text), err
}
