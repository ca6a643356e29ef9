// Code, tables, pictures and formulas that are too wide scroll in a box of their own. The Tab key
// reaches such a box, so that the arrow keys can scroll it, but stops at no other.
const scrolling = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
const boxes = document.querySelectorAll(
  "pre, .table-wrapper, .output.text_html, figure, div.math",
);
for (const box of boxes) scrolling.observe(box);

// The link that skips to the content comes before everything else that the Tab key reaches.
document.body.prepend(document.querySelector(".skip-to-content"));

// From the disk a page may not read the others, so the search shows titles without excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
