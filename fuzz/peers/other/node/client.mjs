// Echo client made with npm's ws.
//
//     node client.mjs ws://HOST:PORT [AGENT]
//
// Runs all cases of a fuzzing server, one after the other: it asks /getCaseCount how many there are, echoes in each
// /runCase?case=N&agent=AGENT until the server ends the connection, and asks for the report by
// /updateReports?agent=AGENT. WSECHO_DEFLATE=1 offers permessage-deflate.

import process from "node:process";
import { WebSocket } from "ws";

// converse connects, calls onMessage for each message, and resolves when the connection has ended in whatever way: how
// is the fuzzing server's to judge. It resolves to the error, if there was one.
function converse(url, onMessage) {
  return new Promise((resolve) => {
    let failure;
    const socket = new WebSocket(url, {
      maxPayload: 64 * 1024 * 1024,
      perMessageDeflate: process.env.WSECHO_DEFLATE === "1",
    });
    socket.on("error", (error) => (failure = error));
    socket.on("message", (data, binary) => onMessage(socket, data, binary));
    socket.on("close", () => resolve(failure));
  });
}

async function main(server, agent = "ws") {
  const query = new URLSearchParams({ agent });
  let count;
  const failure = await converse(`${server}/getCaseCount`, (_, data) => (count = JSON.parse(data.toString())));
  if (failure) throw failure;
  for (let number = 1; number <= count; number++) {
    const url = `${server}/runCase?case=${number}&${query}`;
    const failure = await converse(url, (socket, data, binary) => socket.send(data, { binary }));
    if (failure) console.error(`${url}: ${failure.message}`);
  }
  const unreported = await converse(`${server}/updateReports?${query}`, () => {});
  if (unreported) throw unreported;
}

const [server, ...agent] = process.argv.slice(2);
if (server === undefined || agent.length > 1) {
  console.error("usage: node client.mjs ws://HOST:PORT [AGENT]");
  process.exit(2);
}
await main(server.replace(/\/$/, ""), ...agent);
