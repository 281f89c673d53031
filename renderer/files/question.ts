// Questions that work in progress asks the user in a dialog of the frame and waits for.
import { create, type StoreApi, type UseBoundStore } from 'zustand';

/** A waiting question, and the function that answers it. null: the dialog was dismissed. */
export type Asked<Question, Answer> = {
  readonly question: Question;
  readonly answer: (answer: Answer | null) => void;
};

type WaitingQuestion<Question, Answer> = {
  /** Asks a question. A question that is still waiting is dismissed. */
  readonly ask: (question: Question) => Promise<Answer | null>;
  /** The waiting question, for the dialog. */
  readonly useQuestion: UseBoundStore<StoreApi<{ readonly current: Asked<Question, Answer> | null }>>;
};

export function createQuestion<Question, Answer>(): WaitingQuestion<Question, Answer> {
  const useQuestion = create<{ readonly current: Asked<Question, Answer> | null }>()(() => ({ current: null }));
  const ask = (question: Question): Promise<Answer | null> => {
    useQuestion.getState().current?.answer(null);
    return new Promise((resolve) => {
      const answer = (given: Answer | null): void => {
        useQuestion.setState({ current: null });
        resolve(given);
      };
      useQuestion.setState({ current: { question, answer } });
    });
  };
  return { ask, useQuestion };
}
