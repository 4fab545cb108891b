"use strict";
/** Keeps the page of a run that grows: what has changed is put in its place, all else stays. */
(() => {
  const MILLISECONDS = 2000;
  const version = () => document.querySelector(".live").dataset.version;
  const tell = (text) => { document.getElementById("trouble").textContent = text; };
  const parser = new DOMParser();

  const alike = (one, other) => one.nodeName === other.nodeName && one.id === other.id
    && (one.dataset && one.dataset.figure) === (other.dataset && other.dataset.figure);

  /** Make `old` like `fresh`, keeping the nodes that both have: with focus, scroll and zoom. */
  function renew(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; return; }
    if (old.dataset.figure) { old.setAttribute("aria-label", fresh.getAttribute("aria-label")); return; }
    for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
    let next = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const known = child.id ? named.get(child.id) : next;
      if (!known || !alike(known, child)) { old.insertBefore(document.importNode(child, true), next); continue; }
      if (known === next) next = next.nextSibling; else old.insertBefore(known, next);
      renew(known, child);
    }
    while (next) { const last = next; next = next.nextSibling; last.remove(); }
  }

  async function look() {
    const answer = await fetch("./", { cache: "no-cache" });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    tell("");
    if (answer.headers.get("ETag") === `"${version()}"`) return;
    const fresh = parser.parseFromString(await answer.text(), "text/html");
    document.title = fresh.title;
    for (const place of ["header", "main", "#figures", "#data"]) renew(document.querySelector(place), fresh.querySelector(place));
    document.dispatchEvent(new Event("renewed"));
  }

  /** A page that nobody sees asks for nothing. */
  async function watch() {
    try {
      if (!document.hidden) await look();
    } catch (error) {
      tell(`No news (${error.message}): trying again.`);
    }
    setTimeout(watch, MILLISECONDS);
  }
  setTimeout(watch, MILLISECONDS);
})();
