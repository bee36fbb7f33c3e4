// Echo server made with Jetty.

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.log.Log;
import org.eclipse.jetty.util.log.StdErrLog;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;
import org.eclipse.jetty.websocket.servlet.WebSocketServlet;
import org.eclipse.jetty.websocket.servlet.WebSocketServletFactory;

public class Echo {
  @WebSocket
  public static class Socket {
    @OnWebSocketMessage
    public void text(Session session, String message) throws IOException {
      session.getRemote().sendString(message);
    }

    @OnWebSocketMessage
    public void binary(Session session, byte[] octets, int offset, int length) throws IOException {
      session.getRemote().sendBytes(ByteBuffer.wrap(octets, offset, length));
    }
  }

  public static class Servlet extends WebSocketServlet {
    @Override
    public void configure(WebSocketServletFactory factory) {
      factory.getPolicy().setMaxTextMessageSize(64 << 20);
      factory.getPolicy().setMaxBinaryMessageSize(64 << 20);
      factory.register(Socket.class);
    }
  }

  public static void main(String[] args) throws Exception {
    StdErrLog log = new StdErrLog();
    log.setLevel(StdErrLog.LEVEL_OFF);
    Log.setLog(log);
    Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))));
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(new ServletHolder(new Servlet()), "/");
    server.setHandler(context);
    server.start();
    server.join();
  }
}
