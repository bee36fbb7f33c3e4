;;; Echo server made with websocket.el.  -*- lexical-binding: t -*-

(add-to-list (quote load-path) (car (file-expand-wildcards "/usr/share/emacs/site-lisp/elpa-src/websocket-*")))
(require 'websocket)

(websocket-server
 (string-to-number (getenv "PORT"))
 :host "127.0.0.1"
 :on-message (lambda (ws frame)
               (if (eq (websocket-frame-opcode frame) 'text)
                   (websocket-send-text ws (websocket-frame-text frame))
                 (websocket-send ws (make-websocket-frame :opcode 'binary :payload (websocket-frame-payload frame) :completep t))))
 :on-error (lambda (&rest _)))
(while t (sleep-for 3600))
