package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// FormatError says that a file is not what it claims to be, and where.
type FormatError struct {
	Offset  int64  // of the wrong block or record, in octets from the start of the file
	Packet  int    // the number of the packet that is wrong, from 1; 0 where Offset says the place
	Problem string // what is wrong there
}

// Error names the place and the problem.
func (e *FormatError) Error() string {
	if e.Packet > 0 {
		return fmt.Sprintf("packet %d: %s", e.Packet, e.Problem)
	}
	return fmt.Sprintf("octet %d: %s", e.Offset, e.Problem)
}

// packet is one captured packet.
type packet struct {
	at   time.Duration // since the epoch
	link linkType
	data []byte // valid until the next packet is read
}

// packetReader reads a file packet by packet, and returns io.EOF after the last.
type packetReader interface {
	next() (packet, error)
}

// maxPacket bounds a packet: the longest of any snapshot length in use.
const maxPacket = 256 << 10

// source reads a file and knows how far it has come.
type source struct {
	r      *bufio.Reader
	offset int64  // of what is read next
	block  int64  // of the block or record under way
	buf    []byte // of the block or record under way
}

// full reads exactly n octets, which are valid until the next call. With
// orEnd, io.EOF says that the file ends before the first of them.
func (s *source) full(n int, orEnd bool) ([]byte, error) {
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	b := s.buf[:n]
	got, err := io.ReadFull(s.r, b)
	s.offset += int64(got)
	switch {
	case err == nil:
		return b, nil
	case orEnd && errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, s.fault("the file is cut short: %d of %d octets are there", got, n)
	}
	return nil, err
}

func (s *source) fault(format string, args ...any) error {
	return &FormatError{Offset: s.block, Problem: fmt.Sprintf(format, args...)}
}

// The first four octets of a file, in the order of the machine that wrote it.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
)

// newPacketReader finds out which format a file has.
func newPacketReader(r *bufio.Reader) (packetReader, error) {
	s := &source{r: r}
	magic, err := s.r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(magic) == 4 && binary.BigEndian.Uint32(magic) == blockSection {
		return &pcapngReader{source: s}, nil
	}
	order := orderOf(magic)
	switch {
	case order == nil:
		return nil, s.fault("neither pcap nor pcapng")
	case order.Uint32(magic) == magicNano:
		return newPcapReader(s, order, time.Nanosecond)
	}
	return newPcapReader(s, order, time.Microsecond)
}

// orderOf returns the order of octets of a pcap file, or nil for another file.
func orderOf(head []byte) binary.ByteOrder {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if len(head) >= 4 && (order.Uint32(head) == magicMicro || order.Uint32(head) == magicNano) {
			return order
		}
	}
	return nil
}

// pcapReader reads the older format: a header for the file, and one for each
// packet.
type pcapReader struct {
	*source
	order binary.ByteOrder
	unit  time.Duration // of the second part of a time
	link  linkType
}

const (
	pcapFileHeader   = 24
	pcapRecordHeader = 16
)

func newPcapReader(s *source, order binary.ByteOrder, unit time.Duration) (*pcapReader, error) {
	header, err := s.full(pcapFileHeader, false)
	if err != nil {
		return nil, err
	}
	// The upper bits say whether checksums are captured too.
	return &pcapReader{source: s, order: order, unit: unit, link: linkType(order.Uint32(header[20:]) & 0xffff)}, nil
}

func (p *pcapReader) next() (packet, error) {
	p.block = p.offset
	header, err := p.full(pcapRecordHeader, true)
	if err != nil {
		return packet{}, err
	}
	seconds, fraction := p.order.Uint32(header), p.order.Uint32(header[4:])
	size := p.order.Uint32(header[8:])
	if size > maxPacket {
		return packet{}, p.fault("a packet of %d octets: %d are the most", size, maxPacket)
	}
	data, err := p.full(int(size), false)
	if err != nil {
		return packet{}, err
	}
	at := time.Duration(seconds)*time.Second + time.Duration(fraction)*p.unit
	return packet{at: at, link: p.link, data: data}, nil
}
