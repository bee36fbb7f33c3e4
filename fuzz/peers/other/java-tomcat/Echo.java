// Echo server made with Tomcat, by the endpoint of its own examples.

import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

@ServerEndpoint("/")
public class Echo {
  @OnMessage
  public void text(Session session, String part, boolean last) throws IOException {
    session.getBasicRemote().sendText(part, last);
  }

  @OnMessage
  public void binary(Session session, ByteBuffer part, boolean last) throws IOException {
    session.getBasicRemote().sendBinary(part, last);
  }

  public static void main(String[] args) throws Exception {
    Logger.getLogger("").setLevel(Level.OFF);
    String folder = System.getProperty("java.io.tmpdir");
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder);
    Connector connector = new Connector();
    connector.setPort(Integer.parseInt(System.getenv("PORT")));
    connector.setProperty("address", "127.0.0.1");
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", folder);
    context.addServletContainerInitializer(new WsSci(), Set.of(Echo.class));
    Tomcat.addServlet(context, "default", new DefaultServlet());
    context.addServletMappingDecoded("/", "default");
    tomcat.start();
    tomcat.getServer().await();
  }
}
