// A job in words.
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { useFormat } from '../kit/use-format.ts';

/** What the engine says that a job is at; anything else has no words. */
const STEPS = [
  'identifying',
  'loading',
  'tokenising',
  'scoring',
  'writing',
  'verifying',
  'answering',
  'measuring',
  'making',
  'trying',
  'weighing',
  'generating',
  'recording',
  'repairing',
  'fitting',
  'repairing',
  'judging',
] as const;

type JobTexts = {
  readonly title: string;
  /** "demo 7 of 25"; null: nothing to add. */
  readonly step: string | null;
  /** "412 tokens/s"; "" before there is something to go by. */
  readonly rate: string;
  /** "4 min left". */
  readonly left: string;
};

export function useJobTexts({ kind, subject, step, unit, perSecond, etaMs }: JobView): JobTexts {
  const { t } = useTranslation();
  const format = useFormat();
  const stepKey = STEPS.find((known) => known === step?.key);
  const rates = {
    tokens: (value: number) => t('frame.job.tokensPerSecond', { rate: format.rate(value) }),
    bytes: (value: number) => t('frame.job.bytesPerSecond', { size: format.bytes(value) }),
    permille: () => '',
  };
  return {
    title: t(`frame.job.kind.${kind}`, { subject }),
    step:
      stepKey !== undefined && step
        ? t(`frame.job.step.${stepKey}`, { done: format.count(step.done), total: format.count(step.total) })
        : null,
    rate: perSecond === null ? '' : rates[unit](perSecond),
    left: etaMs === null ? '' : t('frame.job.left', { time: format.duration(etaMs) }),
  };
}
