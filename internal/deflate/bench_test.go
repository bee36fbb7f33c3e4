package deflate

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"testing"
)

var benchSizes = []int{64, 1024, 131_072}

func BenchmarkInflate(b *testing.B) {
	for _, kind := range kinds {
		for _, size := range benchSizes {
			message := sample(kind, size)
			payload := deflateGo(b, message, flate.DefaultCompression)
			name := fmt.Sprintf("data=%s/size=%d/impl=", kind, size)
			b.Run(name+"own", func(b *testing.B) {
				z := NewInflater(Stream{}, size)
				dst := make([]byte, 0, size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					out, _, err := z.Message(dst, payload)
					if err != nil || len(out) != size {
						b.Fatal(len(out), err)
					}
				}
			})
			b.Run(name+"compressflate", func(b *testing.B) {
				// A final block, so that the reader knows the end.
				stream := append(append(payload[:len(payload):len(payload)], flushTail[:]...), 1, 0, 0, 0xff, 0xff)
				in := bytes.NewReader(stream)
				r := flate.NewReader(in)
				dst := make([]byte, size+1)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					in.Reset(stream)
					if err := r.(flate.Resetter).Reset(in, nil); err != nil {
						b.Fatal(err)
					}
					if n, err := io.ReadFull(r, dst); n != size {
						b.Fatal(n, err)
					}
				}
			})
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	for _, kind := range kinds {
		for _, size := range benchSizes {
			message := sample(kind, size)
			name := fmt.Sprintf("data=%s/size=%d/", kind, size)
			for _, bits := range []int{8, 15} {
				b.Run(fmt.Sprintf("%sbits=%d/impl=own", name, bits), func(b *testing.B) {
					c := NewCompressor(Stream{bits, true})
					var out []byte
					b.SetBytes(int64(size))
					b.ReportAllocs()
					for b.Loop() {
						out = c.Message(out[:0], message)
					}
					b.ReportMetric(float64(len(out))/float64(size), "ratio")
				})
			}
			b.Run(name+"bits=15/impl=compressflate", func(b *testing.B) {
				var out bytes.Buffer
				w, err := flate.NewWriter(&out, flate.BestSpeed)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					out.Reset()
					w.Reset(&out)
					if _, err := w.Write(message); err != nil {
						b.Fatal(err)
					}
					if err := w.Flush(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(out.Len())/float64(size), "ratio")
			})
		}
	}
}

func BenchmarkStock(b *testing.B) {
	const size = 131_072
	source := sample("json", 194_056)
	c := NewCompressor(Stream{})
	for _, piece := range []int{1024, 4096, 16_384} {
		b.Run(fmt.Sprintf("piece=%d", piece), func(b *testing.B) {
			k := NewStock(source, 15, piece)
			var out []byte
			from := 0
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				out = k.Message(out[:0], c, from, size)
				from += size
			}
			b.ReportMetric(float64(len(out))/size, "ratio")
		})
	}
}
