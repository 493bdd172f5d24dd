// What pages end with: [{rows, since, messages, fresh}] on standard input, [{products, fate}] on standard output.
// The till's own modules do it; only the network is the list of cases: `fresh` is what refetching would bring.
import { readFileSync } from "node:fs";
import { Subscription } from "../../realtime/static/realtime/subscription.js";
import { Shelf } from "../../sales/static/sales/shelf.js";

async function till({ rows, since, messages, fresh, isDeaf = false }) {
  const shelf = new Shelf(rows);
  let fate = messages.length ? "patched" : "untouched";
  const reset = async () => {
    if (!isDeaf) shelf.replace(fresh);
    fate = "refetched";
    return since;
  };
  const subscription = new Subscription("bar", { since, topics: ["stock"], patch: (event) => shelf.patch(event), reset });
  const { question } = subscription.ask();
  const [epoch, seq] = since.split(":");
  await subscription.accept({ type: "joined", question, result: "live", epoch, seq: Number(seq) });
  for (const message of messages) await subscription.accept(message);
  return { products: shelf.products.map(({ version, ...row }) => row), fate };
}

const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(cases.map(till))));
