package deflate

// readHeader reads BFINAL and BTYPE (RFC 1951 3.2.3).
func (z *Inflater) readHeader() bool {
	if !z.need(3) {
		return false
	}
	z.header = z.place()
	if z.final = z.take(1) == 1; z.final {
		if z.report.Finals++; z.report.Finals == 1 {
			z.report.Final.Bit = z.header
		}
	}
	switch z.take(2) {
	case blockStored:
		z.align()
		z.state = wantStored
	case blockFixed:
		z.report.Blocks.Fixed++
		z.codes = fixedTables()
		z.state = wantSymbols
	case blockDynamic:
		z.report.Blocks.Dynamic++
		z.state = wantCounts
	default:
		return z.fail(FaultBlockType, z.header)
	}
	return true
}

// readStored reads LEN and NLEN (RFC 1951 3.2.4).
func (z *Inflater) readStored() bool {
	if !z.need(32) {
		return false
	}
	at := z.place()
	length, complement := z.take(16), z.take(16)
	if length != complement^0xffff {
		return z.fail(FaultStoredLength, at)
	}
	z.report.Blocks.Stored++
	if length == 0 {
		z.report.Blocks.Empty++
		z.endBlock()
		z.afterFlush = true
		return true
	}
	z.left = int(length)
	z.state = wantOctets
	return true
}

// copyStored copies the octets of a stored block, first those whose bits are
// already held.
func (z *Inflater) copyStored(dst []byte) ([]byte, bool) {
	for z.left > 0 {
		if z.held == 0 && len(z.in) == 0 {
			return dst, false
		}
		if z.allowed() == 0 {
			return dst, z.fail(FaultLimit, z.place())
		}
		if z.held > 0 {
			dst = z.give(dst, []byte{byte(z.take(8))})
			z.left--
			continue
		}
		n := min(len(z.in), z.left, z.allowed())
		dst = z.give(dst, z.in[:n])
		z.in = z.in[n:]
		z.left -= n
	}
	if z.final {
		z.settle(dst)
	}
	z.endBlock()
	return dst, true
}

// readCounts reads HLIT, HDIST and HCLEN (RFC 1951 3.2.7).
func (z *Inflater) readCounts() bool {
	if !z.need(14) {
		return false
	}
	at := z.place()
	z.numLit = int(z.take(5)) + 257
	z.numDist = int(z.take(5)) + 1
	z.numPre = int(z.take(4)) + 4
	if z.numLit > numLitLen {
		return z.fail(FaultLitLenCount, at)
	}
	if z.numDist > numDist {
		return z.fail(FaultDistCount, at+5)
	}
	if z.own == nil {
		z.own = tablePool.Get().(*tables)
	}
	z.codes = z.own
	clear(z.codes.lens[:numCodeLen])
	z.lens = 0
	z.state = wantPreLens
	return true
}

// readPreLens reads the lengths of the code length code.
func (z *Inflater) readPreLens() bool {
	for ; z.lens < z.numPre; z.lens++ {
		if !z.need(3) {
			return false
		}
		z.codes.lens[codeLenOrder[z.lens]] = uint8(z.take(3))
	}
	t := z.codes
	switch buildTable(t.pre[:], preRoot, t.lens[:numCodeLen], preEntries[:]) {
	case codeOver:
		return z.fail(FaultCodeLenOver, z.header)
	case codeUnder, codeSingle, codeEmpty:
		// No single code could do: it would give all codes the same length.
		return z.fail(FaultCodeLenUnder, z.header)
	}
	z.lens = 0
	z.state = wantLens
	return true
}

// readLens reads the lengths of the two codes.
func (z *Inflater) readLens() bool {
	t := z.codes
	total := z.numLit + z.numDist
	for z.lens < total {
		z.fill()
		e := t.pre[z.bits%(1<<preRoot)]
		n := uint(e % 256)
		if z.held < n {
			return false
		}
		length := uint8(e >> entryValueShift)
		if length < repeatLast {
			z.take(n)
			t.lens[z.lens] = length
			z.lens++
			continue
		}
		if length == repeatLast && z.lens == 0 {
			return z.fail(FaultRepeatFirst, z.place())
		}
		more, least := uint(2), 3
		switch length {
		case repeatZero:
			more = 3
		case repeatZeroBig:
			more, least = 7, 11
		}
		if z.held < n+more {
			return false
		}
		at := z.place()
		z.take(n)
		times := least + int(z.take(more))
		if z.lens+times > total {
			return z.fail(FaultRepeatLong, at)
		}
		repeated := uint8(0)
		if length == repeatLast {
			repeated = t.lens[z.lens-1]
		}
		for range times {
			t.lens[z.lens] = repeated
			z.lens++
		}
	}
	return z.buildCodes()
}

// buildCodes fills the tables of the two codes.
func (z *Inflater) buildCodes() bool {
	t := z.codes
	lit, dist := t.lens[:z.numLit], t.lens[z.numLit:z.numLit+z.numDist]
	if lit[endOfBlock] == 0 {
		return z.fail(FaultNoEndOfBlock, z.header)
	}
	switch buildTable(t.lit[:], litRoot, lit, litEntries[:]) {
	case codeOver:
		return z.fail(FaultLitLenOver, z.header)
	case codeUnder:
		return z.fail(FaultLitLenUnder, z.header)
	}
	switch buildTable(t.dist[:], distRoot, dist, distEntries[:]) {
	case codeOver:
		return z.fail(FaultDistOver, z.header)
	case codeUnder:
		return z.fail(FaultDistUnder, z.header)
	}
	z.state = wantSymbols
	return true
}
