package harness_test

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/testseeds"
)

// releaseVersion is that of the modules of this repository, as they require each other.
const releaseVersion = "v0.1.0"

// TestInstallFromProxy installs the command, and imports package harness, as
// strangers do: from a module proxy that serves the modules of this repository as
// releases, and without the workspace. That compiles all that they need anew.
func TestInstallFromProxy(t *testing.T) {
	if !testseeds.All() {
		t.Skip("it builds the command: set WSCHECK_ALL, as .ci/run does")
	}
	g := newReleasedModules(t)
	t.Run("install", func(t *testing.T) {
		bin := t.TempDir()
		g.run(t, t.TempDir(), []string{"GOBIN=" + bin}, "install", modulePath+"/cmd/wscheck@"+releaseVersion)
		out, err := exec.Command(filepath.Join(bin, "wscheck"+g.exe), "--version").CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "wscheck "+releaseVersion+" ") {
			t.Errorf("wscheck --version: %q, %v, want version %s", out, err, releaseVersion)
		}
	})
	t.Run("import", func(t *testing.T) {
		dir := t.TempDir()
		writeFiles(t, dir, map[string]string{"go.mod": "module example.test/chat\n\ngo 1.25\n", "chat_test.go": importerTest})
		g.run(t, dir, nil, "get", modulePath+"/harness@"+releaseVersion)
		graph := strings.Fields(g.run(t, dir, nil, "list", "-m", "-f", "{{.Path}}", "all"))
		if want := []string{"example.test/chat", modulePath, "pgregory.net/rapid"}; !slices.Equal(graph, want) {
			t.Errorf("go list -m all: %q, want %q", graph, want)
		}
		out := g.run(t, dir, nil, "test", "-v", "-vet=off", ".")
		if !strings.Contains(out, "--- PASS: TestConformance/autobahn/1.1.1") {
			t.Errorf("go test in the importing module has not passed the case:\n%s", out)
		}
	})
}

// importerTest is the test of a module that imports package harness. Its server
// echoes short messages, and closes when it is asked to.
const importerTest = `package chat

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/wscheck/wscheck/harness"
)

func serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	accept := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(accept[:]))
	for {
		var head [6]byte // the last four are the mask
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		payload := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		for i := range payload {
			payload[i] ^= head[2+i%4]
		}
		conn.Write(append([]byte{head[0], byte(len(payload))}, payload...))
		if head[0]&0x0f == 8 {
			return
		}
	}
}

func TestConformance(t *testing.T) {
	harness.TestServer(t, serve, &harness.Config{Cases: []string{"1.1.1"}})
}
`

// releasedModules is an environment of the go command in which the modules of this
// repository are released.
type releasedModules struct {
	env []string
	exe string // ends the names of commands
}

// newReleasedModules makes the proxy and a module cache of its own. What comes from
// others is taken from the user's module cache.
func newReleasedModules(t *testing.T) releasedModules {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	needOthersModules(t, root)
	proxy := t.TempDir()
	for _, name := range []string{"", "/cmd/wscheck", "/harness/http2"} {
		if err := release(proxy, modulePath+name, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	cache := strings.TrimSpace(goCommand(t, root, nil, "env", "GOMODCACHE"))
	g := releasedModules{env: []string{
		"GOWORK=off", "GOFLAGS=-mod=mod -modcacherw -trimpath", "GOTOOLCHAIN=local", "GOSUMDB=off", "GONOSUMDB=", "GOPRIVATE=", "GONOPROXY=", "GOINSECURE=",
		"GOMODCACHE=" + t.TempDir(),
		"GOPROXY=" + fileURL(proxy) + "," + fileURL(filepath.Join(cache, "cache", "download")),
	}}
	g.exe = strings.TrimSpace(goCommand(t, root, nil, "env", "GOEXE"))
	return g
}

// needOthersModules skips the test where the module cache lacks a module that the
// command needs, and it cannot be fetched.
func needOthersModules(t *testing.T, root string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, "cmd/wscheck", name))
		if err != nil {
			t.Fatal(err)
		}
		writeFiles(t, dir, map[string]string{name: string(text)})
	}
	env := []string{"GOWORK=off", "GOFLAGS="}
	goCommand(t, dir, env, "mod", "edit",
		"-replace="+modulePath+"="+root, "-replace="+modulePath+"/harness/http2="+filepath.Join(root, "harness/http2"))
	download := exec.Command("go", "mod", "download")
	download.Dir, download.Env = dir, append(os.Environ(), env...)
	if out, err := download.CombinedOutput(); err != nil {
		t.Skipf("the module cache lacks modules that the command needs: run \"go mod download\" in cmd/wscheck with a network\n%s", out)
	}
}

// run runs the go command in dir and returns its output.
func (g releasedModules) run(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	return goCommand(t, dir, append(slices.Clone(g.env), env...), args...)
}

// goCommand runs the go command in dir, with env besides the environment, and
// returns what it writes to standard output.
func goCommand(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	var stderr strings.Builder
	command := exec.Command("go", args...)
	command.Dir, command.Env, command.Stderr = dir, append(os.Environ(), env...), &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

// fileURL returns the URL of a folder.
func fileURL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") {
		dir = "/" + dir
	}
	return "file://" + dir
}

// release writes the files by which a module proxy serves the module in dir as
// releaseVersion.
func release(proxy, module, dir string) error {
	versions := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	if found := regexp.MustCompile(`(?m)^(replace|exclude)\b`).Find(mod); found != nil {
		return fmt.Errorf("go.mod of %s has a directive %q: go install refuses it", module, found)
	}
	for name, text := range map[string][]byte{
		"list":                   []byte(releaseVersion + "\n"),
		releaseVersion + ".info": []byte(`{"Version": "` + releaseVersion + `", "Time": "2000-01-01T00:00:00Z"}`),
		releaseVersion + ".mod":  mod,
	} {
		if err := os.WriteFile(filepath.Join(versions, name), text, 0o644); err != nil {
			return err
		}
	}
	file, err := os.Create(filepath.Join(versions, releaseVersion+".zip"))
	if err != nil {
		return err
	}
	defer file.Close()
	if err := zipModule(file, dir, module+"@"+releaseVersion+"/"); err != nil {
		return err
	}
	return file.Close()
}

// zipModule writes the files of the module in dir, each with the prefix before its
// name. Modules within it and tests are left out.
func zipModule(w io.Writer, dir, prefix string) error {
	out := zip.NewWriter(w)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if path != dir && (err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := out.CreateHeader(&zip.FileHeader{Name: prefix + filepath.ToSlash(name)})
		if err != nil {
			return err
		}
		_, err = file.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	return out.Close()
}

// writeFiles writes files into dir.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
