package jsonvec

import _ "embed"

// Schema is schema.json: the JSON Schema (2020-12) of the file.
//
//go:embed schema.json
var Schema []byte
