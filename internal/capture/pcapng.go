package capture

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"github.com/wscheck/wscheck/internal/plural"
)

// The blocks of pcapng that matter here; all others are skipped.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6
)

const (
	sectionMagic  = 0x1a2b3c4d
	maxBlock      = 16 << 20 // octets of a block, which may be one that is skipped
	maxInterfaces = 4096     // of a section
	blockHeader   = 8
	blockTrailer  = 4
)

// pcapngReader reads the newer format: blocks of packets, and blocks that describe
// the interfaces of the packets.
type pcapngReader struct {
	*source
	order      binary.ByteOrder
	interfaces []pcapngInterface
	at         time.Duration // of the last packet that has a time
}

// pcapngInterface is where packets were captured.
type pcapngInterface struct {
	link   linkType
	units  uint64 // of a time stamp, in a second
	offset int64  // in seconds, to be added to each time stamp
}

func (p *pcapngReader) next() (packet, error) {
	for {
		kind, body, err := p.nextBlock()
		if err != nil {
			return packet{}, err
		}
		switch kind {
		case blockInterface:
			if err := p.addInterface(body); err != nil {
				return packet{}, err
			}
		case blockPacket, blockOldPacket, blockSimple:
			return p.packet(kind, body)
		}
	}
}

// nextBlock reads a block and returns what it holds, which is valid until the
// next call.
func (p *pcapngReader) nextBlock() (kind uint32, body []byte, err error) {
	p.block = p.offset
	header, err := p.full(blockHeader, true)
	if err != nil {
		return 0, nil, err
	}
	var head [blockHeader]byte
	copy(head[:], header)
	if binary.BigEndian.Uint32(head[:]) == blockSection {
		return p.section(head)
	}
	if p.order == nil {
		return 0, nil, p.fault("a block before the first section")
	}
	size := p.order.Uint32(head[4:])
	if size < blockHeader+blockTrailer || size%4 != 0 || size > maxBlock {
		return 0, nil, p.fault("a block of %s", plural.Of(int(size), "octet"))
	}
	rest, err := p.full(int(size)-blockHeader, false)
	if err != nil {
		return 0, nil, err
	}
	if again := p.order.Uint32(rest[len(rest)-blockTrailer:]); again != size {
		return 0, nil, p.fault("a block of %d octets that ends as one of %d", size, again)
	}
	return p.order.Uint32(head[:]), rest[:len(rest)-blockTrailer], nil
}

// section begins a section: the order of octets, and the interfaces, are its own.
func (p *pcapngReader) section(head [blockHeader]byte) (uint32, []byte, error) {
	magic, err := p.full(4, false)
	if err != nil {
		return 0, nil, err
	}
	switch uint32(sectionMagic) {
	case binary.LittleEndian.Uint32(magic):
		p.order = binary.LittleEndian
	case binary.BigEndian.Uint32(magic):
		p.order = binary.BigEndian
	default:
		return 0, nil, p.fault("a section without its mark")
	}
	p.interfaces = nil
	size := p.order.Uint32(head[4:])
	if size < blockHeader+4+12+blockTrailer || size%4 != 0 || size > maxBlock {
		return 0, nil, p.fault("a section header of %s", plural.Of(int(size), "octet"))
	}
	body, err := p.full(int(size)-blockHeader-4, false)
	return blockSection, body, err
}

// Options of an interface.
const (
	optionEnd       = 0
	optionUnits     = 9
	optionTimeShift = 14
)

func (p *pcapngReader) addInterface(body []byte) error {
	if len(body) < 8 {
		return p.fault("an interface of %s", plural.Of(len(body), "octet"))
	}
	if len(p.interfaces) == maxInterfaces {
		return p.fault("more than %d interfaces", maxInterfaces)
	}
	in := pcapngInterface{link: linkType(p.order.Uint16(body)), units: 1e6}
	for options := body[8:]; len(options) >= 4; {
		code, size := p.order.Uint16(options), int(p.order.Uint16(options[2:]))
		options = options[4:]
		if code == optionEnd || size > len(options) {
			break
		}
		switch value := options[:size]; {
		case code == optionUnits && size == 1:
			in.units = unitsOf(value[0])
		case code == optionTimeShift && size == 8:
			in.offset = int64(p.order.Uint64(value))
		}
		options = options[min((size+3)&^3, len(options)):]
	}
	p.interfaces = append(p.interfaces, in)
	return nil
}

// unitsOf reads a resolution: a power of ten, or of two where the first bit is
// set. What no 64 bits hold counts as microseconds.
func unitsOf(v byte) uint64 {
	exponent := v & 0x7f
	if v&0x80 != 0 {
		if exponent < 64 {
			return 1 << exponent
		}
		return 1e6
	}
	if exponent > 19 {
		return 1e6
	}
	units := uint64(1)
	for range exponent {
		units *= 10
	}
	return units
}

// packet reads a block that holds one.
func (p *pcapngReader) packet(kind uint32, body []byte) (packet, error) {
	fixed := map[uint32]int{blockPacket: 20, blockOldPacket: 20, blockSimple: 4}[kind]
	if len(body) < fixed {
		return packet{}, p.fault("a packet block of %s", plural.Of(len(body), "octet"))
	}
	var index, size uint32
	switch kind {
	case blockPacket:
		index, size = p.order.Uint32(body), p.order.Uint32(body[12:])
	case blockOldPacket:
		index, size = uint32(p.order.Uint16(body)), p.order.Uint32(body[12:])
	case blockSimple:
		// It has no captured size: that is the size, or what there is of it.
		size = min(p.order.Uint32(body), uint32(len(body)-fixed))
	}
	if uint64(index) >= uint64(len(p.interfaces)) {
		return packet{}, p.fault("a packet of interface %d, of %d", index, len(p.interfaces))
	}
	if uint64(size) > uint64(len(body)-fixed) || size > maxPacket {
		return packet{}, p.fault("a packet of %s in a block of %d", plural.Of(int(size), "octet"), len(body))
	}
	in := &p.interfaces[index]
	if kind != blockSimple {
		p.at = in.time(uint64(p.order.Uint32(body[4:]))<<32 | uint64(p.order.Uint32(body[8:])))
	}
	return packet{at: p.at, link: in.link, data: body[fixed : fixed+int(size)]}, nil
}

// maxSeconds is half of what a Duration holds.
const maxSeconds = math.MaxInt64 / 2 / int64(time.Second)

// time turns a time stamp into a time since the epoch. One that no Duration
// holds becomes the last that one does.
func (in *pcapngInterface) time(stamp uint64) time.Duration {
	seconds, rest := stamp/in.units, stamp%in.units
	if seconds > uint64(maxSeconds) || in.offset > maxSeconds || in.offset < -maxSeconds {
		return math.MaxInt64
	}
	hi, lo := bits.Mul64(rest, 1e9)
	nanos, _ := bits.Div64(hi, lo, in.units)
	return time.Duration(int64(seconds)+in.offset)*time.Second + time.Duration(nanos)
}
