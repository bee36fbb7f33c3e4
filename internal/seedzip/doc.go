// Package seedzip reads and writes seed corpora as OSS-Fuzz has them: a zip file
// of raw octet files, NAME_seed_corpus.zip, beside the fuzz target NAME.
package seedzip
