// What the engine says to people, as data: a code, and what it is about. It is put into words where it is shown: in English by
// the command line and logs, in its own language by the window.
import type { TFunction } from 'i18next';
import { z } from 'zod';
import { printableName, printableText } from './printable.ts';
import SENTENCES from './text/en/sentences.json' with { type: 'json' };
import { uploadName, withUploadNames } from './upload-names.ts';
import { instanceIn, valuesFor, type ValuesOf } from './text/words.ts';

/** Clauses of other sentences begin small and have no full stop. */
export type SentenceCode = keyof typeof SENTENCES;

/** A name, a number, a text of others such as the system's own, or a clause; a list: sentences that follow. */
export type Said = string | number | Sentence | readonly Sentence[];

export type Sentence = { readonly code: SentenceCode; readonly params: Readonly<Record<string, Said>> };

/** A sentence with what it is about: exactly the parameters that its English words name. */
export function say<Code extends SentenceCode>(code: Code, ...[params]: ValuesOf<`sentences.${Code}`, Said>): Sentence {
  return { code, params: params ?? {} };
}

const CODES = Object.keys(SENTENCES) as SentenceCode[];
const NAME = /\{\{(\w+)\}\}/g;

const saidSchema: z.ZodType<Said> = z.lazy(() =>
  z.union([z.string(), z.number(), sentenceSchema, z.array(sentenceSchema)]),
);

/** Has every parameter that its words name. */
export const sentenceSchema: z.ZodType<Sentence> = z
  .object({ code: z.enum(CODES), params: z.record(z.string(), saidSchema) })
  .refine(({ code, params }) => [...SENTENCES[code].matchAll(NAME)].every(([, name = '']) => name in params));

/** Whether its English words begin with this parameter. */
export function beginsWith(code: SentenceCode, name: string): boolean {
  return SENTENCES[code].startsWith(`{{${name}}}`);
}

/** How a language says sentences, their parameters put in. */
export type Speech = (code: SentenceCode, params: Readonly<Record<string, string | number>>) => string;

/** @param t of an instance that has the texts */
export function speechBy(t: TFunction): Speech {
  return (code, params) => t(`sentences.${code}`, valuesFor(params));
}

/** What may say several lines: a text of others, such as a compiler's. Everything else is a name, or like one. */
const TEXTS: ReadonlySet<string> = new Set(['reason', 'why', 'text', 'log', 'more', 'death', 'what', 'reasons']);

/** A sentence in words; a text that others wrote stays as it is, but for what is not to be printed. */
export function spoken(sentence: Sentence | string, speech: Speech): string {
  if (typeof sentence === 'string') return printableText(withUploadNames(sentence));
  const text = (said: Said, name: string): string | number => {
    if (typeof said === 'string') {
      return TEXTS.has(name) ? printableText(withUploadNames(said)) : printableName(uploadName(said));
    }
    if (typeof said === 'number') return said;
    // never the first word of what it is put into
    if (isList(said)) return said.map((one) => speech('following', { sentence: spoken(one, speech) })).join('');
    return spoken(said, speech);
  };
  const params = Object.entries(sentence.params).map(([name, said]) => [name, text(said, name)] as const);
  return speech(sentence.code, Object.fromEntries(params));
}

let english: Speech | undefined;

/** As the command line and the logs say it. */
export function inEnglish(sentence: Sentence | string): string {
  // made at the first use: most processes never say anything
  english ??= speechBy(instanceIn('en', { en: { sentences: SENTENCES } }).t);
  return spoken(sentence, english);
}

/** The same sentence with its texts changed, those of its clauses too. @param change also told in which sentence it stands */
export function withTexts(
  { code, params }: Sentence,
  change: (text: string, within: SentenceCode) => string | Sentence,
): Sentence {
  const changed = (said: Said): Said => {
    if (typeof said === 'number') return said;
    if (typeof said === 'string') return change(said, code);
    return isList(said) ? said.map((one) => withTexts(one, change)) : withTexts(said, change);
  };
  return { code, params: Object.fromEntries(Object.entries(params).map(([name, said]) => [name, changed(said)])) };
}

function isList(said: Sentence | readonly Sentence[]): said is readonly Sentence[] {
  return Array.isArray(said);
}
