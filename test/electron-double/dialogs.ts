// Native dialogs as tests see them: what was asked, and what the person answers. One table of rules for both the
// double and a real Electron, whose dialogs are answered the same way.

export type DialogKind = 'open' | 'save';

export type DialogAnswer =
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'save'; readonly path: string }
  | { readonly kind: 'cancel' };

export type AskedDialog = { readonly kind: DialogKind | 'error'; readonly options: unknown };
