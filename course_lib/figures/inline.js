// A drawing in an <img> cannot know the page's colours: put it into the page itself, where it can.
for (const figure of document.querySelectorAll("figure[data-drawing]:not([data-live])")) {
  figure.dataset.live = "";
  const image = figure.querySelector("img"), bytes = atob(image.src.split(",")[1]);
  const host = document.createElement("div");
  host.setAttribute("role", "img");
  host.setAttribute("aria-label", image.alt);
  // its names (clip paths, markers) are its own, whatever other drawings call theirs
  host.attachShadow({mode: "open"}).innerHTML =
    "<style>svg { color: inherit; display: block; max-width: 100%; width: var(--drawing-width); height: var(--drawing-height, auto); }</style>" +
    new TextDecoder().decode(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)));
  image.replaceWith(host);
}
