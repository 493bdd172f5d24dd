// Before any script of the page's: what moves by itself, and what browsers will stop to understand.
window.audit = { shift: 0, old: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.audit.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new ReportingObserver((reports) => {
  for (const { body } of reports) window.audit.old.push(body.id);
}, { types: ["deprecation", "intervention"], buffered: true }).observe();
const { write } = Document.prototype;
Document.prototype.write = function (...texts) {
  window.audit.old.push("document.write");
  return write.apply(this, texts);
};
