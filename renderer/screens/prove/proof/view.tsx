// The views of a proof, of which one is shown, and what each puts into the parts of the screen.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Segmented } from '../../../kit/segmented.tsx';
import { Select } from '../../../kit/select.tsx';
import { useViewState } from '../../../state/settings.ts';
import styles from './prove.module.css';

const VIEWS = ['together', 'byText', 'answers'] as const;
export type ViewName = (typeof VIEWS)[number];

export type View = {
  /** The one action of the view. */
  readonly action: ReactNode;
  /** The settings of the action, on the left. */
  readonly choices: ReactNode;
  readonly isBusy: boolean;
  /** The progress or the end of the action. */
  readonly news: ReactNode;
  /** The choice of which results are shown. */
  readonly sets: ReactNode;
  readonly results: ReactNode;
  readonly inspector: ReactNode;
};

export function useViewName(): [ViewName, (view: ViewName) => void] {
  return useViewState('prove.view', z.enum(VIEWS), 'together');
}

/** @param children the choice of which measurements the view shows */
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

/** Selects one of the sets that cannot be shown together. */
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
