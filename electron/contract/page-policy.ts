// How the built page is delivered to a browser engine, by the window's own protocol and by the server alike.

/** Media types by the suffix of the page's files; no other files are delivered. */
export const PAGE_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Features that the page has no use for, whatever a browser would ask its user. */
const NO_DEVICES = ['camera', 'display-capture', 'geolocation', 'hid', 'microphone', 'midi', 'serial', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ');

/**
 * Returns the headers of the page's files.
 * @param connect what the page may connect to: nothing in the window, where it speaks through its bridge; its own
 *   server when it is served
 */
export function pageHeaders(connect: "'none'" | "'self'"): Record<string, string> {
  const policy = [
    "default-src 'self'",
    // React sets positions as style attributes
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob:",
    `connect-src ${connect}`,
    "object-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // no other page gets a handle to this one, or loads a part of it
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': NO_DEVICES,
    // looking up a name can be observed from outside
    'x-dns-prefetch-control': 'off',
  };
}
