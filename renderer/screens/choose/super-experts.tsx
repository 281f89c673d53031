// Experts whose outputs are far larger than those of all others: which were found, whether they are pinned, and what that costs.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Cell } from '../../heatmap/types.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Segmented } from '../../kit/segmented.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { changeDraft } from './change-draft.ts';
import styles from './choose.module.css';
import type { Draft } from './draft.ts';

type Found = SelectionResult['superExperts'];
type SuperExpertsProps = { readonly draft: Draft; readonly result: SelectionResult | undefined };

/** Renders nothing if there are none. */
export function SuperExperts({ draft, result }: SuperExpertsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (result === undefined || result.superExperts.length === 0) return null;
  const { superExperts, retained, retainedUnpinned } = result;
  const mean = retained.reduce((sum, share) => sum + share, 0) / retained.length;
  return (
    <div className={classNames(kit.chips, styles.keep)}>
      <Segmented
        label={t('choose.superExperts.title', { count: superExperts.length })}
        segments={(['pin', 'rank'] as const).map((id) => ({ id, label: t(`choose.superExperts.${id}`) }))}
        value={draft.superExperts ?? 'rank'}
        onChange={(how) => changeDraft({ superExperts: how })}
      />
      <p className={kit.dim}>
        {retainedUnpinned === null
          ? t('choose.superExperts.note')
          : t('choose.superExperts.cost', {
              pinned: format.percent(mean),
              ranked: format.percent(retainedUnpinned),
            })}
      </p>
    </div>
  );
}

/** The inspector's note on one of them. */
export function SuperExpertNote({ found, cell }: { readonly found: Found; readonly cell: Cell }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const own = found.find(({ layer, expert }) => layer === cell.layer && expert === cell.expert);
  if (own === undefined) return null;
  const values = { norm: format.count(own.norm), times: format.count(own.times) };
  return <p>{t(own.isPinned ? 'choose.superExperts.isPinned' : 'choose.superExperts.isFound', values)}</p>;
}
