version: 1
rule: rfc9113/6.9/window
role: client
expect: any
origin: the case rfc9113/6.9.2/window-0
comment: SETTINGS_INITIAL_WINDOW_SIZE 0 in mid-stream, a message, and a while later a window.

as client
message TEXT "before"
await message × 1 within 5s
raw <000006040000000000000400000000> [beneath the stream]
message TEXT "after"
await end within 1.5s
raw <00000408000000000100100000> [beneath the stream]
await message × 2 within 5s
end: ping, await the pong, close
