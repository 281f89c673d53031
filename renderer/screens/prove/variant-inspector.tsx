// One variant: what it is, its figures on each text, and their end.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Inspector } from '../../inspector/inspector.tsx';
import { Button } from '../../kit/button.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { combine, MEASURES } from '../../measures/combine.ts';
import { SIDES, type ComparedText } from './comparison.ts';
import { deleteMeasurements } from './delete-measurements.ts';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';
import { useMeasureFormat } from './use-measure-format.ts';
import type { Proof } from './use-proof.ts';
import { useVariantName } from './use-variant-name.ts';
import { variantKey } from './variants.ts';

export function VariantInspector({ proof }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useVariantName();
  const selected = useProveChoices((choices) => choices.selected);
  const variant = proof.variants.find(({ key }) => key === selected);
  if (variant === undefined) return null;
  const rows = proof.set?.rows.filter((row) => variantKey(row.variant) === variant.key) ?? [];
  if (rows.length === 0) return null;
  return (
    <Inspector title={nameOf(variant)}>
      <div className={styles.inspector}>
        <p className={styles.dim}>
          {t(`prove.kinds.${variant.kind}`, {
            plan: proof.plan.name,
            keep: proof.plan.keep,
            total: proof.plan.nExpert,
          })}
        </p>
        {SIDES.flatMap((side) =>
          proof.comparison[side].texts.map((text) => (
            <TextFacts key={text.key} text={text} side={t(`prove.${side}`)} variantKey={variant.key} />
          )),
        )}
        <Button icon={Trash2} onPress={() => void deleteMeasurements(rows, t)}>
          {t('prove.delete', { count: rows.length })}
        </Button>
      </div>
    </Inspector>
  );
}

type TextFactsProps = { readonly text: ComparedText; readonly side: string; readonly variantKey: string };

function TextFacts({ text, side, variantKey: key }: TextFactsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const measureFormat = useMeasureFormat();
  const row = text.variants.get(key);
  if (row === undefined) return null;
  const figures = combine([row]);
  const full = combine([text.full]);
  return (
    <section aria-label={text.name}>
      <h3>{text.name}</h3>
      <p className={styles.small}>
        {[side, t('prove.tokens', { count: row.tokens }), format.date(row.createdMs)].join(' · ')}
      </p>
      <dl className={styles.facts}>
        <div>
          <dt>{t('prove.fullPerplexity')}</dt>
          <dd>{measureFormat.interval('perplexity', full.perplexity)}</dd>
        </div>
        {MEASURES.map((measure) => {
          const interval = figures[measure];
          return (
            interval && (
              <div key={measure}>
                <dt>{t(`prove.measures.${measure}`)}</dt>
                <dd>{measureFormat.interval(measure, interval)}</dd>
              </div>
            )
          );
        })}
      </dl>
    </section>
  );
}
