// What will become of a file, judged by its name or, while it is being dragged and its name is hidden from the page, by its type.
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

/** What names and types can tell. `undecided`: only the name can tell. `declined`: nothing that Winnow reads. */
export type NamedKind = 'model' | 'demos' | 'texts' | 'folder' | 'undecided' | 'declined';
/** `choice`: can only be recognised by its content. */
export type FileKind = NamedKind | 'choice';

/** Returns the kind of a file by its name. @param asTexts whether texts and demo files are used as held-out texts instead of demos */
export function kindOfName(name: string, asTexts: boolean): NamedKind {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  // Some programs store models without an extension; the engine looks inside.
  if (extension === undefined || extension === 'gguf') return 'model';
  if (!DEMO_EXTENSIONS.includes(extension)) return 'declined';
  return asTexts ? 'texts' : 'demos';
}

/** Whether it may be a choice of experts, which is JSON, as demos can be. */
export function mayHoldChoice(name: string): boolean {
  return name.toLowerCase().endsWith('.json');
}

/** Returns the kind of a file by its type. @param type a MIME type; "" if the system does not know it */
export function kindOfType(type: string, asTexts: boolean): NamedKind {
  if (DEMO_TYPES.includes(type)) return asTexts ? 'texts' : 'demos';
  return /^(image|audio|video|font)\//.test(type) || type === 'application/pdf' ? 'declined' : 'undecided';
}
