// The old page installed a service worker at this address, which goes on
// showing its stored pages. This one takes its place, empties its store and
// removes itself; our own page needs none.

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(leave()));

async function leave() {
  for (const key of await caches.keys()) await caches.delete(key);
  await worker.registration.unregister();
}
