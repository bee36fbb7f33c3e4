# Echo server made with httpuv.
library(httpuv)

runServer("127.0.0.1", as.integer(Sys.getenv("PORT")), list(
  onWSOpen = function(ws) {
    ws$onMessage(function(binary, message) ws$send(message))
  }
))
