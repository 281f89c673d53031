// Chromium cannot route requests of a scheme that it does not know. Each host of a custom scheme therefore gets an https
// origin of its own in the browser, and main sees the address that Electron would show it.

const SUFFIX = '.electron-double.test';

/** `app://winnow/index.html` → `https://winnow.app.electron-double.test/index.html`; web addresses stay. */
export function toBrowserAddress(address: string): string {
  const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)(.*)$/is.exec(address);
  if (!parts || /^(https?|file|wss?|blob)$/i.test(parts[1]!)) return address;
  return `https://${parts[2]!}.${parts[1]!.toLowerCase()}${SUFFIX}${parts[3]!}`;
}

/** The reverse, `blob:` addresses included. */
export function toAppAddress(address: string): string {
  return address.replace(/^(blob:)?https:\/\/([^/?#]+)\.([a-z0-9+-]+)\.electron-double\.test(?=[/?#]|$)/i, '$1$3://$2');
}

/** `app://winnow` of `app://winnow/index.html`, as Chromium serialises the origin of a standard scheme. */
export function originOf(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+/i.exec(address)?.[0] ?? 'null';
}

/** @returns the scheme in lower case, without its colon */
export function schemeOf(address: string): string {
  return /^[a-z][a-z0-9+.-]*(?=:)/i.exec(address)?.[0].toLowerCase() ?? '';
}
