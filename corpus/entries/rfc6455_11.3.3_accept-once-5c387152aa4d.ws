version: 1
rule: rfc6455/11.3.3/accept-once
rule: rfc6455/4.2.2/extension-offered
rule: rfc6455/4.2.2/respond
rule: rfc6455/4.2.2/response-bodiless
rule: rfc6455/4.2.2/response-connection
rule: rfc6455/4.2.2/response-http
rule: rfc6455/4.2.2/response-upgrade
rule: rfc6455/4.2.2/subprotocol-none
rule: rfc6455/5.1/server-masks-not
rule: rfc6455/5.2/length-minimal
rule: rfc6455/5.2/opcode
rule: rfc6455/5.2/rsv
rule: rfc6455/5.5.1/close-body
rule: rfc6455/5.5.1/close-reply
rule: rfc6455/5.5.1/data-after-close
rule: rfc6455/5.5.1/reason-utf8
rule: rfc6455/5.5.1/server-close-tcp
rule: rfc6455/5.5.2/pong
rule: rfc6455/5.5.3/pong-payload
rule: rfc6455/5.5/control-fragmented
rule: rfc6455/5.5/control-length
rule: rfc6455/7.1.5/close-once
rule: rfc6455/7.4.1/code-1005
rule: rfc6455/7.4.1/code-1006
rule: rfc6455/7.4.1/code-1015
rule: rfc6455/7.4.2/code-beyond
rule: rfc6455/7.4.2/code-defined
rule: rfc6455/9.1/grammar
rule: wscheck/overflow
rule: wscheck/peer-hung
rule: rfc6455/4.2.2/extension-derived
rule: rfc6455/4.3/quoted-token
rule: rfc6455/5.4/control-fragmented
rule: rfc6455/5.8/negotiated
rule: rfc6455/6.1/open
rule: rfc6455/6.1/abort
rule: rfc6455/6.2/control
rule: rfc6455/7.1.1/server-initiates
rule: rfc6455/9/extension-offered
role: client
expect: keep
origin: shrunk from rfc6455/4.2.2/response
comment: Kills the mutants response-accept-twice, response-content-length, response-extension-unoffered, hang-opening, response-connection-missing, response-http-1.0, response-upgrade-missing, response-protocol-unoffered, send-masked, send-length-16, send-opcode-b, send-rsv2-pong, close-1-octet, close-unanswered, close-then-data, close-reason-not-utf8, close-tcp-open, pong-missing, unmask-ping-not, send-fragmented-pong, send-long-pong, close-twice, close-code-1005, close-code-1006, close-code-1015, close-code-5000, close-code-0, response-extension-grammar, endless-pings, hang-at-end.

as client
end: ping, await the pong, close
