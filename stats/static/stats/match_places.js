// Where the console of a match says its score: { home, away }.

/** The score that the server has written into the page. */
export function scoreOn(page) {
  const now = (side) => Number(page.querySelector(`[data-score=${side}]`)?.textContent) || 0;
  return { home: now("home"), away: now("away") };
}

/** Writes the score, also into the sheet that ends the match, unless somebody is typing in it. */
export function showScore(page, score) {
  Object.entries(score).forEach(([side, points]) => {
    page.querySelectorAll(`[data-score=${side}]`).forEach((place) => (place.textContent = points));
    document.querySelectorAll(`dialog:not([open]) [data-final=${side}]`).forEach((field) => (field.value = points));
  });
}
