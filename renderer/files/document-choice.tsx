// A JSON document that may be an example itself and also holds rows that may be examples: the user decides which, so
// that nothing is guessed.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DocumentUse } from '../../electron/contract/demo.ts';
import { RadioList } from '../kit/radio-list.tsx';
import { useFormat } from '../kit/use-format.ts';
import type { UnclearFiles } from './import-question.ts';

type DocumentChoiceProps = {
  readonly unclear: UnclearFiles;
  /** null: not decided yet. */
  readonly use: DocumentUse | null;
  readonly onChange: (use: DocumentUse) => void;
};

export function DocumentChoice({ unclear: { files, document, rows }, use, onChange }: DocumentChoiceProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { fields, list, openings } = document;
  return (
    <RadioList<DocumentUse | ''>
      label={t('frame.import.documentOf', { files: format.list(files.map(({ name }) => name)) })}
      options={[
        {
          id: 'rows',
          label: t('frame.import.document.rows', { list, count: rows }),
          note: t('frame.import.begins', { opening: openings.rows }),
        },
        {
          id: 'demo',
          label: t('frame.import.document.demo', { count: files.length, fields: format.list(fields) }),
          note: t('frame.import.begins', { opening: openings.demo }),
        },
      ]}
      value={use ?? ''}
      onChange={(id) => id !== '' && onChange(id)}
    />
  );
}
