// How the served page proves to its server that it is the page that was let in. A cookie cannot prove it: browsers send
// cookies to every port of the same host.

/** Name of the `meta` element through which the page at a one-time address receives the session's key. */
export const KEY_META = 'winnow-key';

/** Header with the key, on every request of the page that asks or changes something. */
export const KEY_HEADER = 'x-winnow-key';

/** The first of the WebSocket's subprotocols, which is the one agreed on; the key is the second. */
export const CHANNEL_PROTOCOL = 'winnow';
