// The runs that the choice is made from.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Checkbox } from '../../kit/checkbox.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useCall } from '../../state/calls.ts';
import { useRunName } from '../../state/run-name.ts';
import { choose, useTrail } from '../../state/trail.ts';
import { editChoice } from '../../state/working-choice.ts';
import styles from './choose.module.css';
import type { Draft } from './draft.ts';

type DomainsProps = {
  readonly draft: Draft;
  readonly runs: readonly Run[];
};

export function Domains({ draft, runs }: DomainsProps): ReactNode {
  const { t } = useTranslation();
  const [first] = runs;
  const all = useCall('runs.list', {}).data ?? [];
  const getName = useRunName(all);
  const usable = all.filter(
    (run) => run.modelId === first?.modelId && run.modelName === first.modelName && run.scoredDemos > 0,
  );
  if (usable.length < 2) return null;
  const chosen = new Set(runs.map(({ id }) => id));
  const toggle = (run: Run, isSelected: boolean): void => {
    const next = isSelected ? [...runs, run] : runs.filter(({ id }) => id !== run.id);
    if (next.length === 0) return;
    const runIds = next.map(({ id }) => id);
    // an edit like any other: the selection stays chosen until the changed one is stored
    choose({ runIds, selectionId: useTrail.getState().selectionId });
    editChoice({ ...draft, runIds, mix: 'shares' });
  };
  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={t('choose.domains')}>
      <h3>{t('choose.domains')}</h3>
      <p className={styles.dim}>{t('choose.domainsNote')}</p>
      <div className={classNames(kit.chips, styles.runs)}>
        {usable.map((run) => (
          <Checkbox key={run.id} isSelected={chosen.has(run.id)} onChange={(is) => toggle(run, is)}>
            {getName(run)}
          </Checkbox>
        ))}
      </div>
    </section>
  );
}
