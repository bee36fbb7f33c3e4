package page

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"html/template"
	"sync"
)

// caseData is what the script of a case's page draws. Everything in it is visible
// text, but for octets.
type caseData struct {
	Place     int                  `json:"place"` // of the case among all
	Agent     string               `json:"agent"` // the part of file names that stands for it
	Outcome   *outcomeView         `json:"outcome,omitempty"`
	Diagram   *diagram             `json:"diagram"`
	Handshake []handshakeView      `json:"handshake"`
	Closing   *closingView         `json:"closing,omitempty"`
	Stats     []statsTable         `json:"stats"`
	Log       []transcript.LogLine `json:"log"`
	LogNote   string               `json:"logNote,omitempty"`
	Timers    string               `json:"timers,omitempty"`
	Dropped   string               `json:"dropped,omitempty"`
}

// dictionary is text as it is in most pages: the data of each is compressed as if
// it followed that. The script of the pages has it too.
var dictionary = asset("dictionary.txt")

// deflaters are compressors: each has a large table.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriterDict(nil, flate.BestCompression, []byte(dictionary)) // no error: there is such a level
	return w
}}

// Data returns the element that holds the data: JSON, compressed, in base64, for
// a report has thousands of pages.
func (p *casePage) Data() (template.HTML, error) {
	text, err := json.Marshal(&p.Drawn)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	w.Write(text) // a buffer has no errors
	w.Close()
	return template.HTML(`<script type="text/plain" id="data">` + base64.StdEncoding.EncodeToString(b.Bytes()) + `</script>`), nil
}
