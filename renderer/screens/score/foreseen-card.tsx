// What scoring will take, said before it begins: where the model will lie, how much is read, how long.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Foreseen, ForeseenWarning } from '../../../electron/contract/api/runs.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { useCall } from '../../state/calls.ts';
import styles from './foreseen-card.module.css';
import { offloadedTo, weightPlaces, type WeightPlace } from './foreseen-places.ts';

/** So long a count must rest before the engine is asked: it tokenises the demos. */
const SETTLE_MS = 300;

/** Less is not told apart: "0.0 sec" would be nonsense. */
const LEAST_SECONDS = 0.1;

type ForeseenCardProps = {
  readonly modelId: string;
  readonly domainId: number;
  /** Only the first so many demos; null: all. */
  readonly limit: number | null;
};

/** Keeps its height from the first moment on. */
export function ForeseenCard({ modelId, domainId, limit }: ForeseenCardProps): ReactNode {
  const { t } = useTranslation();
  const settled = useSettled(limit, SETTLE_MS);
  const { data, error } = useCall('runs.foresee', { modelId, domainId, limit: settled }, { keepPrevious: true });
  return (
    <section className={styles.card} aria-label={t('score.foreseen.title')} aria-busy={data === undefined && !error}>
      <h3>{t('score.foreseen.title')}</h3>
      {data !== undefined ? (
        <Plan foreseen={data} />
      ) : error !== null ? (
        <p className={styles.dim}>
          {t('score.foreseen.failed')} {error.message}
        </p>
      ) : (
        <>
          <p className={styles.dim}>{t('score.foreseen.busy')}</p>
          <Skeleton height={16} />
          <Skeleton height={140} />
        </>
      )}
    </section>
  );
}

/**
 * The same while the run goes on, as it was said before it: asked now, it would be told of the memory that is left beside
 * the run. Nothing, if it was not said.
 */
export function SaidBefore({ modelId, domainId, limit }: ForeseenCardProps): ReactNode {
  const { t } = useTranslation();
  const { data } = useCall('runs.foresee', { modelId, domainId, limit }, { enabled: false });
  if (data === undefined) return null;
  return (
    <section className={styles.card} aria-label={t('score.foreseen.title')}>
      <h3>{t('score.foreseen.title')}</h3>
      <Plan foreseen={data} />
    </section>
  );
}

function Plan({ foreseen }: { readonly foreseen: Foreseen }): ReactNode {
  const places = weightPlaces(foreseen);
  return (
    <>
      <LayersText foreseen={foreseen} />
      <Bar places={places} />
      <Places places={places} />
      <Facts foreseen={foreseen} />
      {foreseen.warnings.map((warning) => (
        <Warning key={warning.key} warning={warning} />
      ))}
    </>
  );
}

function LayersText({ foreseen }: { readonly foreseen: Foreseen }): ReactNode {
  const { t } = useTranslation();
  const { all, offloaded, moe, hostExperts } = foreseen.layers;
  const to = offloadedTo(foreseen);
  if (to === null) return <p>{t('score.foreseen.onCpu', { count: all })}</p>;
  const where = t(`score.foreseen.where.${to}`);
  if (offloaded < all) return <p>{t('score.foreseen.layers', { count: offloaded, all, where, hostExperts, moe })}</p>;
  return (
    <p>
      {hostExperts === 0
        ? t('score.foreseen.whole', { where })
        : t('score.foreseen.experts', { count: hostExperts, moe, where })}
    </p>
  );
}

function usePlaceName(): (place: WeightPlace) => string {
  const { t } = useTranslation();
  return ({ kind, device }) =>
    kind === 'gpu' || kind === 'machine' ? t(`score.foreseen.${kind}`, { name: device }) : t(`score.foreseen.${kind}`);
}

