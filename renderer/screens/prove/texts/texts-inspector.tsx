// One variant: what it is, its figures on each text, and the button that deletes them.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Inspector } from '../../../inspector/inspector.tsx';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import facts from '../../../kit/facts.module.css';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import { TEXT_MEASURES } from '../../../../electron/contract/several-texts.ts';
import { combine } from '../../../measures/combine.ts';
import { deleteEvaluations } from '../proof/delete-measured.ts';
import { useProveChoices } from '../proof/prove-choices.ts';
import styles from '../proof/prove.module.css';
import { SIDES } from '../proof/sides.ts';
import type { Proof } from '../proof/use-proof.ts';
import { useVariantName } from '../proof/variant-name.tsx';
import { variantKey } from '../proof/variants.ts';
import type { ComparedText } from './comparison.ts';
import { useMeasureFormat } from './use-measure-format.ts';
import type { MeasuredTexts } from './use-measured-texts.ts';

type TextsInspectorProps = { readonly proof: Proof; readonly measured: MeasuredTexts };

export function TextsInspector({ proof: { selection, variants }, measured }: TextsInspectorProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useVariantName();
  const selected = useProveChoices((choices) => choices.selected);
  const variant = variants.find(({ key }) => key === selected);
  if (variant === undefined) return null;
  const rows = measured.set?.rows.filter((row) => variantKey(row) === variant.key) ?? [];
  if (rows.length === 0) return null;
  return (
    <Inspector title={nameOf(variant)}>
      <div className={classNames(kit.stack4, styles.inspector)}>
        <p className={kit.dim}>
          {t(`prove.kinds.${variant.kind}`, {
            selection: selection.name,
            keep: selection.keep,
            total: selection.nExpert,
          })}
        </p>
        {SIDES.flatMap((side) =>
          measured.comparison[side].texts.map((text) => (
            <TextFacts key={text.key} text={text} side={t(`prove.${side}`)} variantKey={variant.key} />
          )),
        )}
        <Button icon={Trash2} onPress={() => void deleteEvaluations(rows, t)}>
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
      <dl className={classNames(facts.lines, styles.facts)}>
        <div>
          <dt>{t('prove.fullPerplexity')}</dt>
          <dd>{measureFormat.interval('perplexity', full.perplexity)}</dd>
        </div>
        {TEXT_MEASURES.map((measure) => {
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
