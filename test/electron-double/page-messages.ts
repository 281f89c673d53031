// What a page's half of the double (renderer/) and main exchange, as cloned text.

export type ToMain =
  | { readonly kind: 'invoke'; readonly id: number; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'send'; readonly channel: string; readonly args: readonly unknown[] }
  /** window.open(url) */
  | { readonly kind: 'open'; readonly url: string };

export type ToPage =
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly text: string }
  | { readonly kind: 'message'; readonly channel: string; readonly args: readonly unknown[] }
  | { readonly kind: 'files'; readonly files: readonly KnownFile[] };

/** A file or folder that a test hands to the page; webUtils.getPathForFile finds its path by the other three. */
export type KnownFile = {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
};

/** The binding through which pages speak, and the property through which they are spoken to. */
export const TO_MAIN = '__electronDoubleToMain';
export const TO_PAGE = '__electronDoubleToPage';
