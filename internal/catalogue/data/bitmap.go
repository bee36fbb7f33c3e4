package data

import "encoding/binary"

// makeBitmap makes a Windows bitmap of 512×512 pixels in 256 greys, which has
// 263,222 octets: the headers and the palette, then 512 rows of pixels.
func makeBitmap() []byte {
	const (
		side    = 512
		colours = 256
		headers = 14 + 40
		pixels  = headers + colours*4
		size    = pixels + side*side
	)
	le := binary.LittleEndian
	b := make([]byte, 0, size)

	b = append(b, "BM"...)
	b = le.AppendUint32(b, size)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, pixels)

	b = le.AppendUint32(b, 40)
	b = le.AppendUint32(b, side)
	b = le.AppendUint32(b, side)
	b = le.AppendUint16(b, 1) // plane
	b = le.AppendUint16(b, 8) // bits of a pixel
	b = le.AppendUint32(b, 0) // not compressed
	b = le.AppendUint32(b, side*side)
	b = le.AppendUint32(b, 2835) // pixels in a metre
	b = le.AppendUint32(b, 2835)
	b = le.AppendUint32(b, colours)
	b = le.AppendUint32(b, 0)

	for grey := range colours {
		b = append(b, byte(grey), byte(grey), byte(grey), 0)
	}

	r := random(0x626d70)
	coarse, fine := newLattice(&r, side, 128), newLattice(&r, side, 32)
	for y := range side {
		for x := range side {
			grey := coarse.at(x, y)*3/4 + fine.at(x, y)/4 + r.below(7) - 3
			b = append(b, byte(min(max(grey, 0), colours-1)))
		}
	}
	return b
}

// lattice is a grid of random greys with straight gradients between them.
type lattice struct {
	step   int // pixels from one point to the next
	points [][]int
}

func newLattice(r *random, side, step int) *lattice {
	l := &lattice{step: step}
	for range side/step + 1 {
		row := make([]int, side/step+1)
		for i := range row {
			row[i] = r.below(256)
		}
		l.points = append(l.points, row)
	}
	return l
}

// at is the grey of a pixel, in whole numbers so that it is the same on every
// machine.
func (l *lattice) at(x, y int) int {
	i, j := x/l.step, y/l.step
	dx, dy := x%l.step, y%l.step
	upper := l.points[j][i]*(l.step-dx) + l.points[j][i+1]*dx
	lower := l.points[j+1][i]*(l.step-dx) + l.points[j+1][i+1]*dx
	return (upper*(l.step-dy) + lower*dy) / (l.step * l.step)
}
