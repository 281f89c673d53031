// What was found in the answers: one block a check, one line a model, in domain and out of domain side by side on the same
// scale. It is a table, so that what the dots show is read as well.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { GENERATION_CHECKS } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import { useFormat } from '../../../kit/use-format.ts';
import { SIDES, type SideName } from '../comparison.ts';
import table from '../prove.module.css';
import type { ProofVariant } from '../use-proof.ts';
import { CheckRows } from './check-rows.tsx';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import styles from './generation.module.css';
import { LengthRows } from './length-rows.tsx';

type AnswersTableProps = { readonly compared: ComparedAnswers; readonly variants: readonly ProofVariant[] };

export function AnswersTable({ compared, variants }: AnswersTableProps): ReactNode {
  const { t } = useTranslation();
  const { sides } = compared;
  const shown = variants.filter(({ key }) =>
    SIDES.some((side) => (sides[side].variants.get(key)?.rows.length ?? 0) > 0),
  );
  const judged = GENERATION_CHECKS.filter((check) => SIDES.some((side) => sides[side].figures?.rates[check]));
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('generation.figures')}>
      <table className={classNames(table.measures, styles.rates)} aria-label={t('generation.figures')}>
        <colgroup>
          <col className={styles.nameColumn} />
          {SIDES.map((side) => [
            <col key={`${side} picture`} />,
            <col key={`${side} value`} className={styles.rateColumn} />,
          ])}
        </colgroup>
        <thead>
          <tr>
            <td />
            {SIDES.map((side) => (
              <th key={side} scope="col" colSpan={2}>
                <SideHead side={side} of={sides[side]} />
              </th>
            ))}
          </tr>
        </thead>
        {judged.map((check) => (
          <CheckRows key={check} {...{ check, compared }} variants={shown} />
        ))}
        <LengthRows compared={compared} variants={shown} />
      </table>
      <p className={styles.legend}>{t('generation.legend')}</p>
    </div>
  );
}

function SideHead({ side, of }: { readonly side: SideName; readonly of: AnswerSide }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {t(`prove.${side}`)}{' '}
      <span className={table.small}>
        {of.full.length === 0
          ? t('generation.noneChecked')
          : t('generation.sidePrompts', {
              domains: format.list(of.full.map(({ domain }) => domain)),
              count: of.prompts,
            })}
      </span>
    </>
  );
}
