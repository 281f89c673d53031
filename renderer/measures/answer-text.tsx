// A model's answer: rendered, or compared word by word with another one; the part that it repeats to its end is shown separately, as it is.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Markdown } from '../kit/markdown.tsx';
import styles from './answer-text.module.css';
import { loopSpan } from './loop-span.ts';
import { wordDifferences } from './word-differences.ts';

type AnswerTextProps = {
  readonly text: string;
  /** The unit that the text repeats. */
  readonly loopUnit: string | null;
  /** Another answer, to mark differences from; the text is then shown unrendered. */
  readonly against?: string | undefined;
};

export function AnswerText({ text, loopUnit, against }: AnswerTextProps): ReactNode {
  const { t } = useTranslation();
  const loop = useMemo(() => (loopUnit === null ? null : loopSpan(text, loopUnit)), [text, loopUnit]);
  if (loop === null) return <Said text={text} against={against} />;
  return (
    <>
      <Said text={text.slice(0, loop.start)} against={against} />
      <div className={styles.loop} role="group" aria-label={t('try.loop')} tabIndex={0}>
        {text.slice(loop.start, loop.end)}
      </div>
      {loop.end < text.length && <Said text={text.slice(loop.end)} against={against} />}
    </>
  );
}

function Said({ text, against }: Pick<AnswerTextProps, 'text' | 'against'>): ReactNode {
  return against === undefined ? <Markdown text={text} /> : <Differences text={text} against={against} />;
}

function Differences({ text, against }: { readonly text: string; readonly against: string }): ReactNode {
  const runs = useMemo(() => wordDifferences(text, against), [text, against]);
  return (
    <p className={styles.plain} dir="auto">
      {runs.map((run, i) => (run.differs ? <mark key={i}>{run.text}</mark> : run.text))}
    </p>
  );
}
