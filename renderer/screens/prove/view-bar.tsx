// The figures of what was measured, one view at a time.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Segmented } from '../../kit/segmented.tsx';
import { Select } from '../../kit/select.tsx';
import { useViewState } from '../../state/settings.ts';
import type { MeasuredSet } from './measured-sets.ts';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';

/** `criteria`: what else might have been chosen. The others are of what was chosen; `answers`: what it writes. */
const VIEWS = ['together', 'byText', 'criteria', 'answers'] as const;
export type View = (typeof VIEWS)[number];

export function useView(): [View, (view: View) => void] {
  return useViewState('prove.view', z.enum(VIEWS), 'together');
}

/** @param children which of the view's measurements are shown */
export function ViewBar({ children }: { readonly children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useView();
  return (
    <div className={styles.views}>
      <Segmented
        label={t('prove.view')}
        isLabelHidden
        segments={VIEWS.map((id) => ({ id, label: t(`prove.views.${id}`) }))}
        value={view}
        onChange={setView}
      />
      {children}
    </div>
  );
}

type SetSelectProps = {
  /** Measurements that the view can show. */
  readonly sets: readonly MeasuredSet[];
  readonly set: MeasuredSet | undefined;
};

/** Measurements of other lengths are not drawn together. */
export function SetSelect({ sets, set }: SetSelectProps): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  const name = ({ ctx, chunks }: MeasuredSet): string => t('prove.set', { ctx, count: chunks });
  if (sets.length < 2) return <span className={styles.small}>{name(set)}</span>;
  return (
    <Select
      label={t('prove.sets')}
      isLabelHidden
      choices={sets.map((one) => ({ id: one.key, label: name(one) }))}
      value={set.key}
      onChange={(setKey) => useProveChoices.setState({ setKey })}
    />
  );
}
