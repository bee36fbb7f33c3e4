// MQTT client made with MQTT.js: client.js URL.

const mqtt = require("mqtt");

const client = mqtt.connect(process.argv[2], { reconnectPeriod: 0, protocolVersion: 4, protocolId: "MQTT" });
client.on("error", (error) => console.error(error.message));
client.on("close", () => process.exit());
