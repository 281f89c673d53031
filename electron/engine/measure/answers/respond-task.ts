// What a job tells while a model answers demos.
import type { Task } from '../../store/task.ts';
import type { RespondHooks } from './respond.ts';

/** Steps, tokens and warnings of answering, as a job reports them. */
export function respondTask(task: Task): Omit<RespondHooks, 'onAnswer'> {
  return {
    signal: task.signal,
    onLoading: (percent) => task.about({ step: { key: 'loading', done: Math.round(percent), total: 100 } }),
    onProgress: ({ done, total, tokens }) => {
      task.about({ step: { key: 'answering', done, total } });
      // the answers still to come will be as long as those that are there, on average
      task.progress(tokens, done === 0 ? 0 : Math.round((tokens * total) / done), 'tokens');
    },
    onWarning: (text) => task.log(text),
  };
}
