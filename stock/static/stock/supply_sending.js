// Sends the lines of a delivery, one after the other.

/** Promises what is wrong with the first that is refused, with its `line`; nothing once all are in. */
export async function receiveAll(lines, { url, digits, head, words }) {
  const wanted = lines.filter((one) => one.isChosen && !one.isSaved);
  if (wanted.length === 0 && !lines.some((one) => one.isSaved)) return { detail: words.empty };
  for (const line of wanted) {
    const read = line.read(digits);
    const problem = read ? await line.receive(url, { ...read, ...head }) : { detail: words.numbers };
    if (problem) return { ...problem, line };
  }
  return undefined;
}
