// Echo client made with Mono's System.Net.WebSockets: client URL.

using System;
using System.IO;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

static class Client {
  static async Task Echo(string url) {
    var socket = new ClientWebSocket();
    await socket.ConnectAsync(new Uri(url), CancellationToken.None);
    var part = new byte[1 << 16];
    var message = new MemoryStream();
    for (;;) {
      var got = await socket.ReceiveAsync(new ArraySegment<byte>(part), CancellationToken.None);
      if (got.MessageType == WebSocketMessageType.Close) {
        await socket.CloseOutputAsync(got.CloseStatus ?? WebSocketCloseStatus.NormalClosure, got.CloseStatusDescription, CancellationToken.None);
        return;
      }
      message.Write(part, 0, got.Count);
      if (!got.EndOfMessage)
        continue;
      await socket.SendAsync(new ArraySegment<byte>(message.ToArray()), got.MessageType, true, CancellationToken.None);
      message.SetLength(0);
    }
  }

  static int Main(string[] args) {
    try {
      Echo(args[0]).Wait();
      return 0;
    } catch (AggregateException e) {
      Console.Error.WriteLine(e.GetBaseException().Message);
      return 1;
    }
  }
}
