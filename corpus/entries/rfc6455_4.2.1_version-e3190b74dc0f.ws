version: 1
rule: rfc6455/4.2.1/version
role: client
expect: refuse
origin: shrunk from rfc6455/4.4/version-9
comment: Kills the mutant accept-request-version-other.

as client
handshake version "9"
handshake to be refused
end: ping, await the pong, close
