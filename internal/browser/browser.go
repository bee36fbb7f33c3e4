//go:build unix

// Package browser runs a real browser for tests of pages.
package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Env names a Chromium or Chrome.
const Env = "WSCHECK_CHROMIUM"

// FirefoxEnv names a Firefox.
const FirefoxEnv = "WSCHECK_FIREFOX"

// Firefox returns the path of the browser, or skips the test. certutil makes the profile.
func Firefox(t testing.TB) string {
	t.Helper()
	return named(t, FirefoxEnv, "a Firefox (Debian: /usr/bin/firefox-esr after apt-get install firefox-esr libnss3-tools)")
}

// Limit bounds a browser that hangs. One that works takes far less.
const Limit = 8 * time.Minute

// Binary returns the path of the browser, or skips the test.
func Binary(t testing.TB) string {
	t.Helper()
	return named(t, Env, "a Chromium (Debian: /usr/bin/chromium after apt-get install chromium)")
}

// named returns what the environment variable has, or skips the test with what it takes.
func named(t testing.TB, variable, takes string) string {
	t.Helper()
	binary := os.Getenv(variable)
	if binary == "" {
		t.Skipf("%s is not set: it takes the path of %s", variable, takes)
	}
	return binary
}

// Run is a browser that was started.
type Run struct {
	Ended <-chan error // receives once it has ended

	ended chan error
	cmd   *exec.Cmd
	out   output
	stop  sync.Once
}

// Start opens a page in a Chromium with a profile of its own. The test's end stops it.
func Start(t testing.TB, binary, page string, more ...string) *Run {
	t.Helper()
	profile := newProfile(t)
	args := append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
		"--user-data-dir=" + profile,
	}, more...)
	return start(t, profile, exec.Command(binary, append(args, page)...))
}

// preferences have a Firefox ask nobody but the page's server.
const preferences = `user_pref("network.proxy.type", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#");
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("datareporting.policy.dataSubmissionEnabled", false);
`

// StartFirefox is [Start] with a Firefox that trusts an authority, which is in PEM.
func StartFirefox(t testing.TB, binary, page string, authority []byte) *Run {
	t.Helper()
	profile := newProfile(t)
	for name, content := range map[string][]byte{"user.js": []byte(preferences), "authority.pem": authority} {
		if err := os.WriteFile(filepath.Join(profile, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-n", "wscheck", "-t", "C,,", "-i", filepath.Join(profile, "authority.pem")}} {
		if out, err := exec.Command("certutil", append(args, "-d", "sql:"+profile)...).CombinedOutput(); err != nil {
			t.Fatalf("certutil: %v\n%s", err, out)
		}
	}
	cmd := exec.Command(binary, "--headless", "--no-remote", "--profile", profile, page)
	cmd.Env = append(os.Environ(), "HOME="+profile)
	return start(t, profile, cmd)
}

func newProfile(t testing.TB) string {
	t.Helper()
	profile, err := os.MkdirTemp("", "browser")
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

// start starts a browser, which the test's end stops and whose profile it removes.
func start(t testing.TB, profile string, cmd *exec.Cmd) *Run {
	t.Helper()
	r := &Run{ended: make(chan error, 1), cmd: cmd}
	r.Ended = r.ended
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.out
	r.cmd.WaitDelay = time.Second
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	go func() {
		r.ended <- r.cmd.Wait()
		close(waited)
	}()
	t.Cleanup(func() {
		r.Stop()
		<-waited
		os.RemoveAll(profile) // some of the browser's processes may still write
	})
	return r
}

// Stop ends the browser and all of its processes.
func (r *Run) Stop() {
	r.stop.Do(func() { _ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) })
}

// Output returns what the browser has printed.
func (r *Run) Output() string {
	r.out.mu.Lock()
	defer r.out.mu.Unlock()
	return r.out.text.String()
}

// output is what a process prints, as it is read while it prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}
