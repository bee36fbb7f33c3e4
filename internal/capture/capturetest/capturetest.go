// Package capturetest makes packet captures of conversations, for tests of what
// reads them: [Packets] turns a trace into IP packets, which a test may drop,
// repeat or reorder, and [PCAP] and [PCAPNG] write them as a file.
package capturetest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Packet is an IP packet and the time when it was captured.
type Packet struct {
	At time.Duration // since the epoch
	IP []byte
}

// Options say how a conversation goes over the network.
type Options struct {
	Client, Server netip.AddrPort // the zero value means 192.0.2.1:50000 and 192.0.2.2:80
	Segment        int            // most octets of a segment; 0 means 1,000
	Start          time.Duration  // of the first packet, since the epoch
	FirstSequence  uint32         // of the client; the server's is 1,000,000 more
}

// The flags of a TCP segment.
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

// end is one end of the connection under way.
type end struct {
	addr netip.AddrPort
	next uint32
}

// Packets returns the packets of a TCP connection that carries the trace, from
// the first SYN on, with an acknowledgment for each segment.
func Packets(t *oracle.Trace, o Options) []Packet {
	o.Segment = cmp.Or(o.Segment, 1000)
	client := &end{netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), 50000), o.FirstSequence}
	server := &end{netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), 80), o.FirstSequence + 1_000_000}
	if o.Client.IsValid() {
		client.addr, server.addr = o.Client, o.Server
	}
	var packets []Packet
	send := func(at time.Duration, from, to *end, flags byte, data []byte) {
		packets = append(packets, Packet{o.Start + at, ip(from, to, flags, data)})
		from.next += uint32(len(data))
		if flags&(flagSYN|flagFIN) != 0 {
			from.next++
		}
	}
	send(0, client, server, flagSYN, nil)
	send(0, server, client, flagSYN|flagACK, nil)
	send(0, client, server, flagACK, nil)
	for i := range t.Events {
		ev := &t.Events[i]
		from, to := client, server
		if received(ev.Kind) == (t.Role == wsproto.Client) {
			from, to = server, client
		}
		switch ev.Kind {
		case oracle.EventSent, oracle.EventReceived:
			for data := ev.Data; len(data) > 0; {
				n := min(len(data), o.Segment)
				send(ev.At, from, to, flagACK, data[:n])
				send(ev.At, to, from, flagACK, nil)
				data = data[n:]
			}
		case oracle.EventSentEOF, oracle.EventReceivedEOF, oracle.EventClosed:
			send(ev.At, from, to, flagFIN|flagACK, nil)
			send(ev.At, to, from, flagACK, nil)
		case oracle.EventSentReset, oracle.EventReceivedReset:
			send(ev.At, from, to, flagRST|flagACK, nil)
		}
	}
	return packets
}

func received(k oracle.EventKind) bool {
	return k == oracle.EventReceived || k == oracle.EventReceivedEOF || k == oracle.EventReceivedReset
}

// ip returns a TCP segment in an IP packet. Checksums are left at 0, as they
// often are where a packet was captured before the network card filled them in.
func ip(from, to *end, flags byte, data []byte) []byte {
	var b []byte
	if from.addr.Addr().Is4() {
		b = append(b, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+20+len(data)))
		b = append(b, 0, 0, 0x40, 0, 64, 6, 0, 0)
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+len(data)))
		b = append(b, 6, 64)
	}
	b = append(b, from.addr.Addr().AsSlice()...)
	b = append(b, to.addr.Addr().AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, from.addr.Port())
	b = binary.BigEndian.AppendUint16(b, to.addr.Port())
	b = binary.BigEndian.AppendUint32(b, from.next)
	b = binary.BigEndian.AppendUint32(b, to.next)
	b = append(b, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	return append(b, data...)
}

// Link is a link layer, by its LINKTYPE value.
type Link uint32

// The link layers that a file can be written with.
const (
	LinkNull     Link = 0
	LinkEthernet Link = 1
	LinkRaw      Link = 101
	LinkSLL      Link = 113
	LinkSLL2     Link = 276
)

// frame puts the link layer before an IP packet.
func (l Link) frame(ip []byte) []byte {
	etherType := []byte{0x08, 0x00}
	if ip[0]>>4 == 6 {
		etherType = []byte{0x86, 0xdd}
	}
	var b []byte
	switch l {
	case LinkNull:
		b = []byte{2, 0, 0, 0}
	case LinkEthernet:
		// With a VLAN tag, which few captures have and all may.
		b = append(append(make([]byte, 12), 0x81, 0x00, 0, 7), etherType...)
	case LinkSLL:
		b = append(make([]byte, 14), etherType...)
	case LinkSLL2:
		b = append(etherType, make([]byte, 18)...)
	}
	return append(b, ip...)
}

// PCAP writes packets as a pcap file with times in microseconds.
func PCAP(order binary.AppendByteOrder, link Link, packets []Packet) []byte {
	b := order.AppendUint32(nil, 0xa1b2c3d4)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, uint32(link))
	for _, p := range packets {
		data := link.frame(p.IP)
		b = order.AppendUint32(b, uint32(p.At/time.Second))
		b = order.AppendUint32(b, uint32(p.At%time.Second/time.Microsecond))
		b = order.AppendUint32(b, uint32(len(data)))
		b = order.AppendUint32(b, uint32(len(data)))
		b = append(b, data...)
	}
	return b
}

// PCAPNG writes packets as a pcapng file with times in nanoseconds, and with a
// block of a kind that readers have to skip.
func PCAPNG(order binary.AppendByteOrder, link Link, packets []Packet) []byte {
	block := func(b []byte, kind uint32, body []byte) []byte {
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
		size := uint32(len(body) + 12)
		b = order.AppendUint32(b, kind)
		b = order.AppendUint32(b, size)
		b = append(b, body...)
		return order.AppendUint32(b, size)
	}
	section := order.AppendUint32(nil, 0x1a2b3c4d)
	section = order.AppendUint16(section, 1)
	section = order.AppendUint16(section, 0)
	section = order.AppendUint64(section, ^uint64(0))
	b := block(nil, 0x0a0d0d0a, section)

	described := order.AppendUint16(nil, uint16(link))
	described = order.AppendUint16(described, 0)
	described = order.AppendUint32(described, 65535)
	described = order.AppendUint16(described, 9) // the resolution: 10^-9
	described = order.AppendUint16(described, 1)
	described = append(described, 9, 0, 0, 0, 0, 0, 0, 0)
	b = block(b, 1, described)
	b = block(b, 5, []byte("statistics"))
	for _, p := range packets {
		data := link.frame(p.IP)
		body := order.AppendUint32(nil, 0)
		body = order.AppendUint32(body, uint32(uint64(p.At)>>32))
		body = order.AppendUint32(body, uint32(p.At))
		body = order.AppendUint32(body, uint32(len(data)))
		body = order.AppendUint32(body, uint32(len(data)))
		b = block(b, 6, append(body, data...))
	}
	return b
}

// Gzip returns a file as gzip compresses it.
func Gzip(file []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(file) // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}
