package cluster

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

type dataStream = grpc.ServerStreamingServer[common.Data]

// Read makes the file it is asked for: /interop/chunks?count=3&size=1024, or /interop/endless, with
// status=13 for how it ends.
func (s *machineService) Read(request *machine.ReadRequest, stream dataStream) error {
	path, query, _ := strings.Cut(request.GetPath(), "?")

	asked, err := url.ParseQuery(query)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}

	size := numberOf(asked, "size", 1024)

	switch path {
	case "/interop/chunks":
		for at := range numberOf(asked, "count", 1) {
			if err = stream.Send(&common.Data{Bytes: Chunk(at, size)}); err != nil {
				return err
			}
		}
	case "/interop/endless":
		for at := 0; ; at++ {
			if err = stream.Send(&common.Data{Bytes: Chunk(at, size)}); err != nil {
				return err
			}
		}
	case "/interop/silent":
		if err = stream.Send(&common.Data{Bytes: []byte("listening")}); err != nil {
			return err
		}

		<-stream.Context().Done()

		return status.FromContextError(stream.Context().Err()).Err()
	default:
		return status.Errorf(codes.NotFound, "stat %s: no such file or directory", path)
	}

	_, err = answerDirective(stream.Context(), asked)

	return err
}

// Chunk is part number at of the files that Read makes: its number in 8 hex digits, and dots.
func Chunk(at, size int) []byte {
	number := fmt.Sprintf("%08x", at)
	if size < len(number) {
		return []byte(number[:size])
	}

	return append([]byte(number), bytes.Repeat([]byte("."), size-len(number))...)
}

// Logs sends lines, cut without regard to lines or letters; with follow it goes on until cancelled.
func (s *machineService) Logs(request *machine.LogsRequest, stream dataStream) error {
	if request.GetNamespace() == "" && request.GetId() != "kubelet" {
		return status.Error(codes.InvalidArgument, "namespace is required")
	}

	if request.GetTailLines() != 0 {
		text := []byte("eins\nzwei ü 😀\ndrei\n")
		for at := 0; at < len(text); at += 3 {
			if err := stream.Send(&common.Data{Bytes: text[at:min(at+3, len(text))]}); err != nil {
				return err
			}
		}
	}

	if !request.GetFollow() {
		return nil
	}

	<-stream.Context().Done()

	return stream.Context().Err()
}

// EtcdSnapshot sends a database of 512-byte pages and its checksum.
func (s *machineService) EtcdSnapshot(_ *machine.EtcdSnapshotRequest, stream dataStream) error {
	database := bytes.Repeat([]byte("etcd"), 128*40)
	sum := sha256.Sum256(database)
	all := append(database, sum[:]...)

	for at := 0; at < len(all); at += 1024 {
		if err := stream.Send(&common.Data{Bytes: all[at:min(at+1024, len(all))]}); err != nil {
			return err
		}
	}

	return nil
}

// Kubeconfig sends the archive as nodes do: it breaks off after the content of its only file.
func (s *machineService) Kubeconfig(_ *emptypb.Empty, stream dataStream) error {
	content := []byte("apiVersion: v1\nkind: Config\ncurrent-context: admin@interop\n")

	var packed bytes.Buffer

	zipped := gzip.NewWriter(&packed)

	archive := tar.NewWriter(zipped)
	if err := archive.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: "kubeconfig", Size: int64(len(content)), Mode: 0o600,
	}); err != nil {
		return err
	}

	if _, err := archive.Write(content); err != nil {
		return err
	}

	if err := zipped.Close(); err != nil {
		return err
	}

	return stream.Send(&common.Data{Bytes: packed.Bytes()})
}

// List names two files, one of which could not be read.
func (s *machineService) List(request *machine.ListRequest, stream grpc.ServerStreamingServer[machine.FileInfo]) error {
	for _, info := range []*machine.FileInfo{
		{Name: request.GetRoot(), RelativeName: ".", Mode: 1<<31 | 0o755, IsDir: true, Modified: 1_700_000_000},
		{Name: request.GetRoot() + "/ключ", RelativeName: "ключ", Size: 1 << 40, Mode: 0o600},
		{Name: request.GetRoot() + "/broken", Error: "permission denied"},
	} {
		if err := stream.Send(info); err != nil {
			return err
		}
	}

	return nil
}
