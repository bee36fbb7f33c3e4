version: 1
rule: rfc6455/5.5.1/close-prompt
rule: rfc6455/5.5.1/close-tcp
rule: rfc6455/5.5.1/client-waits
rule: rfc6455/7.1.1/clean-close
rule: rfc6455/7.1.1/server-first
rule: rfc6455/7.1.1/client-waits
rule: rfc6455/7.1.2/close-tcp
role: server
expect: keep
origin: case rfc6455/5.5.1/close-empty
comment: A close frame without a payload.

as server
close
end: await the end of the connection
