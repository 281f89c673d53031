// The views of a proof, one at a time, and what each fills the screen's places with.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Segmented } from '../../../kit/segmented.tsx';
import { Select } from '../../../kit/select.tsx';
import { useViewState } from '../../../state/settings.ts';
import styles from './prove.module.css';

/**
 * `choices`: all that were made of the model; `criteria`: what else might have been chosen. The others are of what was chosen; `answers`:
 * what it writes.
 */
const VIEWS = ['together', 'byText', 'choices', 'criteria', 'answers'] as const;
export type ViewName = (typeof VIEWS)[number];

export type View = {
  /** The one thing that is done here. */
  readonly action: ReactNode;
  /** What it is done with, at the left. */
  readonly choices: ReactNode;
  readonly isBusy: boolean;
  /** How it goes on, or ended. */
  readonly news: ReactNode;
  /** Which of what was done is shown. */
  readonly sets: ReactNode;
  readonly results: ReactNode;
  readonly inspector: ReactNode;
};

export function useViewName(): [ViewName, (view: ViewName) => void] {
  return useViewState('prove.view', z.enum(VIEWS), 'together');
}

/** @param children which of the view's measurements are shown */
export function ViewBar({ children }: { readonly children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useViewName();
  return (
    <div className={classNames(kit.ends, styles.views)}>
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

type SetSelectProps<One> = {
  readonly label: string;
  readonly sets: readonly One[];
  readonly shown: One;
  readonly name: (set: One) => string;
  readonly onChange: (key: string) => void;
};

/** Sets that cannot be drawn together are shown one at a time. */
export function SetSelect<One extends { readonly key: string }>({
  label,
  sets,
  shown,
  name,
  onChange,
}: SetSelectProps<One>): ReactNode {
  const { t } = useTranslation();
  if (sets.length < 2) return <span className={styles.small}>{t('prove.shownSet', { set: name(shown) })}</span>;
  return (
    <Select
      label={label}
      isLabelHidden
      choices={sets.map((set) => ({ id: set.key, label: name(set) }))}
      value={shown.key}
      onChange={onChange}
    />
  );
}
