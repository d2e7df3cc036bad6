package readers

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"
)

// capturedPacket is a packet of a capture.
type capturedPacket struct {
	At time.Time `json:"at"`
	// Captured and Length are bytes: in the capture, and on the wire.
	Captured int `json:"captured"`
	Length   int `json:"length"`
	// Layers are the protocols in it, from the outside in.
	Layers []string `json:"layers"`
	// From and To are the addresses and ports, if it has any.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Problem is what does not decode, or a checksum that is wrong.
	Problem string `json:"problem,omitempty"`
}

// capture is a file of packets.
type capture struct {
	LinkType string           `json:"linkType"`
	Snaplen  uint32           `json:"snaplen"`
	Packets  []capturedPacket `json:"packets"`
}

// readCapture decodes a pcap file, and each packet in it, with the library that Talos writes it with.
func readCapture(content []byte) (any, error) {
	file, err := pcapgo.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}

	read := capture{LinkType: file.LinkType().String(), Snaplen: file.Snaplen(), Packets: []capturedPacket{}}

	for {
		data, info, err := file.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return read, nil
		}

		if err != nil {
			return nil, err
		}

		packet := gopacket.NewPacket(data, file.LinkType(), gopacket.Default)
		shown := capturedPacket{At: info.Timestamp.UTC(), Captured: info.CaptureLength, Length: info.Length, Problem: problemOf(packet)}

		for _, layer := range packet.Layers() {
			shown.Layers = append(shown.Layers, layer.LayerType().String())
		}

		if network, transport := packet.NetworkLayer(), packet.TransportLayer(); network != nil && transport != nil {
			from, to := network.NetworkFlow().Endpoints()
			source, destination := transport.TransportFlow().Endpoints()
			shown.From, shown.To = from.String()+":"+source.String(), to.String()+":"+destination.String()
		}

		read.Packets = append(read.Packets, shown)
	}
}

// problemOf says what is wrong with a packet that is there as a whole.
func problemOf(packet gopacket.Packet) string {
	if packet.Metadata().Truncated {
		return "truncated"
	}

	if failure := packet.ErrorLayer(); failure != nil {
		return failure.Error().Error()
	}

	// The sum of a segment is over the addresses of its packet, too.
	if segment, ok := packet.TransportLayer().(interface {
		SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
	}); ok {
		if err := segment.SetNetworkLayerForChecksum(packet.NetworkLayer()); err != nil {
			return err.Error()
		}
	}

	err, mismatches := packet.VerifyChecksums()
	if err != nil {
		return err.Error()
	}

	for _, mismatch := range mismatches {
		return mismatch.Layer.LayerType().String() + ": wrong checksum"
	}

	return ""
}
