// The columns of the table of runs.
import { Pin } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton } from 'react-aria-components';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Badge } from '../../kit/badge.tsx';
import kit from '../../kit/primitives.module.css';
import type { Column } from '../../kit/table-column.ts';
import { useFormat } from '../../kit/use-format.ts';
import styles from './runs.module.css';

const TONES = {
  running: 'accent',
  failed: 'danger',
  interrupted: 'caution',
  done: 'plain',
  cancelled: 'plain',
} as const;

/** Returns the columns. With a baseline, values that match it are dimmed. */
export function useRunColumns(
  baseline: Run | undefined,
  setBaseline: (id: number | null) => void,
): readonly Column<Run>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const baselineId = baseline?.id;
  const columns = useMemo(
    (): readonly Column<Run>[] => [
      {
        id: 'baseline',
        header: t('runs.baseline'),
        isHeaderHidden: true,
        width: '36px',
        cell: ({ id }) => (
          <BaselineToggle isBaseline={id === baselineId} onChange={(is) => setBaseline(is ? id : null)} />
        ),
      },
      {
        id: 'id',
        header: t('runs.number'),
        width: '52px',
        leaves: 1,
        isNumeric: true,
        cell: ({ id }) => id,
        sortValue: ({ id }) => id,
      },
      {
        id: 'domain',
        header: t('runs.domain'),
        width: 'minmax(90px, 1.5fr)',
        cell: ({ domain }) => domain,
        sortValue: ({ domain }) => domain,
      },
      {
        id: 'model',
        header: t('runs.model'),
        width: 'minmax(110px, 2fr)',
        cell: ({ modelName }) => modelName,
        sortValue: ({ modelName }) => modelName,
      },
      {
        id: 'state',
        header: t('runs.state'),
        width: '104px',
        cell: ({ state }) => <Badge tone={TONES[state]}>{t(`runs.states.${state}`)}</Badge>,
        sortValue: ({ state }) => state,
      },
      {
        id: 'demos',
        header: t('runs.demos'),
        width: '74px',
        isNumeric: true,
        cell: ({ scoredDemos, demos }) =>
          scoredDemos === demos ? format.count(demos) : t('runs.scoredOf', { scored: scoredDemos, total: demos }),
        sortValue: ({ scoredDemos }) => scoredDemos,
      },
      {
        id: 'tokens',
        header: t('runs.tokens'),
        width: '80px',
        leaves: 2,
        isNumeric: true,
        cell: ({ tokens }) => format.count(tokens),
        sortValue: ({ tokens }) => tokens,
      },
      {
        id: 'speed',
        header: t('runs.speed'),
        width: '88px',
        leaves: 3,
        isNumeric: true,
        cell: (run) => (speed(run) === null ? '' : format.rate(speed(run) ?? 0)),
        sortValue: speed,
      },
      {
        id: 'started',
        header: t('runs.started'),
        width: '176px',
        cell: ({ startedMs }) => format.date(startedMs),
        sortValue: ({ startedMs }) => startedMs,
      },
    ],
    [t, format, baselineId, setBaseline],
  );
  return useMemo(() => columns.map((column) => againstBaseline(column, baseline)), [columns, baseline]);
}

function againstBaseline(column: Column<Run>, baseline: Run | undefined): Column<Run> {
  const { id: columnId, cell, sortValue } = column;
  if (baseline === undefined || sortValue === undefined || columnId === 'id') return column;
  const expected = sortValue(baseline);
  const isSame = (run: Run): boolean => run.id !== baseline.id && sortValue(run) === expected;
  return { ...column, cell: (run) => (isSame(run) ? <span className={kit.dim}>{cell(run)}</span> : cell(run)) };
}

/** Tokens per second of a complete run. */
function speed({ state, tokens, seconds }: Run): number | null {
  return state === 'done' && seconds > 0 ? tokens / seconds : null;
}

type BaselineToggleProps = { readonly isBaseline: boolean; readonly onChange: (isBaseline: boolean) => void };

function BaselineToggle({ isBaseline, onChange }: BaselineToggleProps): ReactNode {
  const { t } = useTranslation();
  return (
    <ToggleButton
      excludeFromTabOrder
      isSelected={isBaseline}
      onChange={onChange}
      aria-label={t('runs.pinBaseline')}
      className={styles.pin ?? ''}
    >
      <Pin size={14} aria-hidden />
    </ToggleButton>
  );
}
