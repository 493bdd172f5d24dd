/** Sends sales, a fresh one alone; promises what has become of each. From the first byte on each may have sold. */
export async function sendAndSettle(sales, isFresh, parts) {
  for (const sale of sales.filter(({ wasSent }) => !wasSent)) await parts.store.put(Object.assign(sale, { wasSent: true }));
  const outcomes = isFresh ? [await parts.line.sendOne(sales[0])] : await parts.line.sendBatch(sales);
  const settled = [];
  for (const [at, one] of outcomes.entries()) settled.push(await settle(sales[at], { ...one, isFresh }, parts));
  return settled;
}

/**
 * Does what an outcome of sending.js means for a kept sale: gone once it is sold or taken back, kept with its problem
 * once it is refused, as it is while nobody knows. Promises the outcome that this led to.
 */
async function settle(sale, outcome, parts) {
  const final = sale.isUndone ? await undo(sale, outcome, parts) : outcome;
  const { kind, problem } = final;
  if (kind === "sold" || kind === "undone") await parts.store.remove(sale.seq);
  if (kind === "refused") await parts.store.put({ ...sale, problem });
  if (["sold", "undone", "refused"].includes(kind)) parts.tell(kind, { ...final, sale, answer: final.sale });
  return final;
}

/** What the seller has taken back while nobody knew: nothing where it never sold; it stands where the server says so. */
async function undo(sale, outcome, { line }) {
  if (outcome.kind === "refused") return { kind: "undone" };
  if (outcome.kind !== "sold") return outcome;
  const undone = await line.sendUndo(sale, outcome.sale.id);
  return undone.kind === "refused" ? { ...outcome, stands: undone.problem } : undone;
}
