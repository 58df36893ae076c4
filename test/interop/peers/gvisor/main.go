// gVisor's stack on a TUN or TAP device, as a peer of ours. Built from the Debian packages golang-go and golang-gvisor-gvisor-dev
// (peers.ts): gvisor-peer tun|tap DEVICE ADDRESS...
// Port 7 echoes to the end, port 8 answers the first octets with a reset, port 9000 has the servers of bench/tun/kernel-peer.c; what
// it sends there is not the pattern: that client must trust it. On standard input "connect HOST PORT FROM TO" sends the file FROM,
// ends its half, keeps what it hears in the file TO and says "done OCTETS" or "failed WHY". Prints "ready".
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/tun"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
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

func echo(conn *gonet.TCPConn) {
	buffer := make([]byte, 256<<10)
	io.CopyBuffer(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}, buffer)
	conn.Close()
}

// Whoever closes with octets unread resets.
func reset(conn *gonet.TCPConn) {
	var one [1]byte
	conn.Read(one[:])
	conn.Close()
}

func bench(conn *gonet.TCPConn) {
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

func protocolOf(address net.IP) (tcpip.NetworkProtocolNumber, tcpip.Address) {
	if short := address.To4(); short != nil {
		return ipv4.ProtocolNumber, tcpip.Address(short)
	}
	return ipv6.ProtocolNumber, tcpip.Address(address.To16())
}

// For both families.
func listen(host *stack.Stack, port uint16, serve func(*gonet.TCPConn)) {
	listener, err := gonet.ListenTCP(host, tcpip.FullAddress{NIC: 1, Port: port}, ipv6.ProtocolNumber)
	must("listen", err != nil, err)
	go func() {
		for {
			conn, err := listener.Accept()
			must("accept", err != nil, err)
			go serve(conn.(*gonet.TCPConn))
		}
	}()
}

func converse(host *stack.Stack, to string, port uint16, from, heard string) error {
	protocol, address := protocolOf(net.ParseIP(to))
	conn, err := gonet.DialTCP(host, tcpip.FullAddress{NIC: 1, Addr: address, Port: port}, protocol)
	if err != nil {
		return err
	}
	defer conn.Close()
	source, err := os.Open(from)
	must("open", err != nil, err)
	sink, err := os.Create(heard)
	must("create", err != nil, err)
	defer sink.Close()
	go func() {
		io.Copy(struct{ io.Writer }{conn}, source)
		conn.CloseWrite()
		source.Close()
	}()
	count, err := io.Copy(sink, struct{ io.Reader }{conn})
	if err == nil {
		fmt.Println("done", count)
	}
	return err
}

func open(kind, device string) stack.LinkEndpoint {
	options := fdbased.Options{MTU: 1500}
	var fd int
	var err error
	if kind == "tap" {
		fd, err = tun.OpenTAP(device)
		options.EthernetHeader = true
		options.Address = tcpip.LinkAddress("\x02\x00\x00\x67\x76\x01")
	} else {
		fd, err = tun.Open(device)
	}
	must(kind, err != nil, err)
	options.FDs = []int{fd}
	endpoint, err := fdbased.New(&options)
	must("endpoint", err != nil, err)
	return endpoint
}

func main() {
	must("usage: gvisor-peer tun|tap DEVICE ADDRESS...", len(os.Args) < 4, "")
	host := stack.New(stack.Options{
		NetworkProtocols: []stack.NetworkProtocolFactory{arp.NewProtocol, ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{
			tcp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6,
		},
	})
	failure := host.CreateNIC(1, open(os.Args[1], os.Args[2]))
	must("nic", failure != nil, failure)
	for _, text := range os.Args[3:] {
		protocol, address := protocolOf(net.ParseIP(text))
		prefix := tcpip.AddressWithPrefix{Address: address, PrefixLen: 24}
		if protocol == ipv6.ProtocolNumber {
			prefix.PrefixLen = 64
		}
		failure = host.AddProtocolAddress(1, tcpip.ProtocolAddress{Protocol: protocol, AddressWithPrefix: prefix}, stack.AddressProperties{})
		must("address", failure != nil, failure)
	}
	host.SetRouteTable([]tcpip.Route{
		{Destination: header.IPv4EmptySubnet, NIC: 1},
		{Destination: header.IPv6EmptySubnet, NIC: 1},
	})
	sack := tcpip.TCPSACKEnabled(true)
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	tuning := tcpip.TCPModerateReceiveBufferOption(true)
	host.SetTransportProtocolOption(tcp.ProtocolNumber, &tuning)
	listen(host, 7, echo)
	listen(host, 8, reset)
	listen(host, 9000, bench)
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var to, from, heard string
		var port uint16
		if count, _ := fmt.Sscanf(lines.Text(), "connect %s %d %s %s", &to, &port, &from, &heard); count != 4 {
			continue
		}
		if err := converse(host, to, port, from, heard); err != nil {
			fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		}
	}
}
