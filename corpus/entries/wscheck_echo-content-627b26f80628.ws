version: 1
rule: wscheck/echo-content
rule: rfc6455/5.5.2/pong
role: client
expect: keep
origin: written for this corpus
comment: Pings come while the echoes of long messages wait to be written: a pong goes between two frames, not into one. Kills the mutants
  interleave-pongs and lose-pong-when-blocked.

as client
stop reading
frame BINARY "first " × 10000
frame PING "ping 0000"
frame PING "ping 0001"
frame PING "ping 0002"
frame PING "ping 0003"
frame PING "ping 0004"
frame PING "ping 0005"
frame PING "ping 0006"
frame PING "ping 0007"
frame PING "ping 0008"
frame PING "ping 0009"
frame PING "ping 0010"
frame PING "ping 0011"
frame PING "ping 0012"
frame PING "ping 0013"
frame PING "ping 0014"
frame PING "ping 0015"
frame PING "ping 0016"
frame PING "ping 0017"
frame PING "ping 0018"
frame PING "ping 0019"
frame PING "ping 0020"
frame PING "ping 0021"
frame PING "ping 0022"
frame PING "ping 0023"
frame PING "ping 0024"
frame PING "ping 0025"
frame PING "ping 0026"
frame PING "ping 0027"
frame PING "ping 0028"
frame PING "ping 0029"
frame PING "ping 0030"
frame PING "ping 0031"
frame PING "ping 0032"
frame PING "ping 0033"
frame PING "ping 0034"
frame PING "ping 0035"
frame PING "ping 0036"
frame PING "ping 0037"
frame PING "ping 0038"
frame PING "ping 0039"
frame BINARY "second " to 60000 octets
frame PING "ping 0000"
frame PING "ping 0001"
frame PING "ping 0002"
frame PING "ping 0003"
frame PING "ping 0004"
frame PING "ping 0005"
frame PING "ping 0006"
frame PING "ping 0007"
frame PING "ping 0008"
frame PING "ping 0009"
frame PING "ping 0010"
frame PING "ping 0011"
frame PING "ping 0012"
frame PING "ping 0013"
frame PING "ping 0014"
frame PING "ping 0015"
frame PING "ping 0016"
frame PING "ping 0017"
frame PING "ping 0018"
frame PING "ping 0019"
frame PING "ping 0020"
frame PING "ping 0021"
frame PING "ping 0022"
frame PING "ping 0023"
frame PING "ping 0024"
frame PING "ping 0025"
frame PING "ping 0026"
frame PING "ping 0027"
frame PING "ping 0028"
frame PING "ping 0029"
frame PING "ping 0030"
frame PING "ping 0031"
frame PING "ping 0032"
frame PING "ping 0033"
frame PING "ping 0034"
frame PING "ping 0035"
frame PING "ping 0036"
frame PING "ping 0037"
frame PING "ping 0038"
frame PING "ping 0039"
wait 300ms
go on reading
await message × 2 within 5s
await pong × 80 within 2s
close 1000
end: ping, await the pong, close
