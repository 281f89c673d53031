// How many experts a token passes: a separate control that never changes without being asked.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import kit from '../../kit/primitives.module.css';
import { Select } from '../../kit/select.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { changeActiveExperts } from './change-draft.ts';
import type { Draft } from './draft.ts';

type ActiveExpertsProps = {
  /** Experts that a token passes in the model. */
  readonly used: number;
  /** undefined: as in the model. */
  readonly chosen: number | undefined;
};

/** Renders nothing if the model has one active expert. */
export const ActiveExperts = memo(function ActiveExperts({ used, chosen }: ActiveExpertsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (used < 2) return null;
  const counts = Array.from({ length: used }, (_, i) => used - i);
  return (
    <Select
      label={t('choose.activeExperts')}
      choices={counts.map((count) => ({
        id: String(count),
        label: count === used ? t('choose.activeExpertsAll', { active: count }) : format.count(count),
      }))}
      value={String(chosen ?? used)}
      onChange={(count) => changeActiveExperts(Number(count) === used ? null : Number(count))}
    />
  );
});

/** The effect of fewer active experts, as far as it is known before measuring. */
export function ActiveExpertsForecast({ draft, run }: { readonly draft: Draft; readonly run: Run }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { activeExperts: active } = draft;
  if (active === undefined) return null;
  const share = format.percent(active / run.nExpertUsed);
  return <p className={kit.dim}>{t('choose.activeExpertsNote', { active, used: run.nExpertUsed, share })}</p>;
}
