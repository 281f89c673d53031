// What was found in the answers: for each demo set, the full model's line and the choice's.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import type { Generation, GenerationFigures } from '../../../electron/contract/api/generations.ts';
import { GENERATION_CHECKS, isWorse, type GenerationCheck } from '../../../electron/contract/generation-checks.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import table from '../../kit/table.module.css';
import styles from './prove.module.css';

export function AnswersTable({ checks }: { readonly checks: readonly Generation[] }): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('generation.figures')}>
      <table className={table.ruled} aria-label={t('generation.figures')}>
        <thead>
          <tr>
            <th scope="col">{t('generation.prompts')}</th>
            <th scope="col">{t('prove.model')}</th>
            {GENERATION_CHECKS.map((check) => (
              <th key={check} scope="col">
                {t(`generation.checks.${check}`)}
              </th>
            ))}
            <th scope="col">{t('generation.length')}</th>
          </tr>
        </thead>
        {checks.map(({ id, domain, prompts, isFile, own, full }) => (
          <tbody key={id}>
            <tr>
              <th scope="rowgroup" rowSpan={2}>
                {`${domain} · ${t('generation.ofPrompts', { count: prompts })}`}
              </th>
              <FigureCells name={t('prove.full')} figures={full} />
            </tr>
            <tr>
              <FigureCells name={t(isFile ? 'prove.prunedFile' : 'prove.preview')} figures={own} />
            </tr>
          </tbody>
        ))}
      </table>
      <p className={kit.note}>{t('generation.legend')}</p>
    </div>
  );
}

type FigureCellsProps = { readonly name: string; readonly figures: GenerationFigures };

function FigureCells({ name, figures: { rates, againstFull, medianTokens } }: FigureCellsProps): ReactNode {
  const { t } = useTranslation();
  const rate = (check: GenerationCheck): ReactNode => {
    const { hits, judged } = rates[check] ?? {};
    if (hits === undefined || judged === undefined) return '–';
    const isFault = isWorse(check, againstFull?.[check] ?? null);
    return (
      <span className={classNames(isFault && styles.worse)}>
        {isFault && (
          <>
            <TriangleAlert size={12} aria-hidden />
            <VisuallyHidden>{t('generation.beyondChance')} </VisuallyHidden>
          </>
        )}
        {t('generation.hits', { hits, count: judged })}
      </span>
    );
  };
  return (
    <>
      <th scope="row">{name}</th>
      {GENERATION_CHECKS.map((check) => (
        <td key={check}>{rate(check)}</td>
      ))}
      <td>{t('generation.upToTokens', { count: Math.round(medianTokens) })}</td>
    </>
  );
}
