#!/bin/bash -eu
# Builds every target of package fuzz, with its seeds and its dictionary, into $OUT.
# It runs in the root of the repository, with what the image for Go has:
# compile_native_go_fuzzer PACKAGE FUNCTION NAME.
export GOWORK=off

go run ./fuzz/oss-fuzz/seeds "$OUT"
for target in $(go run ./fuzz/oss-fuzz/seeds); do
  compile_native_go_fuzzer github.com/wscheck/wscheck/fuzz "$target" "$target"
done
