// The columns of the table of models.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { Badge } from '../../kit/badge.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { MiddleCut } from '../../kit/middle-cut.tsx';
import type { Column } from '../../kit/table-column.ts';
import { useTypeName } from '../../kit/type-name.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ModelState } from './model-state.tsx';
import { originName } from './origin-name.ts';
import styles from './models.module.css';

/** Returns the columns. @param hasPublishers whether any model names its publisher: an empty column would take room from the names */
export function useModelColumns(hasPublishers: boolean): readonly Column<ModelEntry>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const typeName = useTypeName();
  return useMemo(
    () => [
      {
        id: 'name',
        header: t('models.name'),
        width: 'minmax(180px, 3fr)',
        cell: (model) => <Name model={model} />,
        sortValue: ({ name }) => name,
      },
      ...(hasPublishers
        ? [
            {
              id: 'publisher',
              header: t('models.publisher'),
              width: 'minmax(76px, 1fr)',
              leaves: 2,
              cell: ({ publisher }: ModelEntry) => <span title={publisher ?? ''}>{publisher}</span>,
              sortValue: ({ publisher }: ModelEntry) => publisher,
            },
          ]
        : []),
      {
        id: 'arch',
        header: t('models.arch'),
        width: 'minmax(92px, 0.5fr)',
        leaves: 1,
        cell: ({ details }) => <span title={details?.arch ?? ''}>{details?.arch}</span>,
        sortValue: ({ details }) => details?.arch ?? null,
      },
      {
        id: 'fileType',
        header: t('models.fileType'),
        headerTitle: t('terms.quantisation'),
        width: '96px',
        cell: ({ details }) => details && typeName(details.fileType, details.mixed),
        sortValue: ({ details }) => details?.fileType ?? null,
      },
      {
        id: 'bytes',
        header: t('models.size'),
        width: '84px',
        isNumeric: true,
        cell: ({ bytes }) => <Bytes value={bytes} />,
        sortValue: ({ bytes }) => bytes,
      },
      {
        id: 'experts',
        header: t('models.experts'),
        headerTitle: t('models.expertsNote'),
        width: '124px',
        isNumeric: true,
        cell: (model) => <Experts model={model} />,
        sortValue: ({ details }) => (details === null || details.nExpert === 0 ? null : details.nExpert),
      },
      {
        id: 'origin',
        header: t('models.origin'),
        width: '104px',
        leaves: 3,
        cell: ({ origin }) => <Badge>{originName(origin, t)}</Badge>,
        sortValue: ({ origin }) => originName(origin, t),
      },
      {
        id: 'lastUsed',
        header: t('models.lastUsed'),
        width: '108px',
        leaves: 4,
        cell: ({ lastUsedMs }) =>
          lastUsedMs !== null && <span title={format.date(lastUsedMs)}>{format.day(lastUsedMs)}</span>,
        sortValue: ({ lastUsedMs }) => lastUsedMs,
      },
    ],
    [t, format, typeName, hasPublishers],
  );
}

/** Below the name is why a model cannot be used, or else where it is: many models have the same name. */
function Name({ model: { name, displayPath, state, reason } }: { readonly model: ModelEntry }): ReactNode {
  const translate = useTranslate();
  const isProblem = state === 'refused' || state === 'unusable';
  const note = isProblem && reason !== null ? translate(reason) : displayPath;
  return (
    <span className={classNames(kit.stack, styles.name)}>
      <span className={classNames(kit.ellipsis, state !== 'ready' && kit.dim)}>
        <MiddleCut text={name} isToldBeside />
      </span>
      <span className={classNames(kit.ellipsis, styles.nameNote)} title={note}>
        {note}
      </span>
    </span>
  );
}

function Experts({ model: { state, details } }: { readonly model: ModelEntry }): ReactNode {
  const { t } = useTranslation();
  if (state !== 'ready' || details === null) return <ModelState state={state} />;
  return t('models.expertsText', {
    experts: details.nExpert,
    layers: details.moeLayers.length,
    used: details.nExpertUsed,
  });
}
