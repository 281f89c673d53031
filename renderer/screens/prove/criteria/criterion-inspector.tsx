// One criterion of the comparison: what it is, its other figures by number of experts, and the button that deletes them.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Inspector } from '../../../inspector/inspector.tsx';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import table from '../../../kit/table.module.css';
import { Term } from '../../../kit/term.tsx';
import { MEASURE_TERMS } from '../../../measures/combine.ts';
import { useRatioFormat } from '../../../measures/use-ratio-format.ts';
import { deleteEvaluations } from '../proof/delete-measured.ts';
import { useProveChoices } from '../proof/prove-choices.ts';
import prove from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import { variantKey } from '../proof/variants.ts';
import { useMeasureFormat } from '../texts/use-measure-format.ts';
import styles from './criteria.module.css';
import { ratioOf } from './findings.ts';
import type { Line } from './matrix.ts';
import type { Criteria } from './use-criteria.ts';

export function CriterionInspector({ criteria }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const selected = useProveChoices(({ selectedLine }) => selectedLine);
  const line = criteria.matrix.lines.find(({ id }) => id === selected);
  if (line === undefined) return null;
  const keys = new Set(line.cells.map(({ key }) => key));
  const rows = criteria.rows.filter((row) => keys.has(variantKey(row)));
  return (
    <Inspector title={t(`experts.criteria.${line.criterion}.name`)}>
      <div className={classNames(kit.stack4, prove.inspector)}>
        <p className={kit.dim}>
          {t(`experts.criteria.${line.criterion}.note`)}
          {criteria.mixes.length > 1 && ` ${t(`choose.mixNotes.${line.mix}`)}`}
        </p>
        {SIDES.map((side) => (
          <SideFigures key={side} side={side} line={line} criteria={criteria} />
        ))}
        {rows.length > 0 && (
          <Button icon={Trash2} onPress={() => void deleteEvaluations(rows, t)}>
            {t('prove.delete', { count: rows.length })}
          </Button>
        )}
      </div>
    </Inspector>
  );
}

type SideFiguresProps = { readonly side: SideName; readonly line: Line; readonly criteria: Criteria };

function SideFigures({ side, line, criteria: { comparison } }: SideFiguresProps): ReactNode {
  const { t } = useTranslation();
  const format = useMeasureFormat();
  const ratioFormat = useRatioFormat();
  const of = comparison[side];
  const measured = line.cells.flatMap(({ key, column }) => {
    const figures = of.variants.get(key)?.figures;
    const ratio = ratioOf(of, key);
    return figures && ratio ? [{ key, keep: column.keep, figures, ratio }] : [];
  });
  if (measured.length === 0) return null;
  return (
    <table className={classNames(table.figures, styles.facts)}>
      <caption>{t(`prove.${side}`)}</caption>
      <thead>
        <tr>
          <th scope="col">{t('prove.criteria.kept')}</th>
          <th scope="col">
            <Term name="ratio">{t('prove.measures.perplexity')}</Term>
          </th>
          <th scope="col">
            <Term name={MEASURE_TERMS.klMean}>{t('prove.criteria.kl')}</Term>
          </th>
          <th scope="col">
            <Term name={MEASURE_TERMS.top1}>{t('prove.criteria.top1')}</Term>
          </th>
        </tr>
      </thead>
      <tbody>
        {measured.map(({ key, keep, figures, ratio }) => (
          <tr key={key}>
            <th scope="row">{keep}</th>
            <td>
              {ratioFormat.value(ratio.value)}
              <span className={classNames(kit.tiny, styles.range)}>{ratioFormat.range(ratio)}</span>
            </td>
            <td>{figures.klMean && format.value('klMean', figures.klMean.value)}</td>
            <td>{figures.top1 && format.value('top1', figures.top1.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
