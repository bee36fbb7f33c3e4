-- Echo server made with websockets, and with arguments an echo client: Main HOST PORT PATH.
module Main (main) where

import Control.Exception (catch)
import Control.Monad (forever)
import qualified Network.WebSockets as WS
import System.Environment (getArgs, getEnv)

options :: WS.ConnectionOptions
options = WS.defaultConnectionOptions
  { WS.connectionCompressionOptions = WS.PermessageDeflateCompression WS.defaultPermessageDeflate }

echo :: WS.Connection -> IO ()
echo connection = forever (WS.receiveDataMessage connection >>= WS.sendDataMessage connection)
  `catch` \e -> let _ = e :: WS.ConnectionException in return ()

main :: IO ()
main = do
  args <- getArgs
  case args of
    [host, port, path] -> WS.runClientWith host (read port) path options [] echo
    _ -> do
      port <- read <$> getEnv "PORT"
      WS.runServerWithOptions
        WS.defaultServerOptions { WS.serverHost = "127.0.0.1", WS.serverPort = port, WS.serverConnectionOptions = options }
        (\pending -> WS.acceptRequest pending >>= echo)
