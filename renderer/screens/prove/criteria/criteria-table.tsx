// All figures: one row per criterion, one column per number of experts, inside and outside the domain.
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton } from 'react-aria-components';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import { useRatioFormat } from '../../../measures/use-ratio-format.ts';
import { useProveChoices } from '../proof/prove-choices.ts';
import prove from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import styles from './criteria.module.css';
import { ratioOf } from './findings.ts';
import type { Cell, Line } from './matrix.ts';
import type { Criteria } from './use-criteria.ts';

export function CriteriaTable({ criteria }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const { lines, mixes, columns } = criteria.matrix;
  return (
    <div className={prove.scroll} tabIndex={0} role="region" aria-label={t('prove.criteria.figures')}>
      <table className={styles.table} aria-label={t('prove.criteria.figures')}>
        <Head criteria={criteria} />
        {mixes.map((mix) => (
          <tbody key={mix}>
            {mixes.length > 1 && (
              <tr>
                <th scope="rowgroup" colSpan={1 + 2 * columns.length} className={styles.mix}>
                  {t(`choose.mixes.${mix}`)}
                </th>
              </tr>
            )}
            {lines
              .filter((line) => line.mix === mix)
              .map((line) => (
                <LineRow key={line.id} line={line} criteria={criteria} />
              ))}
          </tbody>
        ))}
      </table>
      <p className={classNames(kit.note, styles.legend)}>{t('prove.criteria.legend')}</p>
    </div>
  );
}

function Head({ criteria: { comparison, matrix, selection } }: { readonly criteria: Criteria }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { columns } = matrix;
  return (
    <thead>
      <tr>
        <th scope="col" rowSpan={2} className={styles.corner}>
          {t('experts.criterion')}
        </th>
        {SIDES.map((side) => {
          const { texts, full } = comparison[side];
          const domains = format.list([...new Set(texts.map(({ domain }) => domain))]);
          return (
            <th key={side} scope="colgroup" colSpan={columns.length} className={styles.side}>
              {t(`prove.${side}`)}{' '}
              <span className={prove.small}>
                {full === null
                  ? t('prove.noneMeasured')
                  : t('prove.sideTexts', { domains, count: texts.length, tokens: format.count(full.tokens) })}
              </span>
            </th>
          );
        })}
      </tr>
      <tr>
        {SIDES.map((side) => (
          <Fragment key={side}>
            {columns.map(({ keep, share, isOwn }, index) => (
              <th
                key={keep}
                scope="col"
                className={classNames(styles.cell, index === 0 && styles.first, isOwn && styles.ownCell)}
              >
                {format.percentWhole(share)}
                <span className={classNames(kit.tiny, styles.range)}>
                  {t(isOwn ? 'prove.criteria.ownCount' : 'prove.criteria.count', { keep, total: selection.nExpert })}
                </span>
              </th>
            ))}
          </Fragment>
        ))}
      </tr>
    </thead>
  );
}

type LineRowProps = { readonly line: Line; readonly criteria: Criteria };

function LineRow({ line, criteria }: LineRowProps): ReactNode {
  const { t } = useTranslation();
  const isSelected = useProveChoices(({ selectedLine }) => selectedLine === line.id);
  return (
    <tr className={classNames(line.isOwn && styles.ownRow)}>
      <th scope="row">
        <ToggleButton
          isSelected={isSelected}
          onChange={(is) => useProveChoices.setState({ selectedLine: is ? line.id : null })}
          className={classNames(kit.option, prove.name, styles.rowName)}
        >
          {t(`experts.criteria.${line.criterion}.name`)}
        </ToggleButton>
        {line.criterion === 'random' && <span className={prove.small}>{t('prove.criteria.floor')}</span>}
      </th>
      {SIDES.map((side) =>
        line.cells.map((cell, index) => (
          <RatioCell
            key={`${side} ${cell.key}`}
            side={side}
            cell={cell}
            line={line}
            criteria={criteria}
            isFirst={index === 0}
          />
        )),
      )}
    </tr>
  );
}

type RatioCellProps = {
  readonly side: SideName;
  readonly cell: Cell;
  readonly line: Line;
  readonly criteria: Criteria;
  readonly isFirst: boolean;
};

function RatioCell({ side, cell, line, criteria: { comparison, matrix }, isFirst }: RatioCellProps): ReactNode {
  const { t } = useTranslation();
  const format = useRatioFormat();
  const of = comparison[side];
  const ratio = ratioOf(of, cell.key);
  const isOwn = line.isOwn && cell.column.isOwn;
  const className = classNames(styles.cell, isFirst && styles.first, isOwn && styles.ownCell);
  if (ratio === null) {
    const measured = of.variants.get(cell.key)?.texts ?? 0;
    return measured > 0 ? (
      <td className={classNames(className, styles.gap)}>{t('prove.partly', { measured, total: of.texts.length })}</td>
    ) : (
      <td className={classNames(className, styles.gap)} aria-label={t('prove.criteria.notMeasured')}>
        –
      </td>
    );
  }
  const others = matrix.lines.flatMap(({ mix, cells }) =>
    mix === line.mix ? cells.filter(({ column }) => column === cell.column) : [],
  );
  const isLowest = others.every(({ key }) => (ratioOf(of, key)?.value ?? Infinity) >= ratio.value);
  return (
    <td className={classNames(className, isLowest && others.length > 1 && kit.strong)}>
      {format.value(ratio.value)}
      <span className={classNames(kit.tiny, styles.range)}>{format.range(ratio)}</span>
    </td>
  );
}
