// Writes the card of a choice and its file, as Markdown for model hubs or as a page for readers.
import type { CardForm } from '../../contract/api/exports.ts';
import { WinnowError } from '../../contract/errors.ts';
import { loadLocale } from '../../contract/text/i18n.ts';
import type { Verdict } from '../../contract/verdict.ts';
import { companionPath, writeNewFile } from '../models/model-files.ts';
import { refuseInputAsOutput } from '../base/files/user-files.ts';
import type { EngineContext } from '../store/engine-context.ts';
import { cardPage } from './card-page.ts';
import { type Card, cardFacts, makeCard } from './card.ts';
import { modelCard } from './model-card.ts';
import { type ReportChoice, findSubject, requireRecorded, requireFile } from './subject.ts';

const ENDINGS: Readonly<Record<CardForm, string>> = { card: '.README.md', report: '.report.html' };
const GONE = ['FILE_NOT_FOUND', 'SPLIT_INCOMPLETE'];

type CardRequest = {
  readonly choice: ReportChoice;
  readonly form: CardForm;
  readonly language: string;
  /** undefined: beside the file. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
};

/**
 * @returns the card's path, and the verdict that it states
 * @throws WinnowError USAGE: no file of the choice was written, and `output` does not say where; it would overwrite a model; as
 * `requireRecorded` for a file that was named; TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, STORE; the signal's reason
 */
export async function writeCard(
  { choice, form, language, output, overwrite }: CardRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<{ readonly path: string; readonly verdict: Verdict }> {
  const { store, host, identities } = context;
  const subject = findSubject(store, choice);
  const { model, file } = subject;
  const path = output ?? companionPath(requireFile(subject).outputPath, ENDINGS[form]);
  await refuseInputAsOutput(path, [...model.info.parts, ...(file ? [file.outputPath] : [])]);
  const state =
    file &&
    (await requireRecorded(file, { host, identities, signal }).catch((error: unknown) => {
      if (choice.kind === 'file') throw error;
      return fileState(error);
    }));
  const isThere = state !== null && typeof state === 'object';
  const header = cardFacts(isThere ? state.kv : {});
  const card = await makeCard(subject, header, isThere ? null : state, store);
  const locale = await loadLocale(language);
  await writeNewFile(path, form === 'card' ? modelCard(card, locale) : cardPage(card, locale), overwrite);
  return { path, verdict: card.verdict };
}

/** What lies at the path of a file that could not be read as it was recorded. @throws the error, unless it says so */
function fileState(error: unknown): NonNullable<Card['instead']> {
  if (!(error instanceof WinnowError) || ['CANCELLED', 'BACKEND_CRASHED'].includes(error.code)) throw error;
  return GONE.includes(error.code) ? 'gone' : 'changed';
}
