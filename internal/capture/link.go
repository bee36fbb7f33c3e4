package capture

import (
	"cmp"
	"encoding/binary"
	"net/netip"
)

// linkType is what a captured packet begins with (the LINKTYPE values that
// both formats share).
type linkType uint16

const (
	linkNull     linkType = 0   // loopback, in the order of the machine's octets
	linkEthernet linkType = 1   //
	linkRaw12    linkType = 12  // raw IP, by the number that some systems have for it
	linkRaw14    linkType = 14  // raw IP, by another
	linkRaw      linkType = 101 // raw IP
	linkLoop     linkType = 108 // loopback, in network order
	linkSLL      linkType = 113 // Linux "any"
	linkIPv4     linkType = 228
	linkIPv6     linkType = 229
	linkSLL2     linkType = 276 // Linux "any", second version
)

// The protocols below TCP.
const (
	etherIPv4  = 0x0800
	etherIPv6  = 0x86dd
	etherVLAN  = 0x8100
	etherQinQ  = 0x88a8
	etherQinQ1 = 0x9100

	protocolTCP = 6
)

// segment is a TCP segment.
type segment struct {
	from, to           netip.AddrPort
	seq, ack           uint32
	syn, fin, rst, has bool   // has: ack counts
	data               []byte // what was captured of it
	size               int    // octets of data, captured or not
}

// tcpOf finds the TCP segment in a packet. ok is false for a packet that holds
// none, or not enough of one.
func tcpOf(p packet) (s segment, ok bool) {
	ip, ok := ipOf(p.link, p.data)
	if !ok || len(ip) == 0 {
		return s, false
	}
	switch ip[0] >> 4 {
	case 4:
		return overIPv4(ip)
	case 6:
		return overIPv6(ip)
	}
	return s, false
}

// ipOf takes the link layer off.
func ipOf(link linkType, b []byte) ([]byte, bool) {
	header, proto := 0, -2 // where the EtherType stands; -2: there is none
	switch link {
	case linkNull, linkLoop:
		header = 4
	case linkRaw, linkRaw12, linkRaw14, linkIPv4, linkIPv6:
	case linkEthernet:
		header, proto = 14, 12
	case linkSLL:
		header, proto = 16, 14
	case linkSLL2:
		header, proto = 20, 0
	default:
		return nil, false
	}
	if len(b) < header {
		return nil, false
	}
	if proto < 0 {
		return b[header:], true
	}
	kind := binary.BigEndian.Uint16(b[proto:])
	b = b[header:]
	for kind == etherVLAN || kind == etherQinQ || kind == etherQinQ1 {
		if len(b) < 4 {
			return nil, false
		}
		kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	return b, kind == etherIPv4 || kind == etherIPv6
}

func overIPv4(b []byte) (s segment, ok bool) {
	if len(b) < 20 {
		return s, false
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	fragment := binary.BigEndian.Uint16(b[6:]) & 0x3fff // MF and the offset
	if b[9] != protocolTCP || fragment != 0 || header < 20 || len(b) < header {
		return s, false
	}
	from, to := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	if total == 0 { // a segment that the network card was to cut up
		total = len(b)
	}
	return overIP(from, to, b[header:], total-header)
}

// The extension headers of IPv6 that may stand before TCP.
const (
	extHopByHop     = 0
	extRouting      = 43
	extFragment     = 44
	extDestinations = 60
)

func overIPv6(b []byte) (s segment, ok bool) {
	if len(b) < 40 {
		return s, false
	}
	size, next := int(binary.BigEndian.Uint16(b[4:])), b[6]
	from, to := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	b = b[40:]
	size = cmp.Or(size, len(b))
	for next != protocolTCP {
		if len(b) < 8 {
			return s, false
		}
		n := 8
		switch next {
		case extHopByHop, extRouting, extDestinations:
			n += int(b[1]) * 8
		case extFragment:
			if binary.BigEndian.Uint16(b[2:])&0xfff9 != 0 {
				return s, false
			}
		default:
			return s, false
		}
		if len(b) < n {
			return s, false
		}
		next, b, size = b[0], b[n:], size-n
	}
	return overIP(from, to, b, size)
}

// overIP reads a segment of size octets. b holds those that were captured; what
// follows them is padding.
func overIP(from, to netip.Addr, b []byte, size int) (s segment, ok bool) {
	if len(b) < 20 {
		return s, false
	}
	header := int(b[12]>>4) * 4
	if header < 20 || size < header || len(b) < header {
		return s, false
	}
	flags := b[13]
	return segment{
		from: netip.AddrPortFrom(from, binary.BigEndian.Uint16(b)),
		to:   netip.AddrPortFrom(to, binary.BigEndian.Uint16(b[2:])),
		seq:  binary.BigEndian.Uint32(b[4:]), ack: binary.BigEndian.Uint32(b[8:]),
		fin: flags&1 != 0, syn: flags&2 != 0, rst: flags&4 != 0, has: flags&16 != 0,
		data: b[header:min(len(b), size)], size: size - header,
	}, true
}
