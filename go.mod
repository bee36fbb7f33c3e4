module github.com/wscheck/wscheck

go 1.25

require pgregory.net/rapid v1.3.0
