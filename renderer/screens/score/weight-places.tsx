// Where a model's weights will be, for the bar and its table.
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import styles from './estimate-card.module.css';

type PlaceKind = ScoringEstimate['memory'][number]['kind'] | 'disk';

type WeightPlace = {
  readonly kind: PlaceKind;
  /** The name of the device in llama.cpp. */
  readonly device: string;
  readonly weightsBytes: number;
  /** KV cache and compute buffers; null: there are none on the disk. */
  readonly workBytes: number | null;
  readonly freeBytes: number | null;
};

/**
 * Returns the places, the fastest first, in the order in which the model's layers are assigned; places without weights
 * are left out, except RAM.
 */
export function weightPlaces({ memory, onDiskBytes }: ScoringEstimate): readonly WeightPlace[] {
  const order: readonly PlaceKind[] = ['gpu', 'machine', 'host'];
  const places = memory
    .map(({ kind, device, weightsBytes, kvBytes, computeBytes, availableBytes }): WeightPlace => ({
      kind,
      device,
      weightsBytes,
      workBytes: kvBytes + computeBytes,
      freeBytes: availableBytes,
    }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const disk = { kind: 'disk' as const, device: '', weightsBytes: onDiskBytes, workBytes: null, freeBytes: null };
  return onDiskBytes > 0 ? [...places, disk] : places;
}

/** Returns where the layers are that are not on the CPU; null: there are none. */
export function offloadedTo({ memory, layers }: ScoringEstimate): 'gpu' | 'machine' | 'both' | null {
  if (layers.offloaded === 0) return null;
  const has = (kind: PlaceKind): boolean => memory.some((place) => place.kind === kind);
  if (has('gpu') && has('machine')) return 'both';
  return has('machine') ? 'machine' : 'gpu';
}

function usePlaceName(): (place: WeightPlace) => string {
  const { t } = useTranslation();
  return ({ kind, device }) =>
    kind === 'gpu' || kind === 'machine' ? t(`score.estimate.${kind}`, { name: device }) : t(`score.estimate.${kind}`);
}

/** The whole bar is all free memory, or the model if that is larger. */
export function PlacesBar({ places }: { readonly places: readonly WeightPlace[] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const getName = usePlaceName();
  const held = places.filter(({ weightsBytes }) => weightsBytes > 0);
  const said = (place: WeightPlace): string =>
    t('score.estimate.part', { place: getName(place), size: format.bytes(place.weightsBytes) });
  return (
    <div className={styles.bar} role="img" aria-label={t('score.estimate.bar', { parts: format.list(held.map(said)) })}>
      {held.map((place) => (
        <Fragment key={place.kind + place.device}>
          <span
            className={classNames(styles.part, styles[place.kind])}
            style={{ flexGrow: place.weightsBytes }}
            title={said(place)}
          />
          <span
            className={styles.room}
            style={{ flexGrow: Math.max(0, (place.freeBytes ?? 0) - place.weightsBytes) }}
          />
        </Fragment>
      ))}
    </div>
  );
}

export function PlacesTable({ places }: { readonly places: readonly WeightPlace[] }): ReactNode {
  const { t } = useTranslation();
  const getName = usePlaceName();
  const size = (bytes: number | null): ReactNode => (bytes === null ? '' : <Bytes value={bytes} />);
  return (
    <table className={classNames(table.figures, styles.places)}>
      <thead>
        <tr>
          <th scope="col">{t('score.estimate.place')}</th>
          <th scope="col">{t('score.estimate.weights')}</th>
          <th scope="col">{t('score.estimate.work')}</th>
          <th scope="col">{t('score.estimate.free')}</th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => (
          <tr key={place.kind + place.device}>
            <th scope="row">
              <span className={classNames(styles.swatch, styles[place.kind])} />
              {getName(place)}
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
