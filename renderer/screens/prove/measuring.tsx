// Measuring the choice on whatever texts there are: what it takes, how to start it, and its job.
import { FilePlus2, ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeasurementOffer } from '../../../electron/contract/api/evaluations.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { usePlannedSubject, useVerdict } from '../../verdict/use-verdict.ts';
import { useJobNews, type JobNews } from './job-news.tsx';
import { NextStep } from './next-step.tsx';

export type Measuring = JobNews & {
  /** undefined: not known yet. */
  readonly offer: MeasurementOffer | undefined;
  /** Whether some text may be of the domain. */
  readonly hasInside: boolean;
  readonly start: () => void;
};

export function useMeasuring(selection: Selection): Measuring {
  const { subject } = usePlannedSubject(selection);
  const [jobId, setJobId] = useKeptState<number | null>('prove.measuring', null);
  const offer = useCall('evaluations.offer', subject).data;
  const judge = useCallMutation('evaluations.judge', { onSuccess: (started) => setJobId(started?.jobId ?? null) });
  return {
    ...useJobNews('evaluate', judge, jobId, () => setJobId(null)),
    offer,
    hasInside: offer?.texts.some(({ inDomain }) => inDomain !== false) ?? false,
    start: () => judge.mutate(subject),
  };
}

type MeasureActionsProps = { readonly selection: Selection; readonly measuring: Measuring };

export function MeasureActions({ selection, measuring }: MeasureActionsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { inside, outside } = useVerdict(selection) ?? {};
  const { offer, hasInside, isBusy, start } = measuring;
  if (offer === undefined) return null;
  const isJudged = Boolean(inside && outside) && !isBusy;
  const { texts, seconds } = offer;
  return (
    <>
      {isJudged && <NextStep />}
      {texts.length > 0 && (
        <Button
          variant={isJudged || !hasInside ? 'plain' : 'primary'}
          icon={ScanSearch}
          isDisabled={isBusy}
          onPress={start}
        >
          {seconds === null
            ? t('verdict.measure')
            : t('verdict.measureFor', { time: format.duration(1000 * Math.max(1, seconds)) })}
        </Button>
      )}
      <Button variant={hasInside ? 'plain' : 'primary'} icon={FilePlus2} onPress={() => void chooseFiles('texts')}>
        {t('prove.addText')}
      </Button>
    </>
  );
}
