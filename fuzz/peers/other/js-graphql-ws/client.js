// GraphQL client made with graphql-ws: client.js URL.

const { createClient } = require("graphql-ws");

createClient({ url: process.argv[2], webSocketImpl: require("ws"), lazy: false, retryAttempts: 0, onNonLazyError: (error) => console.error(String(error.reason || error)) });
