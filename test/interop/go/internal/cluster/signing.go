package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/siderolabs/go-api-signature/pkg/pgp"
	"github.com/siderolabs/go-api-signature/pkg/pgp/client"
	"github.com/siderolabs/go-api-signature/pkg/serviceaccount"
)

// Signed is bytes and a signature over them.
type Signed struct {
	Data      []byte `json:"data"`
	Signature []byte `json:"signature"`
}

// keyProvider keeps keys in a folder, as talosctl does.
func keyProvider(folder string) *client.KeyProvider {
	return client.NewKeyProviderWithFallback("talos/keys", folder, "", true)
}

// What there is to try about keys and signatures.
var signingHandlers = map[string]handler{
	"omni": func(_ context.Context, c *Cluster, _ Command) (any, error) {
		return map[string]string{"endpoint": c.Omni.Endpoint, "ca": string(c.ca.pem.Crt)}, nil
	},
	"trustKey": func(_ context.Context, c *Cluster, command Command) (any, error) {
		return nil, c.Omni.Trust(command.Name, command.Text)
	},
	"confirmKey": func(_ context.Context, c *Cluster, command Command) (any, error) {
		return nil, c.Omni.Confirm(command.Text)
	},
	"forgetKeys": func(_ context.Context, c *Cluster, _ Command) (any, error) {
		c.Omni.Forget()

		return nil, nil
	},
	"refuseCalls": func(_ context.Context, c *Cluster, command Command) (any, error) {
		c.Omni.update(func() { c.Omni.refuse = command.Count })

		return nil, nil
	},
	"dropCalls": func(_ context.Context, c *Cluster, command Command) (any, error) {
		c.Omni.update(func() { c.Omni.drop = command.Count })

		return nil, nil
	},
	"signedCalls": func(_ context.Context, c *Cluster, _ Command) (any, error) {
		return c.Omni.Seen(), nil
	},
	"verify": func(_ context.Context, _ *Cluster, command Command) (any, error) {
		key, err := readPublicKey(command.Text)
		if err != nil {
			return nil, err
		}

		failures := []string{}

		for at, signed := range command.Signed {
			if err := key.Verify(signed.Data, signed.Signature); err != nil {
				failures = append(failures, fmt.Sprintf("%d: %s", at, err))
			}
		}

		return failures, nil
	},
	"writeKey": func(_ context.Context, _ *Cluster, command Command) (any, error) {
		provider := keyProvider(command.Path)

		key, err := provider.GenerateKey(command.Name, command.Text, "official v1")
		if err != nil {
			return nil, err
		}

		if _, err = provider.WriteKey(key); err != nil {
			return nil, err
		}

		return describeKey(key.Key, "")
	},
	"readKey": func(_ context.Context, _ *Cluster, command Command) (any, error) {
		key, err := keyProvider(command.Path).ReadValidKey(command.Name, command.Text)
		if err != nil {
			return nil, err
		}

		return describeKey(key.Key, "")
	},
	"serviceAccount": func(_ context.Context, _ *Cluster, command Command) (any, error) {
		key, err := pgp.GenerateKey("official", "service account", command.Name, 24*time.Hour)
		if err != nil {
			return nil, err
		}

		value, err := serviceaccount.Encode(command.Name, key)
		if err != nil {
			return nil, err
		}

		return describeKey(key, value)
	},
}

func describeKey(key *pgp.Key, value string) (any, error) {
	public, err := key.ArmorPublic()

	return map[string]string{"fingerprint": key.Fingerprint(), "public": public, "value": value}, err
}
