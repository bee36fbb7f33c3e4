package peers

import (
	"compress/flate"
	"errors"
	"io"
	"sync"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
	"github.com/gobwas/ws/wsutil"
)

// gobwasExtension returns the permessage-deflate that wsflate is made for: no context between messages in either
// direction (RFC 7692 section 7.1.1). Each connection needs its own.
func gobwasExtension() *wsflate.Extension {
	return &wsflate.Extension{Parameters: wsflate.DefaultParameters}
}

// gobwasCodec compresses one message and decompresses another.
type gobwasCodec struct {
	deflate *wsflate.Writer
	inflate *wsflate.Reader
}

// gobwasCodecs holds codecs between messages, each of more than a megabyte.
var gobwasCodecs = sync.Pool{New: func() any {
	return &gobwasCodec{
		deflate: wsflate.NewWriter(nil, func(w io.Writer) wsflate.Compressor {
			compressor, _ := flate.NewWriter(w, flate.BestSpeed) // fails for an unknown level alone
			return compressor
		}),
		inflate: wsflate.NewReader(nil, func(r io.Reader) wsflate.Decompressor { return flate.NewReader(r) }),
	}
}}

// enableDeflate prepares c for the extensions of the handshake; there is at least one. It returns where the
// library keeps whether the message being read, and so its echo, is compressed.
func (c *gobwasConn) enableDeflate(extensions []httphead.Option) (*wsflate.MessageState, error) {
	var agreed wsflate.Parameters
	if err := agreed.Parse(extensions[0]); err != nil {
		return nil, err
	}
	if !agreed.ServerNoContextTakeover {
		return nil, errors.New("server keeps the compression context, which it was asked not to")
	}
	message := new(wsflate.MessageState)
	c.rd.State = c.rd.State.Set(ws.StateExtended)
	c.rd.CheckUTF8 = false // it would check the compressed octets
	c.rd.Extensions = []wsutil.RecvExtension{message}
	c.wr.SetExtensions(message)
	return message, nil
}

// echoDeflate copies the message being read into one of that opcode, compressed if it came compressed.
func (c *gobwasConn) echoDeflate(op ws.OpCode, message *wsflate.MessageState) error {
	c.wr.ResetOp(op)
	if !message.IsCompressed() {
		if err := gobwasCopy(c.wr, c.rd, op); err != nil {
			return err
		}
		return c.wr.Flush()
	}
	codec := gobwasCodecs.Get().(*gobwasCodec)
	defer gobwasCodecs.Put(codec)
	codec.inflate.Reset(c.rd)
	codec.deflate.Reset(c.wr)
	if err := gobwasCopy(codec.deflate, codec.inflate, op); err != nil {
		return err
	}
	// The decompressor does not read what follows a final block.
	if err := c.rd.Discard(); err != nil {
		return err
	}
	if err := codec.deflate.Flush(); err != nil {
		return err
	}
	return c.wr.Flush()
}

// gobwasCopy copies a message of that opcode, and fails where it is text and not UTF-8.
func gobwasCopy(dst io.Writer, src io.Reader, op ws.OpCode) error {
	if op != ws.OpText {
		_, err := io.Copy(dst, src)
		return err
	}
	text := wsutil.NewUTF8Reader(src)
	if _, err := io.Copy(dst, text); err != nil {
		return err
	}
	if !text.Valid() {
		return wsutil.ErrInvalidUTF8
	}
	return nil
}
