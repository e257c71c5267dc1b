// Says when the shop is closed: GET / answers with closed.json, which lies beside this file.
const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const closed = readFileSync(join(__dirname, "closed.json"));
const server = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(closed);
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(8080);
