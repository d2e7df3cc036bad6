module talos-client.test/interop

go 1.26.4

// The published Talos module needs this fork; a replacement does not reach the modules that use it.
replace github.com/mdlayher/ethtool => github.com/siderolabs/ethtool v0.6.0-sidero

require (
	github.com/bufbuild/protocompile v0.14.1
	github.com/cosi-project/runtime v1.16.2
	github.com/siderolabs/talos/pkg/machinery v1.14.0-alpha.2
	google.golang.org/genproto/googleapis/api v0.0.0-20260618152121-87f3d3e198d3
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260615183401-62b3387ff324
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/grpc-ecosystem/grpc-gateway/v2 v2.29.0 // indirect
	github.com/planetscale/vtprotobuf v0.6.1-0.20250313105119-ba97887b0a25 // indirect
	golang.org/x/net v0.56.0 // indirect
	golang.org/x/sync v0.21.0 // indirect
	golang.org/x/sys v0.46.0 // indirect
	golang.org/x/text v0.38.0 // indirect
	google.golang.org/grpc v1.83.0 // indirect
)
