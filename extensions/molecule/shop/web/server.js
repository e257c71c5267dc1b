// The least that can be promoted: it says the message that it was built with. "broken" never becomes healthy.
const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");

const message = readFileSync("/srv/message.txt", "utf8").trim();
const server = createServer((request, response) => {
  response.statusCode = message === "broken" || !process.env.TOKEN ? 503 : 200;
  response.end(message);
});
process.on("SIGTERM", () => process.exit(0));
server.listen(8080);
