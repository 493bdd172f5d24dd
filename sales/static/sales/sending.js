import { retryAfter } from "../realtime/backoff.js";
import { post } from "../ui/request.js";

// One request to the server, and what it says of each sale: { kind: "sold", sale }, { kind: "refused", problem },
// { kind: "unclear", hint }: it may have sold, or not, and is asked again; or "signed_out".

const UNCLEAR = [408, 425, 429];

/** A sale of this moment: the server refuses what speaks against it. */
export async function sendOne({ bar, order }, send = post) {
  const { body, outcome } = await ask(send, `/api/v1/bars/${bar}/sales`, order);
  return outcome ?? (body.key === order.key ? { kind: "sold", sale: body } : { kind: "unclear", hint: 0 });
}

/** Sales of one bar that were made before: the server takes them, and tells a manager what speaks against them. */
export async function sendBatch(sales, send = post) {
  const now = new Date().toISOString(); // by which the server finds out how wrong the clock is
  const { body, outcome } = await ask(send, `/api/v1/bars/${sales[0].bar}/sales/batch?sent_at=${now}`, {
    sales: sales.map(({ order, soldAt }) => ({ ...order, sold_at: soldAt })),
  });
  return sales.map((_, at) => outcome ?? resultOf(body.results?.[at]));
}

/** Takes a sale back that was sold a moment ago. */
export async function sendUndo({ bar }, sale, send = post) {
  const { body, outcome } = await ask(send, `/api/v1/bars/${bar}/sales/${sale}/undo`, {});
  return outcome ?? (body.id === sale ? { kind: "undone", sale: body } : { kind: "unclear", hint: 0 });
}

function resultOf({ status, sale, problem } = {}) {
  return sale ? { kind: "sold", sale } : judge(status ?? 500, problem ?? {}, 0);
}

/** The body of an answer, or the outcome of all that was asked. A café's sign-in page is no answer of ours. */
async function ask(send, url, order) {
  try {
    const response = await send(url, order);
    const body = await response.json().catch(() => ({}));
    return response.ok ? { body } : { outcome: judge(response.status, body, retryAfter(response)) };
  } catch {
    return { outcome: { kind: "unclear", hint: 0 } };
  }
}

function judge(status, problem, hint) {
  if (status === 401 || problem.code === "csrf") return { kind: "signed_out" };
  if (status >= 500 || UNCLEAR.includes(status) || problem.code === "in_progress" || !problem.code) return { kind: "unclear", hint };
  return { kind: "refused", problem: { ...problem, status } };
}
