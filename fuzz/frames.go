package fuzz

import (
	"bytes"
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// checkFrames has a [wsproto.Parser] take a stream apart in pieces, and compares
// what it gives, item by item, with what [slowDecode] makes of it.
func checkFrames(input []byte) error {
	sizes, stream := cut(input)
	frames, pending := slowDecode(stream)
	w := frameWalk{frames: frames}
	var parser wsproto.Parser
	for _, piece := range pieces(stream, sizes) {
		parser.Feed(piece)
		for {
			it, ok := parser.Next()
			if !ok {
				break
			}
			if err := w.item(&it); err != nil {
				return fmt.Errorf("%v %s at %d: %w", it.Kind, it.Header, it.Offset, err)
			}
		}
	}
	if err := w.end(&parser, pending); err != nil {
		return err
	}
	var again []byte
	for i := range frames {
		again = frames[i].header.AppendTo(again)
		masked := bytes.Clone(frames[i].payload)
		if frames[i].header.Masked {
			wsproto.Mask(frames[i].header.Mask, 0, masked)
		}
		again = append(again, masked...)
	}
	if again = append(again, pending...); !bytes.Equal(again, stream) {
		return fmt.Errorf("the frames are written as %x", again)
	}
	return nil
}

// frameWalk follows the items of a parser through the frames that there are.
type frameWalk struct {
	frames []slowFrame
	seen   int // headers
	got    int // payload octets of the frame under way
	within bool
}

func (w *frameWalk) item(it *wsproto.Item) error {
	if it.Kind == wsproto.ItemHeader {
		if w.within || w.seen == len(w.frames) {
			return fmt.Errorf("there is no frame")
		}
		w.seen, w.got, w.within = w.seen+1, 0, true
	} else if !w.within {
		return fmt.Errorf("outside of a frame")
	}
	f := &w.frames[w.seen-1]
	at := f.at
	if it.Kind != wsproto.ItemHeader {
		at += f.size + w.got
	}
	switch {
	case it.Header != f.header:
		return fmt.Errorf("want %s", f.header)
	case it.FrameOffset != int64(f.at) || it.Offset != int64(at) || it.PayloadOffset != uint64(w.got):
		return fmt.Errorf("offsets %d, %d, %d; want %d, %d, %d", it.FrameOffset, it.Offset, it.PayloadOffset, f.at, at, w.got)
	case (it.Kind == wsproto.ItemPayload) != (len(it.Payload) > 0):
		return fmt.Errorf("%d octets of payload", len(it.Payload))
	case !bytes.HasPrefix(f.payload[w.got:], it.Payload):
		return fmt.Errorf("payload %x, want %x", it.Payload, f.payload[w.got:])
	case it.Kind == wsproto.ItemEnd && (!f.ended || w.got < len(f.payload)):
		return fmt.Errorf("the frame continues")
	}
	w.got += len(it.Payload)
	w.within = it.Kind != wsproto.ItemEnd
	return nil
}

// end compares where the parser stands once it has had everything.
func (w *frameWalk) end(p *wsproto.Parser, pending []byte) error {
	if w.seen != len(w.frames) {
		return fmt.Errorf("%d frames, want %d", w.seen, len(w.frames))
	}
	if !bytes.Equal(p.Pending(), pending) {
		return fmt.Errorf("pending %x, want %x", p.Pending(), pending)
	}
	var want wsproto.Header
	var left uint64
	open := w.seen > 0 && !w.frames[w.seen-1].ended
	if open {
		f := &w.frames[w.seen-1]
		want, left = f.header, f.header.Length-uint64(len(f.payload))
	}
	if h, n, ok := p.InFrame(); ok != open || n != left || h != want || w.within != open {
		return fmt.Errorf("in a frame %v, %d octets left; want %v, %d", ok, n, open, left)
	}
	return nil
}
