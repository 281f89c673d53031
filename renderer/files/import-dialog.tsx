// Asks once where files of examples go. The likeliest answer is preselected, so Enter adds them.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { FormDialog } from '../kit/dialog.tsx';
import kit from '../kit/primitives.module.css';
import { RadioList } from '../kit/radio-list.tsx';
import { TextField } from '../kit/text-field.tsx';
import { ColumnChoices } from './column-choices.tsx';
import styles from './import-dialog.module.css';
import {
  columnsByGrant,
  holdExamples,
  knownRoles,
  toTables,
  useImportQuestion,
  type ImportAnswer,
  type ImportQuestion,
  type ImportTarget,
} from './import-question.ts';
import type { Asked } from './question.ts';

/** The dialog. To be rendered once, in the frame. */
export function ImportDialog(): ReactNode {
  const current = useImportQuestion((state) => state.current);
  return current && <Question {...current} />;
}

function Question({ question: { files, targets, domains }, answer }: Asked<ImportQuestion, ImportAnswer>): ReactNode {
  const { t } = useTranslation();
  const [place, setPlace] = useState(0);
  const [name, setName] = useState(targets.find(({ domainId }) => domainId === null)?.domain ?? '');
  const tables = toTables(files);
  const [roles, setRoles] = useState(() => knownRoles(tables));
  const chosen = targets[place] ?? targets[0];
  const target = chosen.domainId === null ? { ...chosen, domain: name.trim() } : chosen;
  const isTaken = target.domainId === null && domains.some((domain) => domain.name === target.domain);
  const isReady = target.domain !== '' && !isTaken && tables.every(({ key }) => holdExamples(roles[key]));
  const add = t('frame.import.add', { count: files.length });
  const note = (option: ImportTarget): string => {
    const place = toPlace(option);
    if (place !== 'demos') return t(`frame.import.note.${place}`);
    const count = domains.find(({ id }) => id === option.domainId)?.demos ?? 0;
    return count === 0 ? t('frame.import.empty') : t('frame.import.note.demos', { count });
  };
  const nameField = (
    <TextField
      label={t('frame.import.name')}
      value={name}
      onChange={setName}
      maxLength={80}
      error={isTaken ? t('frame.import.taken') : null}
    />
  );
  return (
    <FormDialog
      title={files.length === 1 ? t('frame.import.titleOf', { name: files[0]?.name }) : add}
      size={tables.length > 0 ? 'wide' : 'normal'}
      action={add}
      isReady={isReady}
      onSubmit={() => answer({ target, columns: columnsByGrant(tables, roles) })}
      onClose={() => answer(null)}
    >
      <div className={classNames(kit.stack4, styles.form)}>
        {targets.length > 1 ? (
          <RadioList
            autoFocus
            label={t('frame.import.where')}
            options={targets.map((option, index) => ({
              id: String(index),
              label: t(`frame.import.to.${toPlace(option)}`, { domain: option.domain }),
              note: note(option),
              ...(option.domainId === null && { more: nameField }),
            }))}
            value={String(place)}
            onChange={(id) => setPlace(Number(id))}
          />
        ) : (
          chosen.domainId === null && nameField
        )}
        {tables.map((table) => (
          <ColumnChoices
            key={table.key}
            table={table}
            roles={roles[table.key]}
            onChange={(columns) => setRoles({ ...roles, [table.key]: columns })}
          />
        ))}
      </div>
    </FormDialog>
  );
}

function toPlace({ domainId, kind }: ImportTarget): 'new' | ImportTarget['kind'] {
  return domainId === null ? 'new' : kind;
}
