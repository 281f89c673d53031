// What was compared, as a picture and its table: pointing at one highlights the other.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitFile, FitFindings } from '../../../electron/contract/fit.ts';
import type { PublishedInterval } from '../../../electron/contract/interval.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import table from '../../kit/table.module.css';
import { Unbroken } from '../../kit/unbroken.tsx';
import { useFormat } from '../../kit/use-format.ts';
import styles from './new.module.css';
import { FileFacts, FileHeads, useFileSizes } from './file-columns.tsx';
import { useFileTexts } from './file-texts.ts';
import { reasonAgainst } from './reason-against.ts';
import { FitPicture } from './fit-picture.tsx';

export function Compared({ result }: { readonly result: FitFindings }): ReactNode {
  const { t } = useTranslation();
  const [pointed, setPointed] = useState<number | null>(null);
  return (
    <>
      <FitPicture result={result} pointed={pointed} onPoint={setPointed} />
      <FilesTable result={result} pointed={pointed} onPoint={setPointed} />
      <p className={kit.dim}>
        {t(result.isOnDemos ? 'fit.ratioNoteDemos' : 'fit.ratioNote', {
          searched: result.searchedTokens,
          tokens: result.tokens,
        })}
      </p>
    </>
  );
}

type FilesTableProps = {
  readonly result: FitFindings;
  /** Index of the file that is pointed at. */
  readonly pointed: number | null;
  readonly onPoint: (file: number | null) => void;
};

/** The table of files, the smallest first. */
function FilesTable({ result, pointed, onPoint }: FilesTableProps): ReactNode {
  const { t } = useTranslation();
  const sizes = useFileSizes(result.files);
  const order = [...result.files.keys()].toSorted((a, b) => result.files[a]!.bytes - result.files[b]!.bytes);
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('fit.files')}>
      <table className={classNames(table.ruled, styles.table, styles.wrapped)}>
        <thead>
          <tr>
            <FileHeads />
            <th scope="col">
              <span className={table.keySolid} aria-hidden /> {t('fit.inside')}
            </th>
            <th scope="col">
              <span className={table.keyHollow} aria-hidden /> {t('fit.outside')}
            </th>
            <th scope="col">{t('fit.top1')}</th>
            <th scope="col">{t('fit.proved')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {order.map((index) => (
            <tr
              key={index}
              className={classNames(index === pointed && table.pointedRow)}
              onPointerEnter={() => onPoint(index)}
              onPointerLeave={() => onPoint(null)}
            >
              <FileCells
                file={result.files[index]!}
                size={sizes[index]}
                result={result}
                isBest={index === result.best}
              />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type FileCellsProps = {
  readonly file: FitFile;
  readonly size: string | undefined;
  readonly result: FitFindings;
  readonly isBest: boolean;
};

function FileCells({ file, size, result, isBest }: FileCellsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const texts = useFileTexts(result);
  const divergence = (nats: PublishedInterval | null): ReactNode =>
    nats === null ? '–' : <Unbroken text={texts.divergence(nats)} />;
  const reason = reasonAgainst(file, result);
  return (
    <>
      <FileFacts file={file} model={result} size={size} />
      <td>{divergence(file.klMean)}</td>
      <td>{divergence(file.klOutside)}</td>
      <td>{file.top1 === null ? '' : format.percent(file.top1.value)}</td>
      <td>{file.confirmed?.klMean ? divergence(file.confirmed.klMean) : ''}</td>
      <td>{isBest ? <strong>{t('fit.best')}</strong> : t(`fit.${reason}`)}</td>
    </>
  );
}
