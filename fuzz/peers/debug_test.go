package peers
import ("testing"; "github.com/wscheck/wscheck/harness")
func TestDebug(t *testing.T) {
	lib, _ := Find("coder")
	harness.DebugWord(t, lib.Server, "text", "text", "more")
	harness.DebugWord(t, lib.Server, "text", "more")
}
