package peers

import (
	"bytes"
	"compress/flate"
	"io"
	"net"
	"strings"
	"testing"
)

// noContext is permessage-deflate without context takeover (RFC 7692 section 7.1.1), which each library with
// compression knows; some know nothing else.
const noContext = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

// deflateEnd is what a sender leaves out at the end of a message (RFC 7692 section 7.2.1), and an empty final block.
const deflateEnd = "\x00\x00\xff\xff" + "\x01\x00\x00\xff\xff"

// acceptNothing is for acceptWire, and declines each extension.
func acceptNothing(string) string { return "" }

// acceptDeflate is for acceptWire, and accepts permessage-deflate without context takeover where the client wants none.
func acceptDeflate(offer string) string {
	if strings.Contains(offer, "server_no_context_takeover") {
		return noContext
	}
	return "permessage-deflate"
}

// TestServerDeflate offers compression to each server that has it and demands compressed echoes.
func TestServerDeflate(t *testing.T) {
	for name, offer := range map[string]string{"offer=no context": noContext, "offer=plain": "permessage-deflate"} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, hasDeflate, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
				near, far := pair()
				done := serving(lib, far)
				w := dialWire(t, near, offer)
				if !strings.HasPrefix(w.extension, "permessage-deflate") {
					t.Fatalf("offered %q, accepted %q", offer, w.extension)
				}
				converseDeflate(t, w)
				w.closeHandshake()
				<-done
			})
		})
	}
}

// TestClientDeflate accepts the offer of each client that has compression and demands compressed echoes.
func TestClientDeflate(t *testing.T) {
	everywhere(t, hasDeflate, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := connecting(t.Context(), lib, far)
		w := acceptWire(t, near, acceptDeflate)
		if !strings.HasPrefix(w.extension, "permessage-deflate") {
			t.Fatalf("the client offers %q", w.extension)
		}
		converseDeflate(t, w)
		w.closeHandshake()
		if err := <-done; err != nil {
			t.Errorf("the client returned %v after a clean close, want nil", err)
		}
	})
}

// TestNoDeflate demands that a library whose compression is switched off neither accepts nor offers it.
func TestNoDeflate(t *testing.T) {
	everywhere(t, lacksDeflate, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		served := serving(lib, far)
		w := dialWire(t, near, noContext)
		if w.extension != "" {
			t.Errorf("the server accepts %q", w.extension)
		}
		w.closeHandshake()
		<-served
		near, far = pair()
		connected := connecting(t.Context(), lib, far)
		w = acceptWire(t, near, acceptNothing)
		if w.extension != "" {
			t.Errorf("the client offers %q", w.extension)
		}
		w.closeHandshake()
		<-connected
	})
}

// converseDeflate sends compressed messages, whole and in fragments, and one that is not compressed, and demands each
// back, the long ones compressed. It never uses a context itself, and keeps the library's where it may be used.
func converseDeflate(t *testing.T, w *wire) {
	t.Helper()
	long := bytes.Repeat([]byte("Grüße, 世界 🌍. "), 100)
	var context []byte
	for _, test := range []struct {
		name       string
		text       []byte
		compressed bool
		fragments  int
	}{
		{"long", long, true, 1},
		{"the same again", long, true, 1},
		{"in fragments", long, true, 3},
		{"not compressed", []byte("plain"), false, 1},
		{"empty", nil, true, 1},
		{"once more", long, true, 1},
	} {
		payload := test.text
		if test.compressed {
			payload = deflate(t, test.text)
		}
		frames := make([]frame, test.fragments)
		for i := range frames {
			from, to := len(payload)*i/test.fragments, len(payload)*(i+1)/test.fragments
			frames[i] = frame{opcode: opContinuation, payload: payload[from:to]}
		}
		frames[0].opcode, frames[0].rsv1 = opText, test.compressed
		frames[len(frames)-1].fin = true
		w.send(frames...)

		echo := w.message(w.noControl)
		if len(test.text) >= 1024 && !echo.rsv1 {
			t.Errorf("%s: the echo is not compressed", test.name)
		}
		got := echo.payload
		if echo.rsv1 {
			r := flate.NewReaderDict(io.MultiReader(bytes.NewReader(got), strings.NewReader(deflateEnd)), context)
			var err error
			if got, err = io.ReadAll(r); err != nil {
				t.Fatalf("%s: decompressing the echo: %v", test.name, err)
			}
			if !strings.Contains(w.extension, "server_no_context_takeover") {
				context = append(context, got...)
				context = context[max(0, len(context)-32<<10):]
			}
		}
		if echo.opcode != opText || !bytes.Equal(got, test.text) {
			t.Fatalf("%s: echo has opcode %d and %d octets %.40q, want %d octets %.40q", test.name,
				echo.opcode, len(got), got, len(test.text), test.text)
		}
	}
}

// deflate compresses a message (RFC 7692 section 7.2.1).
func deflate(t *testing.T, message []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(message); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\x00\x00\xff\xff"))
}
