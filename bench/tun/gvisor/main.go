// The servers of kernel-peer.c on gVisor's stack behind a TUN device, for comparison. Built by places.ts from the Debian packages
// golang-go and golang-gvisor-gvisor-dev: gvisor-peer DEVICE ADDRESS. What it sends is not the pattern: the client must trust it.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/tun"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

func must(what string, failed bool, why interface{}) {
	if failed {
		fmt.Fprintln(os.Stderr, what, why)
		os.Exit(1)
	}
}

func serve(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 256<<10)
	var command [1]byte
	if _, err := io.ReadFull(conn, command[:]); err != nil {
		return
	}
	switch command[0] {
	case 'S':
		count, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{conn}, buffer)
		var answer [8]byte
		binary.LittleEndian.PutUint64(answer[:], uint64(count))
		conn.Write(answer[:])
	case 'R':
		for {
			if _, err := conn.Write(buffer); err != nil {
				return
			}
		}
	default:
		io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, buffer)
	}
}

func main() {
	must("usage: gvisor-peer DEVICE ADDRESS", len(os.Args) != 3, "")
	fd, err := tun.Open(os.Args[1])
	must("tun", err != nil, err)
	endpoint, err := fdbased.New(&fdbased.Options{FDs: []int{fd}, MTU: 1500})
	must("endpoint", err != nil, err)
	host := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, icmp.NewProtocol4},
	})
	failure := host.CreateNIC(1, endpoint)
	must("nic", failure != nil, failure)
	address := tcpip.Address(net.ParseIP(os.Args[2]).To4())
	failure = host.AddProtocolAddress(1, tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: address.WithPrefix(),
	}, stack.AddressProperties{})
	must("address", failure != nil, failure)
	host.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	sack := tcpip.TCPSACKEnabled(true)
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	tuning := tcpip.TCPModerateReceiveBufferOption(true)
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &tuning)
	listener, err := gonet.ListenTCP(host, tcpip.FullAddress{NIC: 1, Port: 9000}, ipv4.ProtocolNumber)
	must("listen", err != nil, err)
	fmt.Println("ready")
	for {
		conn, err := listener.Accept()
		must("accept", err != nil, err)
		go serve(conn)
	}
}
