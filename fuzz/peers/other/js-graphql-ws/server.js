// GraphQL server made with graphql-ws.

const { WebSocketServer } = require("ws");
const { useServer } = require("graphql-ws/use/ws");
const { GraphQLObjectType, GraphQLSchema, GraphQLString } = require("graphql");

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { hello: { type: GraphQLString, resolve: () => "world" } } }),
});
useServer({ schema }, new WebSocketServer({ host: "127.0.0.1", port: Number(process.env.PORT), path: "/graphql", perMessageDeflate: true }));
