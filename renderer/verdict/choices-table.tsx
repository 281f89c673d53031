// The data of the picture of choices, for keyboard and screen reader; pointing at a line highlights its dots.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JudgedChoice } from '../../electron/contract/api/evaluations.ts';
import type { VerdictSide } from '../../electron/contract/verdict.ts';
import { Button } from '../kit/button.tsx';
import { Bytes } from '../kit/bytes.tsx';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import table from '../kit/table.module.css';
import { useFormat } from '../kit/use-format.ts';
import { useRatioFormat } from '../measures/use-ratio-format.ts';
import styles from './choices.module.css';

type ChoicesTableProps = {
  readonly choices: readonly JudgedChoice[];
  readonly current: string | null;
  readonly pointed: string | null;
  readonly onPoint: (hash: string | null) => void;
  readonly onTake: (choice: JudgedChoice) => void;
};

/** The table, with the smallest file first. */
export function ChoicesTable({ choices, current, pointed, onPoint, onTake }: ChoicesTableProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('verdict.picture.table')}>
      <table className={classNames(table.ruled, styles.table)}>
        <thead>
          <tr>
            <th scope="col">{t('verdict.picture.choice')}</th>
            <th scope="col">{t('verdict.picture.size')}</th>
            <th scope="col">
              <span className={table.keySolid} aria-hidden /> {t('verdict.picture.inside')}
            </th>
            <th scope="col">
              <span className={table.keyHollow} aria-hidden /> {t('verdict.picture.outside')}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {choices
            .toSorted((a, b) => a.verdict.bytes.pruned - b.verdict.bytes.pruned)
            .map((choice) => (
              <tr
                key={choice.hash}
                className={classNames(choice.hash === pointed && table.pointedRow)}
                aria-current={choice.hash === current}
                onPointerEnter={() => onPoint(choice.hash)}
                onPointerLeave={() => onPoint(null)}
                onFocus={() => onPoint(choice.hash)}
                onBlur={() => onPoint(null)}
              >
                <ChoiceCells choice={choice} isCurrent={choice.hash === current} />
                <td>
                  {choice.hash !== current && choice.selectionId !== null && (
                    <Button
                      size="small"
                      aria-label={t('verdict.picture.takeNamed', { name: choice.name })}
                      onPress={() => onTake(choice)}
                    >
                      {t('verdict.picture.take')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

type ChoiceCellsProps = { readonly choice: JudgedChoice; readonly isCurrent: boolean };

function ChoiceCells({ choice: { name, keep, nExpert, verdict }, isCurrent }: ChoiceCellsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <th scope="row">
        {name} {isCurrent && <span className={classNames(kit.note, styles.below)}>{t('verdict.picture.current')}</span>}
      </th>
      <td>
        <Bytes value={verdict.bytes.pruned} />{' '}
        <span className={classNames(kit.note, styles.below)}>
          {t('verdict.picture.keptOf', { keep: format.count(keep), total: format.count(nExpert) })}
        </span>
      </td>
      <SideCell side={verdict.inside ?? verdict.unknown} />
      <SideCell side={verdict.outside} />
    </>
  );
}

function SideCell({ side }: { readonly side: VerdictSide | null }): ReactNode {
  const { t } = useTranslation();
  const ratio = useRatioFormat();
  if (side === null) return <td className={styles.dim}>{t('verdict.picture.notMeasured')}</td>;
  return <td data-grade={side.grade}>{ratio.interval({ standardError: null, ...side.ratio })}</td>;
}
