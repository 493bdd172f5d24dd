// Socket.IO with its Redis adapter: one process, rooms, and `emit` at a rate that lines of JSON on its input ask for.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, redis, streams, size] = process.argv.slice(2);
const ROOMS = Number(streams);
const pad = "x".repeat(Number(size) - 71);
const sent = Array(ROOMS).fill(0);

const options = redis.startsWith("unix://")
  ? { socket: { path: decodeURIComponent(redis.slice(7)) } }
  : { url: redis };
const publisher = createClient(options);
const subscriber = publisher.duplicate();
await Promise.all([publisher.connect(), subscriber.connect()]);

const http = createServer();
const io = new Server(http, { adapter: createAdapter(publisher, subscriber), transports: ["websocket"] });
io.on("connection", (socket) => socket.join(socket.handshake.auth.room));
http.listen(Number(port), "127.0.0.1", () => console.log("{}"));

/** Emits what is due by now, stamped with the moment it was due, until so many have been sent. */
function publish(rate, seconds, answer) {
  const begin = Date.now() / 1000 + 0.05;
  const total = Math.floor((rate / ROOMS) * seconds) * ROOMS;
  let number = 0;
  const turn = () => {
    const now = Date.now() / 1000;
    for (; number < total && begin + number / rate <= now; number += 1) {
      const room = number % ROOMS;
      sent[room] += 1;
      io.to(String(room)).emit("frame", { n: sent[room], due: begin + number / rate, pad });
    }
    if (number < total) setTimeout(turn, 1);
    else answer({ sent: total, late: now - begin - (total - 1) / rate });
  };
  turn();
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { rate, seconds } = JSON.parse(line);
  publish(rate, seconds, (told) => console.log(JSON.stringify(told)));
}).on("close", () => process.exit(0));
