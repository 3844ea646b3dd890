// A slash, or whatever a scanner types into the page, lands in the search box. The picture of a
// trace opens with the lot in view. Without this file everything still works.
"use strict";

const search = document.getElementById("q");

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

document.addEventListener("keydown", (event) => {
  if (!search || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (/^[\p{L}\p{N}]$/u.test(event.key)) {
    search.focus();
    search.select(); // what is typed replaces what was there
  }
});

for (const graph of document.querySelectorAll(".graph")) {
  const seed = graph.querySelector(".seed .box");
  if (seed) {
    const middle = seed.x.baseVal.value + seed.width.baseVal.value / 2;
    graph.scrollLeft = middle - graph.clientWidth / 2;
  }
}
