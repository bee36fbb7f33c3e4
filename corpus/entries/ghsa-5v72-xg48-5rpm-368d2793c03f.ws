version: 1
rule: wscheck/peer-died
role: client
expect: keep
origin: written for this corpus after the advisory
advisory: GHSA-5v72-xg48-5rpm
affected: npm ws before 1.1.5, 2.x and 3.x before 3.3.1
fixed: npm ws 1.1.5, 3.3.1
comment: An offer of an extension by the name of a property that every object of the runtime has.

as client
handshake extension "constructor"
message TEXT "still there"
await message × 1 within 10s
end: ping, await the pong, close
