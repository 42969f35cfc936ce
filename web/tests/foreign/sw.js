// As old pages have it: what it needs is stored first, then every answer; when
// the server is away, what was stored is shown.
const STORE = 'theirs';

self.addEventListener('install', (event) => {
  const files = ['/', '/style.css', '/file.js', '/manifest.json'];
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(files)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const answered = fetch(event.request).then(async (answer) => {
    const copy = answer.clone();
    if (answer.status === 200) await caches.open(STORE).then((store) => store.put(event.request, copy)).catch(() => {});
    return answer;
  });
  event.respondWith(answered.catch(async (error) => (await caches.match(event.request)) ?? Promise.reject(error)));
});
