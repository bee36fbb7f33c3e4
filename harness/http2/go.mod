module github.com/wscheck/wscheck/harness/http2

go 1.25.0

require (
	github.com/wscheck/wscheck v0.1.0
	golang.org/x/net v0.30.0
)

require pgregory.net/rapid v1.3.0 // indirect
