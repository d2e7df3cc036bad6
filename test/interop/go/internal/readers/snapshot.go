package readers

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

// snapshot is what a snapshot of etcd has, as etcd sees it.
type snapshot struct {
	// Buckets are the numbers of keys in each bucket.
	Buckets map[string]int `json:"buckets"`
	// Revision is the newest of the keys, and Keys are their names.
	Revision int64    `json:"revision"`
	Keys     []string `json:"keys"`
	// ConsistentIndex is the last entry of the raft log that is in the database.
	ConsistentIndex uint64   `json:"consistentIndex"`
	Members         []member `json:"members"`
	// FileBytes is the size of the database, and InUseBytes what etcd counts of it as used.
	FileBytes  int64 `json:"fileBytes"`
	InUseBytes int64 `json:"inUseBytes"`
}

// member is a member of etcd as its database has it.
type member struct {
	// ID is the identity in hexadecimal digits, the key of the record.
	ID         string   `json:"hexId"`
	Name       string   `json:"name"`
	PeerURLs   []string `json:"peerURLs"`
	ClientURLs []string `json:"clientURLs"`
}

// readSnapshot checks the sum at the end of a snapshot, opens the database in it with etcd's own
// library, has that check every page, and reads every key.
func readSnapshot(content []byte) (any, error) {
	database := len(content) - sha256.Size
	if database < 0 || database%512 != 0 {
		return nil, fmt.Errorf("a snapshot of %d bytes has no checksum", len(content))
	}

	if sum := sha256.Sum256(content[:database]); !bytes.Equal(sum[:], content[database:]) {
		return nil, errors.New("the checksum is another")
	}

	folder, err := os.MkdirTemp("", "interop-snapshot-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // it is temporary

	path := filepath.Join(folder, "db")
	if err = os.WriteFile(path, content[:database], 0o600); err != nil {
		return nil, err
	}

	opened, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true, PreLoadFreelist: true})
	if err != nil {
		return nil, err
	}
	defer opened.Close() //nolint:errcheck // it is only read

	read := &snapshot{Buckets: map[string]int{}}

	if err = opened.View(read.take); err != nil {
		return nil, err
	}

	read.InUseBytes = read.FileBytes - int64(opened.Stats().FreePageN*opened.Info().PageSize)

	return read, nil
}

func (s *snapshot) take(tx *bolt.Tx) error {
	var problems []error
	for problem := range tx.Check() {
		problems = append(problems, problem)
	}

	s.FileBytes = tx.Size()

	return errors.Join(append(problems, tx.ForEach(func(name []byte, bucket *bolt.Bucket) error {
		s.Buckets[string(name)] = 0

		return bucket.ForEach(func(key, value []byte) error {
			s.Buckets[string(name)]++

			return s.takeEntry(string(name), key, value)
		})
	}))...)
}

func (s *snapshot) takeEntry(bucket string, key, value []byte) error {
	switch {
	case bucket == "key":
		return s.takeKey(key, value)
	case bucket == "members":
		return s.takeMember(key, value)
	case bucket == "meta" && string(key) == "consistent_index":
		s.ConsistentIndex = binary.BigEndian.Uint64(value)
	}

	return nil
}

func (s *snapshot) takeKey(key, value []byte) error {
	if len(key) < 17 || key[8] != '_' {
		return fmt.Errorf("%x is no revision", key)
	}

	var pair mvccpb.KeyValue
	if err := pair.Unmarshal(value); err != nil {
		return err
	}

	revision := int64(binary.BigEndian.Uint64(key)) //nolint:gosec // revisions are signed
	if pair.ModRevision != revision {
		return fmt.Errorf("%s has revision %d in the record of %d", pair.Key, pair.ModRevision, revision)
	}

	s.Revision = max(s.Revision, revision)
	s.Keys = append(s.Keys, string(pair.Key))

	return nil
}

func (s *snapshot) takeMember(key, value []byte) error {
	var found struct {
		member

		Number uint64 `json:"id"`
	}

	if err := json.Unmarshal(value, &found); err != nil {
		return err
	}

	found.ID = strconv.FormatUint(found.Number, 16)
	if found.ID != string(key) {
		return fmt.Errorf("member %s is under %s", found.ID, key)
	}

	s.Members = append(s.Members, found.member)

	return nil
}
