/** Runs tasks one at a time over all tabs of the browser; where that has no locks (no HTTPS), over this page's. */
export function exclusively(name, locks = navigator.locks) {
  if (locks) return (task) => locks.request(name, task);
  let last = Promise.resolve();
  return (task) => (last = last.then(task, task));
}
