// NATS client made with nats-core: client.mjs URL.

import { wsconnect } from "@nats-io/nats-core";
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket;
try {
  const connection = await wsconnect({ servers: process.argv[2], reconnect: false });
  await connection.closed();
} catch (error) {
  console.error(error.message);
}
process.exit();
