// Live rows, and the button that copies. Without it everything can be read all the same.
"use strict";
const MOST = 200;
const live = document.getElementById("live");
const address = document.body.dataset.events;
if (address && window.EventSource) {
  const rows = document.getElementById("rows");
  const source = new EventSource(address);
  source.addEventListener("open", () => { live.textContent = "Live."; live.className = "on"; });
  source.addEventListener("error", () => { live.textContent = "The receiver is gone."; live.className = "off"; });
  source.addEventListener("rows", (event) => {
    document.getElementById("none")?.remove();
    rows.insertAdjacentHTML("afterbegin", event.data);
    while (rows.rows.length > MOST) rows.lastElementChild.remove();
  });
  source.addEventListener("sums", (event) => {
    const sums = document.getElementById("sums");
    const open = new Map([...sums.querySelectorAll("summary")].map((it) => [it.textContent, it.parentElement.open]));
    sums.innerHTML = event.data;
    for (const it of sums.querySelectorAll("summary")) {
      if (open.has(it.textContent)) it.parentElement.open = open.get(it.textContent);
    }
  });
  addEventListener("pagehide", () => source.close());
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}
