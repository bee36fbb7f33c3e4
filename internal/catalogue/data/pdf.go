package data

import "fmt"

// makePDF makes a document of exactly so many octets: pages of text, each with
// an image of noise that nothing can compress.
func makePDF(size int) []byte {
	const (
		pages   = 16
		textual = 6_000 // octets of text on a page, about
	)
	w := &pdfWriter{random: random(0x706466)}
	w.printf("%%PDF-1.4\n%%\xe2\xe3\xcf\xd3\n")

	var kids []byte
	for page := range pages {
		kids = fmt.Appendf(kids, "%d 0 R ", firstPage+page*pageObjects)
	}
	w.object("<< /Type /Catalog /Pages 2 0 R >>")
	w.object(fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", kids, pages))
	w.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")

	for page := range pages {
		var text []byte
		text = append(text, "q 500 0 0 200 50 50 cm /Im1 Do Q\nBT /F1 10 Tf 50 780 Td 12 TL\n"...)
		for len(text) < textual {
			text = append(text, '(')
			text = append(text, latin1(sentence(&w.random))...)
			text = append(text, ") Tj T*\n"...)
		}
		text = append(text, "ET\n"...)

		// The images share what the text leaves; the trailer and the last
		// one's remainder are made up for below.
		left := size - len(w.octets) - len(text) - (pages-page-1)*(textual+pdfOverhead) - pdfTrailer
		rows := left / (pages - page) / imageWidth

		self := firstPage + page*pageObjects
		w.object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "+
			"/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 %d 0 R >> >> >>", self+1, self+2))
		w.stream("", text)
		w.stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 ",
			imageWidth, rows), w.random.octets(nil, imageWidth*rows))
	}
	return w.finish(size)
}

const (
	imageWidth  = 128
	firstPage   = 4 // the number of the first page's object
	pageObjects = 3 // page, text and image
	pdfOverhead = 1024
	pdfTrailer  = 4096
)

// pdfWriter writes the objects of a document and remembers where they begin.
type pdfWriter struct {
	random  random
	octets  []byte
	offsets []int
}

func (w *pdfWriter) printf(format string, args ...any) {
	w.octets = fmt.Appendf(w.octets, format, args...)
}

func (w *pdfWriter) object(dict string) {
	w.offsets = append(w.offsets, len(w.octets))
	w.printf("%d 0 obj\n%s\nendobj\n", len(w.offsets), dict)
}

func (w *pdfWriter) stream(keys string, octets []byte) {
	w.offsets = append(w.offsets, len(w.octets))
	w.printf("%d 0 obj\n<< %s/Length %d >>\nstream\n", len(w.offsets), keys, len(octets))
	w.octets = append(w.octets, octets...)
	w.printf("\nendstream\nendobj\n")
}

// finish fills the document up with a comment and writes the table of
// references and the trailer.
func (w *pdfWriter) finish(size int) []byte {
	const last = "\n%%EOF\n"
	var end pdfWriter
	end.printf("xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, at := range w.offsets {
		end.printf("%010d 00000 n \n", at)
	}
	end.printf("trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n", len(w.offsets)+1)
	// The offset of the table is written with seven digits, so that its length
	// is known before it is.
	table := size - len(end.octets) - 7 - len(last)
	end.printf("%07d%s", table, last)

	w.octets = append(w.octets, '%')
	w.octets = append(w.octets, filler(&w.random, table-len(w.octets)-1)...)
	w.octets = append(w.octets, '\n')
	return append(w.octets, end.octets...)
}
