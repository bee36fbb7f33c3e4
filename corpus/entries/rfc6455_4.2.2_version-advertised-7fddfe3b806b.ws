version: 1
rule: rfc6455/4.2.2/version-advertised
rule: rfc6455/4.4/version-advertised
role: client
expect: refuse
origin: shrunk from rfc6455/4.4/version-0
comment: Kills the mutant version-not-advertised.

as client
handshake version "0"
handshake to be refused
end: ping, await the pong, close
