// One model's answer to one question, and how fast it came.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { useFormat } from '../../kit/use-format.ts';
import type { Answer } from './conversation.ts';
import styles from './try.module.css';

export function AnswerView({ answer }: { readonly answer: Answer | undefined }): ReactNode {
  const { t } = useTranslation();
  if (answer === undefined) return <div className={styles.answer}>{t('try.notAsked')}</div>;
  const { text, thought, error, statistics } = answer;
  const isBusy = statistics === null && error === null;
  return (
    <div className={styles.answer} aria-busy={isBusy}>
      {thought !== '' && (
        <details className={styles.thought} open={isBusy && text === ''}>
          <summary>{t('try.thought')}</summary>
          <p>{thought}</p>
        </details>
      )}
      <p className={styles.text}>
        {text}
        {isBusy && <span className={styles.caret} aria-hidden />}
      </p>
      {error !== null && error.code !== 'CANCELLED' && <ErrorPanel error={error} />}
      <AnswerFacts answer={answer} />
    </div>
  );
}

/** Keeps its line while the answer is written, so that nothing jumps. */
function AnswerFacts({ answer: { statistics, error } }: { readonly answer: Answer }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (statistics === null) return <p className={styles.facts}>{error === null ? t('try.writing') : ' '}</p>;
  const { tokens, tokensPerSecond, promptTokensPerSecond, seconds, stop } = statistics;
  return (
    <p className={styles.facts}>
      <span>{t('try.speed', { rate: format.rate(tokensPerSecond) })}</span>
      <span>{t('try.promptSpeed', { rate: format.rate(promptTokensPerSecond) })}</span>
      <span>{t('try.tokens', { count: tokens })}</span>
      <span>{format.took(seconds * 1000)}</span>
      <span>{t(`try.stop.${stop}`)}</span>
    </p>
  );
}
