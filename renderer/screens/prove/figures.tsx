// The figures behind the verdict: one line a domain, those that the experts were chosen for first.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import type { PublishedInterval } from '../../../electron/contract/interval.ts';
import type { VerdictPart } from '../../../electron/contract/verdict.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import table from '../../kit/table.module.css';
import { Term } from '../../kit/term.tsx';
import { Unbroken } from '../../kit/unbroken.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { OfferedTexts } from '../../verdict/measure-offer.tsx';
import { useVerdict } from '../../verdict/use-verdict.ts';
import type { Measuring } from './measuring.tsx';

const SIDES = ['inside', 'outside', 'unknown'] as const;

type FiguresProps = { readonly selection: Selection; readonly measuring: Measuring };

export function Figures({ selection, measuring }: FiguresProps): ReactNode {
  const { t } = useTranslation();
  const verdict = useVerdict(selection);
  if (verdict === undefined) return null;
  const rows = SIDES.flatMap((side) => (verdict[side]?.parts ?? []).map((part) => ({ side, part })));
  if (rows.length === 0) return measuring.isBusy ? null : <NothingMeasured measuring={measuring} />;
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('prove.figures')}>
      <table className={table.ruled} aria-label={t('prove.figures')}>
        <thead>
          <tr>
            <th scope="col">{t('prove.text')}</th>
            <th scope="col">
              <Term name="ratio">{t('prove.ratio')}</Term>
            </th>
            <th scope="col">
              <Term name="top1">{t('prove.top1')}</Term>
            </th>
            <th scope="col">{t('prove.tokens')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ side, part }) => (
            <PartRow key={`${side} ${part.domain}`} side={side} part={part} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type PartRowProps = { readonly side: (typeof SIDES)[number]; readonly part: VerdictPart };

function PartRow({ side, part: { domain, ratio, top1, tokens } }: PartRowProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const within = ({ value, low, high }: PublishedInterval, text: (value: number) => string): string =>
    low === null || high === null ? text(value) : `${text(value)} (${text(low)}–${text(high)})`;
  return (
    <tr>
      <th scope="row">{[t(`prove.sides.${side}`), ...(domain === null ? [] : [domain])].join(' · ')}</th>
      <td>
        <Unbroken text={`×${within(ratio, (value) => format.decimal(value, 2))}`} />
      </td>
      <td>{top1 === null ? '–' : <Unbroken text={within(top1, format.percent)} />}</td>
      <td>{format.count(tokens)}</td>
    </tr>
  );
}

function NothingMeasured({ measuring: { offer, hasInside } }: Pick<FiguresProps, 'measuring'>): ReactNode {
  const { t } = useTranslation();
  if (offer === undefined) return null;
  return (
    <EmptyState
      icon={ScanSearch}
      title={t(hasInside ? 'prove.emptyTitle' : 'prove.noTextsTitle')}
      text={
        <>
          {!hasInside && t('prove.noTextsText')} {offer.texts.length > 0 && <OfferedTexts texts={offer.texts} />}
        </>
      }
    />
  );
}
