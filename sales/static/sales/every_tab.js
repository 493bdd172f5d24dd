/** Has `hear` hear news { kind, detail } in this tab and, over a `channel`, in the others. Returns what tells them. */
export function inEveryTab(channel, hear) {
  channel.onmessage = ({ data }) => hear(data);
  return (kind, detail) => {
    channel.postMessage({ kind, detail });
    hear({ kind, detail });
  };
}
