// A job in words.
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { phaseOf, roundedTimeLeft } from '../../electron/contract/fit-progress-texts.ts';
import { useFormat } from '../kit/use-format.ts';

/** Steps of jobs that have words; any other step has none. */
const STEPS = [
  'identifying',
  'loading',
  'tokenising',
  'scoring',
  'writing',
  'verifying',
  'answering',
  'measuring',
  'generating',
  'recording',
  'repairing',
  'judging',
  'hashing',
] as const;

type JobTexts = {
  readonly title: string;
  /** The step, such as "demo 7 of 25"; null: there is nothing to add. */
  readonly step: string | null;
  /** The rate, such as "412 tokens/s"; "" as long as there is nothing to compute it from. */
  readonly rate: string;
  /** The remaining time, such as "4 min left". */
  readonly left: string;
};

export function useJobTexts({ kind, subject, step, plan, unit, perSecond, etaMs }: JobView): JobTexts {
  const { t } = useTranslation();
  const format = useFormat();
  const stepKey = STEPS.find((one) => one === step?.key);
  const phase = kind === 'fit' ? phaseOf(step) : null;
  const rates = {
    tokens: (value: number) => t('frame.job.tokensPerSecond', { rate: format.rate(value) }),
    bytes: (value: number) => t('frame.job.bytesPerSecond', { size: format.bytes(value) }),
    permille: () => '',
  };
  const left = (ms: number): string =>
    plan === undefined
      ? t('frame.job.left', { time: format.duration(ms) })
      : t('frame.job.leftAbout', { time: format.duration(roundedTimeLeft(ms)) });
  return {
    title: t(`frame.job.kind.${kind}`, { subject }),
    step: phase
      ? t(`fit.doing.${phase}`)
      : stepKey !== undefined && step
        ? t(`frame.job.step.${stepKey}`, { done: format.count(step.done), total: format.count(step.total) })
        : null,
    rate: perSecond === null ? '' : rates[unit](perSecond),
    left: etaMs === null ? '' : left(etaMs),
  };
}
