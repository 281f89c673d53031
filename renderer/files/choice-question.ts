// The question about the file of a choice: which model to use it for.
import type { ModelEntry } from '../../electron/contract/api/library.ts';
import type { RecognisedChoice } from '../../electron/contract/api/selections.ts';
import { createQuestion } from './question.ts';

export type ChoiceQuestion = {
  /** The name of the file. */
  readonly name: string;
  readonly choice: RecognisedChoice;
  /** The models that it can be used for, the likeliest first; empty: it cannot be used yet. */
  readonly models: readonly ModelEntry[];
};

/** The answer is the id of a model; null: the file is not to be used. */
export const { ask: askChoice, useQuestion: useChoiceQuestion } = createQuestion<ChoiceQuestion, string>();
