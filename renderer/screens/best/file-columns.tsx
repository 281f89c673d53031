// What every table of files begins with: which experts, which type, how large, and what it needs.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitFile, FitPlan } from '../../../electron/contract/fit.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { useFileTexts } from './file-texts.ts';

/** The headings of `FileFacts`. */
export function FileHeads(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <th scope="col">{t('fit.experts')}</th>
      <th scope="col">{t('export.type')}</th>
      <th scope="col">{t('fit.size')}</th>
      <th scope="col">{t('fit.memory')}</th>
    </>
  );
}

type FileFactsProps = {
  readonly file: Pick<FitFile, 'keep' | 'type' | 'mix' | 'activeExperts' | 'width' | 'bytes' | 'memoryBytes'>;
  readonly model: Pick<FitPlan, 'nExpert' | 'sourceType'>;
};

export function FileFacts({ file, model }: FileFactsProps): ReactNode {
  const texts = useFileTexts(model);
  return (
    <>
      <th scope="row">{texts.experts(file)}</th>
      <td>{texts.type(file)}</td>
      <td>
        <Bytes value={file.bytes} />
      </td>
      <td>
        <Bytes value={file.memoryBytes} />
      </td>
    </>
  );
}
