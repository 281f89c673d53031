// The figures of what was measured.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { z } from 'zod';
import { Segmented } from '../../kit/segmented.tsx';
import { Select } from '../../kit/select.tsx';
import { useViewState } from '../../state/settings.ts';
import { MeasuresTable } from './measures-table.tsx';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';
import { TextFigures } from './text-figures.tsx';
import type { Proof } from './use-proof.ts';

const VIEWS = ['together', 'byText'] as const;

export function Results({ proof }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useViewState('prove.view', z.enum(VIEWS), 'together');
  return (
    <>
      <div className={styles.views}>
        <Segmented
          label={t('prove.view')}
          isLabelHidden
          segments={VIEWS.map((id) => ({ id, label: t(`prove.views.${id}`) }))}
          value={view}
          onChange={setView}
        />
        <SetSelect proof={proof} />
      </div>
      {view === 'together' ? <MeasuresTable proof={proof} /> : <TextFigures proof={proof} />}
    </>
  );
}

/** Measurements of other lengths are not drawn together. */
function SetSelect({ proof: { sets, set } }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  const name = ({ ctx, chunks }: typeof set): string => t('prove.set', { ctx, count: chunks });
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
