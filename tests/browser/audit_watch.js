// Before any script of the page's: what browsers will stop to understand.
window.audit = { old: [] };
new ReportingObserver((reports) => {
  for (const { body } of reports) window.audit.old.push(body.id);
}, { types: ["deprecation", "intervention"], buffered: true }).observe();
const { write } = Document.prototype;
Document.prototype.write = function (...texts) {
  window.audit.old.push("document.write");
  return write.apply(this, texts);
};
