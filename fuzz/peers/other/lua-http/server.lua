-- Echo server made with lua-http.

local server = require "http.server"
local headers = require "http.headers"
local websocket = require "http.websocket"

local echo = server.listen {
	host = "127.0.0.1";
	port = tonumber(os.getenv("PORT"));
	onstream = function(_, stream)
		local request = stream:get_headers()
		local ws = request and websocket.new_from_stream(stream, request)
		if not ws then
			local response = headers.new()
			response:append(":status", "400")
			stream:write_headers(response, true)
			return
		end
		if not ws:accept() then
			return
		end
		for message, kind in ws:each() do
			if not ws:send(message, kind) then
				break
			end
		end
		ws:close()
	end;
	onerror = function() end;
}
assert(echo:listen())
assert(echo:loop())
