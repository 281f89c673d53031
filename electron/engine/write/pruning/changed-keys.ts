// Lists the header keys that an export changes, in readable form.
import type { GgufHeader } from '../../../contract/model-info.ts';
import type { PlannedFile } from './planned-file.ts';

/** Longer texts and lists are cut anywhere: they are shown to be recognised, not read. */
const SHOWN_CHARS = 200;
const SHOWN_ITEMS = 8;

type ChangedKey = {
  readonly key: string;
  /** null: the key is new. */
  readonly from: string | null;
  /** null: the key is left out. */
  readonly to: string | null;
};

type Changing = Pick<PlannedFile, 'remove'> & {
  readonly set: readonly { readonly key: string; readonly value: unknown }[];
};

/** The keys that a planned file changes. @param kv keys of the header that the file takes its keys from */
export function changedKeys(file: Changing, kv: GgufHeader['kv']): ChangedKey[] {
  const set = new Map(file.set.map(({ key, value }) => [key, value]));
  const changes = [...set].map(([key, value]) => {
    const old = kv[key];
    return { key, from: old ? shown(old.value, old.length) : null, to: shown(value) };
  });
  const removed = file.remove
    .filter((key) => kv[key] && !set.has(key))
    .map((key) => ({ key, from: shown(kv[key]?.value, kv[key]?.length), to: null }));
  return [...changes.filter(({ from, to }) => from !== to), ...removed];
}

/** A value as text. @param length length of a list whose elements were not read */
function shown(value: unknown, length = 0): string {
  if (Array.isArray(value)) {
    const items = value.slice(0, SHOWN_ITEMS).map(String).join(', ');
    return value.length > SHOWN_ITEMS ? `[${items}, … ${value.length}]` : `[${items}]`;
  }
  if (value === null || value === undefined) return `[… ${length}]`;
  const text = typeof value === 'string' ? value : `${value as number | bigint | boolean}`;
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}
