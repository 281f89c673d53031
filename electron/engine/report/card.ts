// Collects what a card says of a choice and its file, from the database and the file's header as they are now.
import { llamaSource } from '../../../native/index.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { packageVersion } from '../base/files/package-version.ts';
import { type Choice, isOwn, judgedChoice, type PairedRow } from '../measure/evaluation/judged-choices.ts';
import { answersOfChoice, listChecked } from '../measure/generation/choice-answers.ts';
import type { StoredGeneration } from '../measure/generation/stored-generation.ts';
import type { Store } from '../store/database.ts';
import type { GgufKeys } from '../../contract/model-info.ts';
import { WINNOW_KEYS } from '../../contract/winnow-keys.ts';
import { keyString } from '../models/gguf-keys.ts';

export type Card = {
  readonly subject: Choice;
  readonly header: CardFacts;
  /** What lies at the file's path instead of it; null: nothing else, as far as is known. */
  readonly instead: 'changed' | 'gone' | null;
  readonly verdict: Verdict;
  /** The measurements that the verdict rests on: inside the domain first. */
  readonly rows: readonly PairedRow[];
  /** Checks of answers, each after the full model's of the same prompts. */
  readonly answers: readonly CheckedAnswers[];
  /** Versions of the programs. */
  readonly madeWith: { readonly winnow: string; readonly llama: string };
};

export type CheckedAnswers = StoredGeneration & { readonly isFull: boolean };

/**
 * @param instead as in the card
 * @throws WinnowError STORE: a stored row is damaged
 */
export async function makeCard(
  subject: Choice,
  header: CardFacts,
  instead: Card['instead'],
  store: Store,
): Promise<Card> {
  const { rows, verdict } = judgedChoice(store, subject, answersOfChoice);
  return {
    subject,
    header,
    instead,
    verdict,
    rows: rows.toSorted(
      (a, b) => sideRank(a) - sideRank(b) || a.settings.text.name.localeCompare(b.settings.text.name),
    ),
    answers: checkedAnswers(subject, store),
    madeWith: { winnow: await packageVersion(), llama: llamaSource().tag },
  };
}

function sideRank({ inDomain }: PairedRow): number {
  return inDomain === null ? 2 : inDomain ? 0 : 1;
}

function checkedAnswers(subject: Choice, store: Store): CheckedAnswers[] {
  const answers = listChecked(store)
    .filter(({ own }) => isOwn(own.settings, subject))
    .toReversed()
    .flatMap(({ own, full }): CheckedAnswers[] => [
      { ...full, isFull: true },
      { ...own, isFull: false },
    ]);
  // equal completions count once, whatever request they were made for
  return [...new Map(answers.map((row) => [row.measured, row])).values()];
}

type CardFacts = {
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
    languages: languages(kv),
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

function languages(kv: GgufKeys): string[] {
  const value = kv['general.languages']?.value;
  const list = Array.isArray(value) ? value.slice(0, MOST_LANGUAGES) : [];
  return list.filter((item): item is string => typeof item === 'string' && /^[A-Za-z-]{2,16}$/.test(item));
}
