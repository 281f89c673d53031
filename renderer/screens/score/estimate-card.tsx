// What scoring will take, shown before it begins: where the model will be, how much is read, how long it takes.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { ScoringEstimate, EstimateWarning } from '../../../electron/contract/api/runs.ts';
import type { LimitBy } from '../../../electron/contract/taken-demos.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { useFormat } from '../../kit/use-format.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { useCall } from '../../state/calls.ts';
import styles from './estimate-card.module.css';
import { offloadedTo, PlacesBar, PlacesTable, weightPlaces } from './weight-places.tsx';

/** How long a count must stay unchanged before the engine is asked, which tokenises the demos. */
const SETTLE_MS = 300;

/** Shorter times are not distinguished: "0.0 sec" would be nonsense. */
const LEAST_SECONDS = 0.1;

type EstimateCardProps = {
  readonly modelId: string;
  readonly domainId: number;
  /** The number of demos to score; null: all. */
  readonly limit: number | null;
  readonly limitBy: LimitBy;
};

/** Keeps its height from the first moment on. */
export function EstimateCard({ modelId, domainId, limit, limitBy }: EstimateCardProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const settled = useSettled(limit, SETTLE_MS);
  const { data, error } = useCall(
    'runs.estimate',
    { modelId, domainId, limit: settled, limitBy },
    { keepPrevious: true },
  );
  return (
    <section
      className={classNames(kit.stack2, styles.card)}
      aria-label={t('score.estimate.title')}
      aria-busy={data === undefined && !error}
    >
      <h3>{t('score.estimate.title')}</h3>
      {data !== undefined ? (
        <>
          <Plan estimate={data} />
          <Unwritten parts={data.unwritten} />
        </>
      ) : error !== null ? (
        <p className={kit.dim}>
          {t('score.estimate.failed')} {translate(error)}
        </p>
      ) : (
        <>
          <p className={kit.dim}>{t('score.estimate.busy')}</p>
          <Skeleton height={16} />
          <Skeleton height={140} />
        </>
      )}
    </section>
  );
}

function Plan({ estimate }: { readonly estimate: ScoringEstimate }): ReactNode {
  const places = weightPlaces(estimate);
  return (
    <>
      <LayersText estimate={estimate} />
      <PlacesBar places={places} />
      <PlacesTable places={places} />
      <Facts estimate={estimate} />
      {estimate.warnings.map((warning) => (
        <Warning key={warning.key} warning={warning} />
      ))}
    </>
  );
}

function LayersText({ estimate }: { readonly estimate: ScoringEstimate }): ReactNode {
  const { t } = useTranslation();
  const { all, offloaded, moe, hostExperts } = estimate.layers;
  const to = offloadedTo(estimate);
  if (to === null) return <p>{t('score.estimate.onCpu')}</p>;
  const where = t(`score.estimate.where.${to}`);
  if (offloaded < all) return <p>{t('score.estimate.layers', { count: offloaded, all, where, hostExperts, moe })}</p>;
  return (
    <p>
      {hostExperts === 0
        ? t('score.estimate.whole', { where })
        : t('score.estimate.experts', { count: hostExperts, moe, where })}
    </p>
  );
}

function Facts({ estimate }: { readonly estimate: ScoringEstimate }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { seconds, isRough, readBytes } = estimate;
  return (
    <dl className={facts.lines}>
      <div>
        <dt>{t('score.estimate.time')}</dt>
        <dd>
          {format.took(Math.max(seconds, LEAST_SECONDS) * 1000)}
          {isRough && <span className={kit.dim}> ({t('score.estimate.rough')})</span>}
        </dd>
      </div>
      <div>
        <dt>{t('score.estimate.read')}</dt>
        <dd>
          <Bytes value={readBytes} />
        </dd>
      </div>
    </dl>
  );
}

/** What the chat template leaves out of the demos. */
function Unwritten({ parts }: { readonly parts: CallResult<'runs.estimate'>['unwritten'] }): ReactNode {
  const translate = useTranslate();
  return parts.map((part, index) => (
    <p key={index} className={classNames(kit.marked, kit.small, kit.caution)}>
      <TriangleAlert size={14} aria-hidden />
      {translate(part)}
    </p>
  ));
}

function Warning({ warning }: { readonly warning: EstimateWarning }): ReactNode {
  return (
    <p className={classNames(kit.marked, kit.small, kit.caution)}>
      <TriangleAlert size={14} aria-hidden />
      <WarningText warning={warning} />
    </p>
  );
}

function WarningText({ warning }: { readonly warning: EstimateWarning }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  switch (warning.key) {
    case 'readAgain':
      return t('score.estimate.warning.readAgain', {
        ubatches: format.count(warning.ubatches),
        size: format.bytes(warning.bytes),
      });
    case 'tooSmall':
      return t('score.estimate.warning.tooSmall', {
        device: warning.device,
        available: format.bytes(warning.availableBytes),
        needed: format.bytes(warning.neededBytes),
      });
    case 'windowed':
      return t('score.estimate.warning.windowed', {
        demos: format.count(warning.demos),
        tokens: format.count(warning.tokens),
      });
    case 'readFirst':
      return t('score.estimate.warning.readFirst', { size: format.bytes(warning.bytes) });
  }
}
