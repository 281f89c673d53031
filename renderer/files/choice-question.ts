// What is asked about a recipe or a mask: for which model it is used.
import type { ModelEntry } from '../../electron/contract/api/library.ts';
import type { ChoiceFile } from '../../electron/contract/api/selections.ts';
import { createQuestion } from './question.ts';

export type ChoiceQuestion = {
  /** The file's. */
  readonly name: string;
  readonly choice: ChoiceFile;
  /** That it can be used for, the likeliest first; none: it cannot be used yet. */
  readonly models: readonly ModelEntry[];
};

/** Answered by a model's id; by null, it is not to be used. */
export const { ask: askChoice, useQuestion: useChoiceQuestion } = createQuestion<ChoiceQuestion, string>();
