package cluster

import (
	"context"
	stdtls "crypto/tls"
	"net"
	"net/http"

	"google.golang.org/grpc"
)

// front is what speaks HTTP/2 with the clients of an apid.
type front interface {
	serve(listener net.Listener)
	// stop lets calls end when it is graceful, else it cuts the connections.
	stop(graceful bool)
}

// grpcFront is HTTP/2 of grpc-go, as in Talos.
type grpcFront struct {
	server *grpc.Server
}

func (f grpcFront) serve(listener net.Listener) {
	f.server.Serve(listener) //nolint:errcheck // it ends when it is stopped
}

func (f grpcFront) stop(graceful bool) {
	if graceful {
		f.server.GracefulStop()
	} else {
		f.server.Stop()
	}
}

// httpFront is HTTP/2 of net/http, which hands requests on to the same server.
type httpFront struct {
	http   *http.Server
	server *grpc.Server
}

func newHTTPFront(server *grpc.Server, config *stdtls.Config) httpFront {
	config.NextProtos = []string{"h2"}

	return httpFront{&http.Server{Handler: server, TLSConfig: config}, server} //nolint:gosec // on loopback
}

func (f httpFront) serve(listener net.Listener) {
	f.http.ServeTLS(listener, "", "") //nolint:errcheck // it ends when it is stopped
}

func (f httpFront) stop(graceful bool) {
	if graceful {
		f.http.Shutdown(context.Background()) //nolint:errcheck // it has no deadline
	} else {
		f.http.Close() //nolint:errcheck // nothing depends on it
	}

	f.server.Stop()
}
