package reference

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestListenActs demands that a socket that a killed process left is taken over. A socket
// at which a process listens is left alone, and so is a file that is not a socket.
func TestListenActs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	left.Close()
	ln, err := ListenActs(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if second, err := ListenActs(t.Context(), path); err == nil {
		second.Close()
		t.Error("two listen at one socket")
	}
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if ln, err := ListenActs(t.Context(), file); err == nil {
		ln.Close()
		t.Error("a file was taken for a socket")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}
