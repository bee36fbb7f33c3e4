-- Echo client made with lua-http: client.lua URL.

local websocket = require "http.websocket"

local ws = websocket.new_from_uri(arg[1])
local ok, err = ws:connect(20)
if not ok then
	io.stderr:write(tostring(err), "\n")
	os.exit(1)
end
for message, kind in ws:each() do
	if not ws:send(message, kind) then
		break
	end
end
ws:close()
