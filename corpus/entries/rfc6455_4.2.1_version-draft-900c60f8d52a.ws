version: 1
rule: rfc6455/4.2.1/version-draft
role: client
expect: keep or refuse
origin: shrunk from rfc6455/4.4/version-7
comment: Kills the mutant accept-request-version-8.

as client
handshake version "7"
handshake to be refused
end: ping, await the pong, close