function Bar({ places }: { readonly places: readonly WeightPlace[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const nameOf = usePlaceName();
  const held = places.filter(({ weightsBytes }) => weightsBytes > 0);
  const said = (place: WeightPlace): string =>
    t('score.foreseen.part', { place: nameOf(place), size: format.bytes(place.weightsBytes) });
  return (
    <div className={styles.bar} role="img" aria-label={t('score.foreseen.bar', { parts: format.list(held.map(said)) })}>
      {held.map((place) => (
        <span
          key={place.kind + place.device}
          className={classNames(styles.part, styles[place.kind])}
          style={{ flexGrow: place.weightsBytes }}
          title={said(place)}
        />
      ))}
    </div>
  );
}

function Places({ places }: { readonly places: readonly WeightPlace[] }): ReactNode {
  const { t } = useTranslation();
  const nameOf = usePlaceName();
  const size = (bytes: number | null): ReactNode => (bytes === null ? '' : <Bytes value={bytes} />);
  return (
    <table className={styles.places}>
      <thead>
        <tr>
          <th scope="col">{t('score.foreseen.place')}</th>
          <th scope="col">{t('score.foreseen.weights')}</th>
          <th scope="col">{t('score.foreseen.work')}</th>
          <th scope="col">{t('score.foreseen.free')}</th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => (
          <tr key={place.kind + place.device}>
            <th scope="row">
              <span className={classNames(styles.swatch, styles[place.kind])} />
              {nameOf(place)}
            </th>
            <td>{size(place.weightsBytes)}</td>
            <td>{size(place.workBytes)}</td>
            <td>{size(place.freeBytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ foreseen }: { readonly foreseen: Foreseen }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { seconds, limit, sureness, readBytes, sentBytes, networkBytes, nUbatch, nSlice, ubatches } = foreseen;
  const time = (of: number): string => format.took(Math.max(of, LEAST_SECONDS) * 1000);
  const passes = t('score.foreseen.passes', { count: ubatches, tokens: format.count(nUbatch) });
  const sliced = t('score.foreseen.sliced', { tokens: format.count(nSlice) });
  return (
    <dl className={styles.facts}>
      <div>
        <dt>{t('score.foreseen.time')}</dt>
        <dd>
          {time(seconds.likely)}{' '}
          <span className={styles.dim}>
            ({t('score.foreseen.range', { low: time(seconds.low), high: time(seconds.high) })},{' '}
            {t(`score.foreseen.sureness.${sureness}`)})
          </span>
        </dd>
      </div>
      <div>
        <dt>{t('score.foreseen.limits')}</dt>
        <dd>{t(`score.foreseen.limit.${limit}`)}</dd>
      </div>
      <div>
        <dt>{t('score.foreseen.read')}</dt>
        <dd>
          <Bytes value={readBytes} />
        </dd>
      </div>
      {sentBytes + networkBytes > 0 && (
        <div>
          <dt>{t('score.foreseen.sent')}</dt>
          <dd>
            <Bytes value={sentBytes + networkBytes} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t('score.foreseen.atOnce')}</dt>
        <dd>{nSlice < nUbatch ? `${passes}, ${sliced}` : passes}</dd>
      </div>
    </dl>
  );
}

function Warning({ warning }: { readonly warning: ForeseenWarning }): ReactNode {
  return (
    <p className={styles.warning}>
      <TriangleAlert size={14} aria-hidden />
      <WarningText warning={warning} />
    </p>
  );
}

function WarningText({ warning }: { readonly warning: ForeseenWarning }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  switch (warning.key) {
    case 'readAgain':
      return t('score.foreseen.warning.readAgain', {
        ubatches: format.count(warning.ubatches),
        size: format.bytes(warning.bytes),
      });
    case 'layerTooLarge':
      return t('score.foreseen.warning.layerTooLarge', { reads: format.count(warning.reads) });
    case 'tooSmall':
      return t('score.foreseen.warning.tooSmall', {
        device: warning.device,
        available: format.bytes(warning.availableBytes),
        needed: format.bytes(warning.neededBytes),
      });
  }
}
