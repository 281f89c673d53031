// Models that others published and that are worth pruning: their names and sizes, and whether they fit this machine,
// whole and with half of their experts. Known by name; no network is contacted.
import { Check, Minus, Scissors } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { MemoryVerdict } from '../../../electron/contract/api/library.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { CopyButton } from '../../kit/copy-button.tsx';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import table from '../../kit/table.module.css';
import { useCall } from '../../state/calls.ts';
import { useContextLength } from '../../state/settings.ts';
import styles from './published-models.module.css';

type Published = CallResult<'library.published'>[number];

/** The height of the table while it is loading. */
const HEIGHT = 236;

export function PublishedModels(): ReactNode {
  const { t } = useTranslation();
  const ctx = useContextLength();
  const { data: models, error } = useCall('library.published', { ctx });
  const folders = useCall('library.folders', {}).data ?? [];
  const places = [...new Set(folders.map(({ displayPath }) => displayPath))];
  // without the native part nothing is known about this machine, which is reported elsewhere
  if (error !== null) return null;
  return (
    <section className={classNames(kit.stack2, styles.published)} aria-label={t('models.published.title')}>
      <h2 className={styles.title}>{t('models.published.title')}</h2>
      <p className={classNames(kit.lead, styles.dim)}>{t('models.published.lead')}</p>
      {models === undefined ? (
        <Skeleton height={HEIGHT} />
      ) : (
        <table className={classNames(table.ruled, styles.table)} aria-label={t('models.published.title')}>
          <thead>
            <tr>
              <th scope="col">{t('models.published.name')}</th>
              <th scope="col">{t('models.published.files')}</th>
              <th scope="col">{t('models.published.half')}</th>
              <th scope="col">{t('models.published.here')}</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <PublishedRow key={model.name} model={model} />
            ))}
          </tbody>
        </table>
      )}
      <p className={classNames(kit.lead, styles.dim)}>
        {places.length > 0
          ? t('models.published.places', { places: places.join(t('models.published.separator')) })
          : t('models.published.noPlaces')}
      </p>
    </section>
  );
}

function PublishedRow({ model: { name, repository, files } }: { readonly model: Published }): ReactNode {
  const { t } = useTranslation();
  const usual = files[0];
  return (
    <tr>
      <th scope="row">
        <span className={styles.name} title={repository}>
          {name}
        </span>
        <CopyButton isCompact text={repository} label={t('models.published.copy', { repository })} />
      </th>
      <td>
        {files.map(({ fileType, bytes }) => (
          <span key={fileType} className={styles.file}>
            <Bytes value={bytes} /> <span className={classNames(kit.lead, styles.dim)}>{fileType}</span>
          </span>
        ))}
      </td>
      {usual && (
        <>
          <td>
            <Bytes value={usual.prunedBytes} />
          </td>
          <td>
            <Fits verdict={usual.verdict} prunedVerdict={usual.prunedVerdict} />
          </td>
        </>
      )}
    </tr>
  );
}

type FitsProps = { readonly verdict: MemoryVerdict; readonly prunedVerdict: MemoryVerdict };

/** Pruning is most useful where it makes a model fit. */
function Fits({ verdict, prunedVerdict }: FitsProps): ReactNode {
  const { t } = useTranslation();
  const gain = fitsWhole(verdict)
    ? prunedVerdict === 'gpu' && verdict !== 'gpu'
      ? 'gpu'
      : 'whole'
    : halved(prunedVerdict);
  const Icon = ICONS[gain];
  return (
    <span className={classNames(kit.row, styles.fits, styles[gain])}>
      <Icon size={14} aria-hidden />
      {t(`models.published.fits.${gain}`)}
    </span>
  );
}

const ICONS = {
  whole: Check,
  gpu: Scissors,
  halved: Scissors,
  halvedGpu: Scissors,
  tight: Scissors,
  never: Minus,
} as const;

function fitsWhole(verdict: MemoryVerdict): boolean {
  return verdict === 'gpu' || verdict === 'mixed' || verdict === 'ram';
}

function halved(verdict: MemoryVerdict): 'halved' | 'halvedGpu' | 'tight' | 'never' {
  if (verdict === 'gpu') return 'halvedGpu';
  if (fitsWhole(verdict)) return 'halved';
  return verdict === 'tight' ? 'tight' : 'never';
}
