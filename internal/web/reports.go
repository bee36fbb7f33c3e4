package web

import (
	"cmp"
	"net/http"
	"os"
	"path"
)

// reportPolicy lets a page of the report have the style and the script inside
// it, and those beside it; its own policy allows one of the two.
const reportPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// reportKinds are the files of a report.
var reportKinds = map[string]string{
	".html": "text/html; charset=utf-8",
	".json": "application/json",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
}

// reports serves the files of a report that lie in dir itself. Nothing outside
// it can be reached, by any name or symbolic link.
func reports(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		name = cmp.Or(name, "index.html")
		kind := reportKinds[path.Ext(name)]
		if kind == "" || path.Base(name) != name {
			http.NotFound(w, r)
			return
		}
		f, info := openReport(dir, name)
		if f == nil {
			http.Error(w, "There is no such file in the report yet: run some cases.", http.StatusNotFound)
			return
		}
		defer f.Close()
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Security-Policy", reportPolicy)
		http.ServeContent(w, r, name, info.ModTime(), f)
	})
}

// openReport opens a regular file in dir, or returns nil.
func openReport(dir, name string) (*os.File, os.FileInfo) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil
	}
	defer root.Close()
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil // not opened: to open a named pipe may take for ever
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, nil
	}
	return f, info
}
