// Everything that was written, or is being written, from here.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Badge } from '../../kit/badge.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { MiddleCut } from '../../kit/middle-cut.tsx';
import kit from '../../kit/primitives.module.css';
import type { Column } from '../../kit/table-column.ts';
import { useTypeName } from '../../kit/type-name.ts';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { useCall } from '../../state/calls.ts';
import { fileChoice } from '../../state/choosing.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import { choose } from '../../state/trail.ts';
import { DownloadButton } from './downloads.tsx';
import styles from './export.module.css';

const NO_SELECTIONS: readonly Selection[] = [];

const rowKey = ({ id }: Export): string => String(id);

export function ExportList(): ReactNode {
  const { t } = useTranslation();
  const exports = useCall('exports.list', {}).data ?? [];
  const selections = useCall('selections.list', { modelId: null }).data ?? NO_SELECTIONS;
  const columns = useExportColumns(selections, exports.some(isRepaired));
  if (exports.length === 0) return null;
  return (
    <section className={classNames(kit.stack2, styles.list)} aria-label={t('export.earlier')}>
      <h2>{t('export.earlier')}</h2>
      <DataTable
        label={t('export.earlier')}
        columns={columns}
        rows={exports}
        rowKey={rowKey}
        onRowAction={({ id, selectionId, state }) => {
          if (state === 'done') choose(fileChoice({ id, selectionId }, selections));
        }}
      />
    </section>
  );
}

function isRepaired({ repair }: Export): boolean {
  return repair?.leftOut === null;
}

/** Returns the columns. @param hasRepaired whether some file is repaired */
function useExportColumns(selections: readonly Selection[], hasRepaired: boolean): readonly Column<Export>[] {
  const { t } = useTranslation();
  const hash = useTrailSelection()?.hash;
  const format = useFormat();
  const typeName = useTypeName();
  return useMemo(
    () => [
      {
        id: 'path',
        header: t('export.path'),
        width: 'minmax(140px, 2fr)',
        cell: ({ displayPath }) => <MiddleCut text={displayPath} />,
      },
      {
        id: 'source',
        header: t('export.source'),
        width: 'minmax(190px, 1fr)',
        leaves: 1,
        cell: ({ sourceName }) => <MiddleCut text={sourceName} />,
      },
      {
        id: 'selection',
        header: t('export.selection'),
        width: 'minmax(110px, 1fr)',
        cell: ({ selectionHash, selectionId }) =>
          selectionHash !== null && selectionHash === hash ? (
            <Badge tone="accent">{t('export.thisSelection')}</Badge>
          ) : (
            // in another type or repaired, a file is not what the selection's figures describe
            (selections.find((one) => one.hash === selectionHash || one.id === selectionId)?.name ?? '')
          ),
      },
      {
        id: 'kept',
        header: t('export.kept'),
        width: '96px',
        isNumeric: true,
        cell: ({ keep, nExpert }) => t('export.keptOf', { keep, total: nExpert }),
      },
      {
        id: 'type',
        header: t('export.type'),
        width: '96px',
        cell: ({ quantType, mixed }) => (quantType === null ? '' : typeName(quantType, mixed)),
      },
      ...(hasRepaired
        ? [
            {
              id: 'repaired',
              header: t('export.repair.title'),
              width: '84px',
              cell: (file: Export) => (isRepaired(file) ? t('export.fitted.repaired') : ''),
            },
          ]
        : []),
      {
        id: 'size',
        header: t('export.size'),
        width: '76px',
        isNumeric: true,
        cell: ({ bytes }) => (bytes === null ? '' : <Bytes value={bytes} />),
      },
      {
        id: 'state',
        header: t('export.state'),
        width: '92px',
        cell: ({ state, modelId }) => <ExportState state={state} isGone={state === 'done' && modelId === null} />,
      },
      {
        id: 'date',
        header: t('export.date'),
        width: '170px',
        leaves: 2,
        cell: ({ startedMs }) => format.date(startedMs),
      },
      ...(bridge().server === undefined
        ? []
        : [
            {
              id: 'download',
              header: t('frame.server.download'),
              isHeaderHidden: true,
              width: '44px',
              cell: (file: Export) => <DownloadButton file={file} />,
            },
          ]),
    ],
    [t, format, typeName, hash, selections, hasRepaired],
  );
}

function ExportState({ state, isGone }: { readonly state: Export['state']; readonly isGone: boolean }): ReactNode {
  const { t } = useTranslation();
  if (isGone) return <Badge tone="caution">{t('export.gone')}</Badge>;
  return <Badge tone={state === 'failed' ? 'danger' : 'plain'}>{t(`frame.job.state.${state}`)}</Badge>;
}
