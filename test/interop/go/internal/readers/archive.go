package readers

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// archivedFile is an entry of an archive.
type archivedFile struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Mode     string    `json:"mode"`
	Size     int64     `json:"size"`
	Target   string    `json:"target,omitempty"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256,omitempty"`
}

// readArchive unpacks a gzipped tar archive with Go's own packages, as talosctl does.
func readArchive(content []byte) (any, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}

	files := []archivedFile{}

	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		file := archivedFile{
			Name: header.Name, Kind: string(header.Typeflag), Mode: header.FileInfo().Mode().String(), Size: header.Size,
			Target: header.Linkname, Modified: header.ModTime.UTC(),
		}

		if header.Typeflag == tar.TypeReg {
			sum := sha256.New()
			if _, err = io.Copy(sum, archive); err != nil {
				return nil, fmt.Errorf("%s: %w", header.Name, err)
			}

			file.SHA256 = hex.EncodeToString(sum.Sum(nil))
		}

		files = append(files, file)
	}

	// The checksum of the whole is at its end.
	if _, err = io.Copy(io.Discard, unzipped); err != nil {
		return nil, err
	}

	return files, unzipped.Close()
}
