// Reads the facts for a model card from the model's own header: where it comes from, and its licence.
import type { GgufKeys } from '../../contract/model-info.ts';
import { WINNOW_KEYS } from '../../contract/winnow-keys.ts';
import { keyString } from '../models/gguf-keys.ts';

export type CardFacts = {
  /** The full model on a model hub, "org/name"; null: the header does not say. */
  readonly baseModel: string | null;
  readonly license: { readonly id: string; readonly name: string | null; readonly link: string | null } | null;
  readonly languages: readonly string[];
  /** Whether it has a chat template. */
  readonly isChat: boolean;
  /** Number of next-token-prediction blocks of the full model that it lacks. */
  readonly droppedPrediction: number;
};

/** Keys that name a repository, the model's own before those of what it was made from. */
const REPOSITORIES = [
  'general.repo_url',
  'general.source.huggingface.repository',
  'general.source.repo_url',
  'general.source.url',
  'general.url',
  'general.base_model.0.repo_url',
];
/** A longer list is cut; it can hardly be one of languages. */
const MOST_LANGUAGES = 64;

/** The facts in the `general.*` keys, as specified by GGUF; malformed values are left out. */
export function cardFacts(kv: GgufKeys): CardFacts {
  const license = keyString(kv, 'general.license');
  return {
    baseModel: REPOSITORIES.map((key) => hubName(keyString(kv, key))).find((name) => name !== null) ?? null,
    license:
      license === null || !/^[\w.+-]+$/.test(license)
        ? null
        : {
            id: license.toLowerCase(),
            name: keyString(kv, 'general.license.name'),
            link: keyString(kv, 'general.license.link'),
          },
    languages: languagesOf(kv),
    isChat: (keyString(kv, 'tokenizer.chat_template') ?? '').trim() !== '',
    droppedPrediction: Number(kv[WINNOW_KEYS.droppedPrediction]?.value ?? 0),
  };
}

function hubName(text: string | null): string | null {
  const name =
    text
      ?.trim()
      .replace(/^https?:\/\/(?:www\.)?huggingface\.co\//, '')
      .replace(/\/+$/, '') ?? '';
  return /^[\w.-]+\/[\w.-]+$/.test(name) ? name : null;
}

function languagesOf(kv: GgufKeys): string[] {
  const value = kv['general.languages']?.value;
  const list = Array.isArray(value) ? value.slice(0, MOST_LANGUAGES) : [];
  return list.filter((item): item is string => typeof item === 'string' && /^[A-Za-z-]{2,16}$/.test(item));
}
