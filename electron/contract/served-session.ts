// How the served page shows its server that it is the one that was let in. A cookie cannot show that: browsers send it to
// every port of the same host.

/** Name of the `meta` element by which the page that a one-time address opens gets the session's key. */
export const KEY_META = 'winnow-key';

/** With every request of the page that asks or changes something. */
export const KEY_HEADER = 'x-winnow-key';

/** First of the WebSocket's subprotocols, and the one that is agreed on; the key is the second. */
export const CHANNEL_PROTOCOL = 'winnow';
