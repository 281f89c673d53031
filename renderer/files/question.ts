// What work that has begun asks the user in a dialog of the frame, and waits for.
import { create, type StoreApi, type UseBoundStore } from 'zustand';

/** A question that waits, and what answers it. null: the dialog was dismissed. */
export type Asked<Question, Answer> = {
  readonly question: Question;
  readonly answer: (answer: Answer | null) => void;
};

type WaitingQuestion<Question, Answer> = {
  /** Another question takes the place of one that waits, which is dismissed. */
  readonly ask: (question: Question) => Promise<Answer | null>;
  /** For the dialog. */
  readonly useQuestion: UseBoundStore<StoreApi<{ readonly asked: Asked<Question, Answer> | null }>>;
};

export function createQuestion<Question, Answer>(): WaitingQuestion<Question, Answer> {
  const useQuestion = create<{ readonly asked: Asked<Question, Answer> | null }>()(() => ({ asked: null }));
  const ask = (question: Question): Promise<Answer | null> => {
    useQuestion.getState().asked?.answer(null);
    return new Promise((resolve) => {
      const answer = (given: Answer | null): void => {
        useQuestion.setState({ asked: null });
        resolve(given);
      };
      useQuestion.setState({ asked: { question, answer } });
    });
  };
  return { ask, useQuestion };
}
