({ language, leastTaps, leastText, mostShift }) => {
  const faults = [];
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
  const named = (element) => `<${element.localName}> “${(element.textContent || element.name || element.src || "").trim().slice(0, 30)}”`;
  const head = (selector) => document.head.querySelector(selector);

  // What it is called, in which language, for which screen.
  if (!/^[^·\s]/.test(document.title)) faults.push("has no title of its own");
  if (document.documentElement.lang !== language) faults.push(`is in “${document.documentElement.lang}”, not in ${language}`);
  if (!head("meta[name=viewport]")?.content.includes("width=device-width")) faults.push("has no viewport");

  // Room for images before they come.
  const isSized = (image) => ["width", "height"].every((side) => image.hasAttribute(side) || `${image.computedStyleMap().get(side)}` !== "auto");
  for (const image of document.images) if (isShown(image) && !isSized(image)) faults.push(`${named(image)} has no size`);

  // What is tapped: a thing, or a label with the thing in it; a link within a sentence is as high as its text.
  const isInSentence = (target) => target.localName === "a" && getComputedStyle(target).display === "inline"
    && target.parentElement.textContent.trim().length > target.textContent.trim().length;
  const side = (element) => Math.min(element.getBoundingClientRect().width, element.getBoundingClientRect().height);
  for (const target of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!isShown(target) || isInSentence(target)) continue;
    const [, least] = leastTaps.find(([selector]) => target.matches(selector));
    const size = Math.max(side(target), ...[...(target.labels ?? [])].map(side));
    if (size < least) faults.push(`${named(target)} is ${Math.round(size)} px to tap, not ${least}`);
  }

  // Text, as large as it is drawn.
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const small = new Map();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const size = parseFloat(getComputedStyle(element).fontSize) * (element.getScreenCTM?.()?.a ?? 1);
    if (size < leastText && texts.currentNode.data.trim() && isShown(element)) small.set(named(element), size);
  }
  small.forEach((size, name) => faults.push(`${name} is of ${size.toFixed(1)} px`));

  const { shift, old } = window.audit;
  if (shift > mostShift) faults.push(`has moved by ${shift.toFixed(2)}`);
  old.forEach((id) => faults.push(`uses ${id}`));
  return faults;
}
