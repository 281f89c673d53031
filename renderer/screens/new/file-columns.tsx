// The first columns of every table of files: which experts, which type, how large, and what it needs.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitFile, FitPlan } from '../../../electron/contract/fit.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { useFormat } from '../../kit/use-format.ts';
import styles from './new.module.css';
import { useFileTexts } from './file-texts.ts';

/** Two decimals are enough to tell files apart. */
const MOST_DECIMALS = 2;

/** Returns the sizes of files in their order, so that they can be told apart. */
export function useFileSizes(files: readonly Pick<FitFile, 'bytes'>[]): readonly string[] {
  return useFormat().sizes(
    files.map(({ bytes }) => bytes),
    MOST_DECIMALS,
  );
}

/** The headings for `FileFacts`. */
export function FileHeads(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <th scope="col">{t('fit.experts')}</th>
      <th scope="col">{t('export.type')}</th>
      <th scope="col" className={styles.number}>
        {t('fit.size')}
      </th>
      <th scope="col" className={styles.number}>
        {t('fit.memory')}
      </th>
    </>
  );
}

type FileFactsProps = {
  readonly file: Pick<FitFile, 'keep' | 'type' | 'mix' | 'width' | 'bytes' | 'memoryBytes'>;
  readonly model: Pick<FitPlan, 'nExpert' | 'sourceType'>;
  /** The size, with enough digits to tell the file from those beside it. */
  readonly size: string | undefined;
};

export function FileFacts({ file, model, size }: FileFactsProps): ReactNode {
  const texts = useFileTexts(model);
  return (
    <>
      <th scope="row">{texts.experts(file)}</th>
      <td>{texts.type(file)}</td>
      <td className={styles.number}>
        <Bytes value={file.bytes} short={size} />
      </td>
      <td className={styles.number}>
        <Bytes value={file.memoryBytes} />
      </td>
    </>
  );
}
