// What is asked about a recipe or a mask: for which model it is used.
import { create } from 'zustand';
import type { ModelEntry } from '../../electron/contract/api/library.ts';
import type { ChoiceFile } from '../../electron/contract/api/selections.ts';

export type ChoiceQuestion = {
  /** The file's. */
  readonly name: string;
  readonly choice: ChoiceFile;
  /** That it can be used for, the likeliest first; none: it cannot be used yet. */
  readonly models: readonly ModelEntry[];
};

/** A model's id; null: it is not to be used. */
type ChoiceAnswer = string | null;

type Asked = { readonly question: ChoiceQuestion; readonly answer: (answer: ChoiceAnswer) => void };

export const useChoiceQuestion = create<{ readonly asked: Asked | null }>()(() => ({ asked: null }));

/** Another question takes the place of one that waits. */
export function askChoice(question: ChoiceQuestion): Promise<ChoiceAnswer> {
  useChoiceQuestion.getState().asked?.answer(null);
  return new Promise((resolve) => {
    const answer: Asked['answer'] = (given) => {
      useChoiceQuestion.setState({ asked: null });
      resolve(given);
    };
    useChoiceQuestion.setState({ asked: { question, answer } });
  });
}
