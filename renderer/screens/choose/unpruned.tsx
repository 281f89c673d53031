// The effect of keeping all experts, with as many as the choice keeps in fast memory: a sentence beside the cost of dropping the others.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { useCall } from '../../state/calls.ts';
import type { Draft } from './draft.ts';
import { useMeasured } from './use-presets.ts';

/** A held arrow key passes through many counts. */
const SETTLE_MS = 250;

type UnprunedProps = {
  readonly draft: Draft;
  readonly runs: readonly Run[];
  /** The first of the runs. */
  readonly run: Run;
  readonly keep: number;
};

export function Unpruned({ draft, runs, run: { nExpert, nExpertUsed }, keep }: UnprunedProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const measured = useMeasured(draft, runs)(keep);
  const { runIds, criterion, tokens = 'all' } = draft;
  const slots = useSettled(keep, SETTLE_MS);
  const { data } = useCall(
    'runs.cache',
    { runIds, criterion: criterion === 'random' ? 'easy-ep' : criterion, tokens, slots: [slots] },
    { enabled: slots >= nExpertUsed && slots < nExpert },
  );
  const row = data?.rows.find((one) => one.slots === keep);
  if (row === undefined) return null;
  const served = { keep, total: nExpert, share: format.percent(row.frequent) };
  return (
    <p className={kit.dim}>
      {measured === null
        ? t('choose.unpruned.lost', { ...served, lost: format.percent(1 - row.retained) })
        : t('choose.unpruned.costs', { ...served, cost: format.percent(measured.value - 1) })}{' '}
      {t('choose.unpruned.note')}
    </p>
  );
}
