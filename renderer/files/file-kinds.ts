// What will become of a file, told from its name, or, while it is still being dragged and its name is kept from the
// page, from its type.
import { DEMO_EXTENSIONS } from '../../electron/contract/file-extensions.ts';

const DEMO_TYPES: readonly string[] = [
  'application/json',
  'application/jsonl',
  'application/x-ndjson',
  'text/csv',
  'text/tab-separated-values',
  'text/markdown',
  'text/plain',
];

/** As names and types tell it. `undecided`: only its name will tell. `declined`: nothing that Winnow reads. */
export type NamedKind = 'model' | 'demos' | 'texts' | 'folder' | 'bundle' | 'undecided' | 'declined';
/** `choice`: a recipe or a mask, which only its content tells. */
export type FileKind = NamedKind | 'choice';

/** @param asTexts whether texts and demo files are wanted as held-out texts, not as demos */
export function kindOfName(name: string, asTexts: boolean): NamedKind {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  // Some programs keep models without one; the engine looks inside.
  if (extension === undefined || extension === 'gguf') return 'model';
  if (extension === 'winnow') return 'bundle';
  if (!DEMO_EXTENSIONS.includes(extension)) return 'declined';
  return asTexts ? 'texts' : 'demos';
}

/** Whether it may be a choice of experts, which holds JSON as demos do. */
export function mayHoldChoice(name: string): boolean {
  return name.toLowerCase().endsWith('.json');
}

/** @param type a MIME type; "" for those that the system does not know */
export function kindOfType(type: string, asTexts: boolean): NamedKind {
  if (DEMO_TYPES.includes(type)) return asTexts ? 'texts' : 'demos';
  return /^(image|audio|video|font)\//.test(type) || type === 'application/pdf' ? 'declined' : 'undecided';
}
