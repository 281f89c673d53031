// What the engine says to people, as data: a code, and what it is about. The words stand once for each language: English here,
// for the command line, logs and the window, others in the window's texts (renderer/i18n/…/sentences.json).
import { z } from 'zod';
import { printableName, printableText } from './printable.ts';
import { CHOOSING } from './sentences/choosing.ts';
import { DEMOS } from './sentences/demos.ts';
import { MODELS } from './sentences/models.ts';
import { WORK } from './sentences/work.ts';
import { WRITING } from './sentences/writing.ts';

/** English, with the names of the parameters in double braces. Clauses of other sentences begin small and have no full stop. */
export const SENTENCES = { ...CHOOSING, ...DEMOS, ...MODELS, ...WORK, ...WRITING } as const;

export type SentenceCode = keyof typeof SENTENCES;

/** A name, a number, a text of others such as the system's own, or a clause; a list: sentences that follow. */
export type Said = string | number | Sentence | readonly Sentence[];

export type Sentence = { readonly code: SentenceCode; readonly params: Readonly<Record<string, Said>> };

type NamesIn<Text extends string> = Text extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

type ParamsOf<Code extends SentenceCode> = NamesIn<(typeof SENTENCES)[Code]>;

/** A sentence with what it is about: exactly the parameters that its English words name. */
export function say<Code extends SentenceCode>(
  code: Code,
  ...[params]: [ParamsOf<Code>] extends [never] ? [] : [params: Readonly<Record<ParamsOf<Code>, Said>>]
): Sentence {
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

/** How a language says sentences. */
export type Speech = {
  /** The words of a sentence, its parameters put in. */
  readonly words: (code: SentenceCode, params: Readonly<Record<string, string | number>>) => string;
  /** Between two sentences. */
  readonly gap: string;
};

/** What may say several lines: a text of others, such as a compiler's. Everything else is a name, or like one. */
const TEXTS: ReadonlySet<string> = new Set(['reason', 'why', 'text', 'log', 'more', 'death', 'what', 'reasons']);

/** A sentence in words; a text that others wrote stays as it is, but for what is not to be printed. */
export function spoken(sentence: Sentence | string, speech: Speech): string {
  if (typeof sentence === 'string') return printableText(sentence);
  const text = (said: Said, name: string): string | number => {
    if (typeof said === 'string') return TEXTS.has(name) ? printableText(said) : printableName(said);
    if (typeof said === 'number') return said;
    // never the first word of what it is put into
    if (isList(said)) return said.map((one) => `${speech.gap}${spoken(one, speech)}`).join('');
    return spoken(said, speech);
  };
  const params = Object.entries(sentence.params).map(([name, said]) => [name, text(said, name)] as const);
  return speech.words(sentence.code, Object.fromEntries(params));
}

/** What stands between two sentences. @param language a tag such as "ja" or "en-GB" */
export function sentenceGap(language: string): string {
  return /^(ja|zh)\b/i.test(language) ? '' : ' ';
}

const ENGLISH: Speech = {
  words: (code, params) => SENTENCES[code].replaceAll(NAME, (_, name: string) => String(params[name] ?? '')),
  gap: sentenceGap('en'),
};

/** As the command line and the logs say it. */
export function inEnglish(sentence: Sentence | string): string {
  return spoken(sentence, ENGLISH);
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
