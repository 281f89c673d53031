// What the header says about the model itself; for a model that Winnow wrote, what it was made from.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { WINNOW_KEYS } from '../../../electron/contract/winnow-keys.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { Term } from '../../kit/term.tsx';
import { useTypeName } from '../../kit/type-name.ts';
import { useFormat } from '../../kit/use-format.ts';
import styles from './models.module.css';

type ModelFactsProps = { readonly model: ModelEntry; readonly details: NonNullable<ModelEntry['details']> };

export function ModelFacts({ model: { bytes, publisher }, details }: ModelFactsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const typeName = useTypeName();
  const { nExpert, nExpertUsed, expertBytes, moeLayers, blockCount } = details;
  return (
    <dl className={classNames(facts.grid, styles.facts)}>
      {publisher !== null && (
        <>
          <dt>{t('models.publisher')}</dt>
          <dd>{publisher}</dd>
        </>
      )}
      <dt>{t('models.archLong')}</dt>
      <dd>{details.arch}</dd>
      <dt>
        <Term name="quantisation">{t('models.fileTypeLong')}</Term>
      </dt>
      <dd>{typeName(details.fileType, details.mixed)}</dd>
      <dt>
        <Term name="layer">{t('models.layers')}</Term>
      </dt>
      <dd>
        {moeLayers.length === blockCount || nExpert === 0
          ? format.count(blockCount)
          : t('models.layersText', { moe: moeLayers.length, total: blockCount })}
      </dd>
      {nExpert > 0 && (
        <>
          <dt>
            <Term name="expert">{t('models.experts')}</Term>
          </dt>
          <dd>{t('models.expertsLong', { experts: nExpert, used: nExpertUsed })}</dd>
          <dt>{t('models.expertBytes')}</dt>
          <dd>
            <Bytes value={expertBytes} /> {t('models.shareOfFile', { share: format.percent(expertBytes / bytes) })}
          </dd>
        </>
      )}
      <dt>
        <Term name="context">{t('models.contextLength')}</Term>
      </dt>
      <dd>{t('models.contextTokens', { tokens: format.count(details.contextLength) })}</dd>
    </dl>
  );
}

type ProvenanceProps = { readonly facts: Readonly<Record<string, string>> };

export function Provenance({ facts }: ProvenanceProps): ReactNode {
  const { t } = useTranslation();
  const kept = facts['winnow.kept'];
  const total = facts[WINNOW_KEYS.sourceExpertCount];
  const [width, wide] = [facts[WINNOW_KEYS.expertWidth], facts[WINNOW_KEYS.sourceExpertWidth]];
  const rows: readonly (readonly [string, string | undefined])[] = [
    [t('models.source'), facts[WINNOW_KEYS.sourceName]],
    [t('models.kept'), kept !== undefined && total !== undefined ? t('models.keptOf', { kept, total }) : kept],
    [
      t('models.neurons'),
      width !== undefined && wide !== undefined ? t('models.keptOf', { kept: width, total: wide }) : undefined,
    ],
    [t('models.criterion'), facts[WINNOW_KEYS.criterion]],
    [t('models.domains'), facts['winnow.domains']],
    [t('models.fingerprint'), facts[WINNOW_KEYS.sourceFingerprint]],
  ];
  return (
    <section className={classNames(kit.stack2, kit.lineAbove)} aria-label={t('models.provenance')}>
      <h3>{t('models.provenance')}</h3>
      <dl className={classNames(facts.grid, styles.facts)}>
        {rows.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name} className={styles.fact}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
