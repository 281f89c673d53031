// What a model answered: rendered, or word by word against another's answer; what it repeats to its end stands apart, as it is.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Markdown } from '../kit/markdown.tsx';
import styles from './answer-text.module.css';
import { loopStart } from './loop-start.ts';
import { wordDifferences } from './word-differences.ts';

type AnswerTextProps = {
  readonly text: string;
  /** What the text repeats to its end. */
  readonly loopUnit: string | null;
  /** Another's answer, from which differences are marked; the text is shown as it is then. */
  readonly against?: string | undefined;
};

export function AnswerText({ text, loopUnit, against }: AnswerTextProps): ReactNode {
  const { t } = useTranslation();
  const loop = useMemo(() => (loopUnit === null ? null : loopStart(text, loopUnit)), [text, loopUnit]);
  const before = loop === null ? text : text.slice(0, loop.start);
  return (
    <>
      {against === undefined ? <Markdown text={before} /> : <Differences text={before} against={against} />}
      {loop !== null && (
        <div className={styles.loop} role="group" aria-label={t('try.loopBegins')} tabIndex={0}>
          {text.slice(loop.start)}
        </div>
      )}
    </>
  );
}

function Differences({ text, against }: { readonly text: string; readonly against: string }): ReactNode {
  const runs = useMemo(() => wordDifferences(text, against), [text, against]);
  return (
    <p className={styles.plain} dir="auto">
      {runs.map((run, i) => (run.differs ? <mark key={i}>{run.text}</mark> : run.text))}
    </p>
  );
}
