// What the engine tells people, as data: a code, and what the sentence is about. It is put into words where it is
// shown: in English by the command line and logs, in the user's language by the window.
import type { TFunction } from 'i18next';
import { z } from 'zod';
import { printableName, printableText } from './printable.ts';
import SENTENCES from './text/en/sentences.json' with { type: 'json' };
import { uploadName, withUploadNames } from './upload-names.ts';
import { instanceIn, valuesFor, type ValuesOf } from './text/i18n.ts';

/** Sentences that are clauses of other sentences begin in lower case and have no full stop. */
export type SentenceCode = keyof typeof SENTENCES;

/** A name, a number, a foreign text such as one from the system, or a clause; a list holds sentences that follow. */
export type Said = string | number | Sentence | readonly Sentence[];

export type Sentence = { readonly code: SentenceCode; readonly params: Readonly<Record<string, Said>> };

/** Returns a sentence with its parameters: exactly those that its English words name. */
export function msg<Code extends SentenceCode>(code: Code, ...[params]: ValuesOf<`sentences.${Code}`, Said>): Sentence {
  return { code, params: params ?? {} };
}

const CODES = Object.keys(SENTENCES) as SentenceCode[];
const NAME = /\{\{(\w+)\}\}/g;

const saidSchema: z.ZodType<Said> = z.lazy(() =>
  z.union([z.string(), z.number(), sentenceSchema, z.array(sentenceSchema)]),
);

/** Accepts sentences that have every parameter that their words name. */
export const sentenceSchema: z.ZodType<Sentence> = z
  .object({ code: z.enum(CODES), params: z.record(z.string(), saidSchema) })
  .refine(({ code, params }) => [...SENTENCES[code].matchAll(NAME)].every(([, name = '']) => name in params));

/** Whether the English words of a sentence begin with this parameter. */
export function beginsWith(code: SentenceCode, name: string): boolean {
  return SENTENCES[code].startsWith(`{{${name}}}`);
}

/** How a language puts sentences into words, with their parameters filled in. */
export type Translator = (code: SentenceCode, params: Readonly<Record<string, string | number>>) => string;

/** Returns a translator. @param t from an instance that has the texts */
export function translatorBy(t: TFunction): Translator {
  return (code, params) => t(`sentences.${code}`, valuesFor(params));
}

/** Parameters that may hold several lines: foreign texts, such as a compiler's. All others are names, or similar. */
const TEXTS: ReadonlySet<string> = new Set(['reason', 'why', 'text', 'log', 'more', 'death', 'what', 'reasons']);

/** Puts a sentence into words; a foreign text stays as it is, without characters that must not be printed. */
export function translate(sentence: Sentence | string, translator: Translator): string {
  if (typeof sentence === 'string') return printableText(withUploadNames(sentence));
  const text = (said: Said, name: string): string | number => {
    if (typeof said === 'string') {
      return TEXTS.has(name) ? printableText(withUploadNames(said)) : printableName(uploadName(said));
    }
    if (typeof said === 'number') return said;
    // never the first word of the sentence that it is inserted into
    if (isList(said))
      return said.map((one) => translator('following', { sentence: translate(one, translator) })).join('');
    return translate(said, translator);
  };
  const params = Object.entries(sentence.params).map(([name, said]) => [name, text(said, name)] as const);
  return translator(sentence.code, Object.fromEntries(params));
}

let english: Translator | undefined;

/** Returns the words for the command line and the logs. */
export function inEnglish(sentence: Sentence | string): string {
  // made at the first use: most processes never say anything
  english ??= translatorBy(instanceIn('en', { en: { sentences: SENTENCES } }).t);
  return translate(sentence, english);
}

/**
 * Returns the same sentence with its texts changed, including those of its clauses. @param change also receives the
 * sentence that the text is in
 */
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
