// Echo server made with Qt WebSockets, and with an argument an echo client: echo URL.

#include <QtCore/QCoreApplication>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>

static void echo(QWebSocket *socket) {
  QObject::connect(socket, &QWebSocket::textMessageReceived, socket, [socket](const QString &text) { socket->sendTextMessage(text); });
  QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, [socket](const QByteArray &data) { socket->sendBinaryMessage(data); });
}

int main(int argc, char **argv) {
  QCoreApplication app(argc, argv);
  if (argc > 1) {
    QWebSocket socket;
    echo(&socket);
    QObject::connect(&socket, &QWebSocket::disconnected, &app, &QCoreApplication::quit);
    socket.open(QUrl(QString::fromUtf8(argv[1])));
    return app.exec();
  }
  QWebSocketServer server("echo", QWebSocketServer::NonSecureMode);
  if (!server.listen(QHostAddress::LocalHost, qEnvironmentVariableIntValue("PORT")))
    return 1;
  QObject::connect(&server, &QWebSocketServer::newConnection, &server, [&server] {
    QWebSocket *socket = server.nextPendingConnection();
    echo(socket);
    QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
  });
  return app.exec();
}
