// One model's answer to one question, and its speed.
import { Repeat } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Badge } from '../kit/badge.tsx';
import { classNames } from '../kit/class-names.ts';
import { CopyButton } from '../kit/copy-button.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { Term } from '../kit/term.tsx';
import { useFormat } from '../kit/use-format.ts';
import { AnswerText } from '../measures/answer-text.tsx';
import type { Answer } from './conversation.ts';
import styles from './chat.module.css';

type AnswerViewProps = {
  readonly answer: Answer | undefined;
  /** The other side's answer; differences from it are marked once both are written. */
  readonly against?: Answer | undefined;
};

export function AnswerView({ answer, against }: AnswerViewProps): ReactNode {
  const { t } = useTranslation();
  if (answer === undefined) return <div className={styles.answer}>{t('try.notAsked')}</div>;
  const { text, thought, error, statistics } = answer;
  const isBusy = isBeingWritten(answer);
  const other = against === undefined || isBusy || isBeingWritten(against) ? undefined : against.text;
  return (
    <div className={styles.answer} aria-busy={isBusy}>
      {thought !== '' && (
        <details className={classNames(kit.note, styles.thought)} open={isBusy && text === ''}>
          <summary>{t('try.thought')}</summary>
          <p>{thought}</p>
        </details>
      )}
      <AnswerText text={text} loopUnit={statistics?.loop?.unit ?? null} against={other} />
      {isBusy && <span className={styles.caret} aria-hidden />}
      {error !== null && error.code !== 'CANCELLED' && <ErrorPanel error={error} />}
      <AnswerFacts answer={answer} />
    </div>
  );
}

function isBeingWritten({ statistics, error }: Answer): boolean {
  return statistics === null && error === null;
}

/** Keeps its line while the answer is being written, so that nothing jumps. */
function AnswerFacts({ answer: { text, statistics, error } }: { readonly answer: Answer }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (statistics === null)
    return <p className={classNames(kit.cluster, kit.note, styles.facts)}>{error === null ? t('try.writing') : ' '}</p>;
  const { tokens, tokensPerSecond, promptTokensPerSecond, seconds, stop, loop } = statistics;
  return (
    <p className={classNames(kit.cluster, kit.note, styles.facts)}>
      {text !== '' && <CopyButton text={text} label={t('try.copy')} isCompact />}
      {loop !== null && (
        <Badge tone="caution" icon={Repeat}>
          <Term name="loop">{t('try.loops', { count: Math.floor(loop.repeats) })}</Term>
        </Badge>
      )}
      <span>{t('try.speed', { rate: format.rate(tokensPerSecond) })}</span>
      <span>{t('try.promptSpeed', { rate: format.rate(promptTokensPerSecond) })}</span>
      <span>{t('try.tokens', { count: tokens })}</span>
      <span>{format.took(seconds * 1000)}</span>
      <span>{t(`try.stop.${stop}`)}</span>
    </p>
  );
}
