// A table whose columns have unknown names: its first rows, and the choice of what each column holds.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { COLUMN_ROLES } from '../../electron/contract/demo.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { Select } from '../kit/select.tsx';
import { useFormat } from '../kit/use-format.ts';
import styles from './import-dialog.module.css';
import { holdExamples, type RolesOfTables, type Table } from './import-question.ts';

const IGNORED = 'ignored';
const CHOICES = [...COLUMN_ROLES, IGNORED] as const;

type ColumnChoicesProps = {
  readonly table: Table;
  readonly roles: RolesOfTables[string] | undefined;
  readonly onChange: (roles: RolesOfTables[string]) => void;
};

export function ColumnChoices({ table: { files, columns }, roles = {}, onChange }: ColumnChoicesProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const names = format.list(files.map(({ name }) => name));
  return (
    <section
      className={classNames(kit.stack2, styles.table)}
      aria-label={t('frame.import.columnsOf', { files: names })}
    >
      <h3>{t('frame.import.columnsOf', { files: names })}</h3>
      <p className={kit.dim}>{t('frame.import.columnsWhy')}</p>
      <ul className={kit.stack}>
        {columns.map(({ name, values }) => (
          <li key={name} className={styles.column}>
            <span className={classNames(kit.ellipsis, styles.columnName)} title={name}>
              {name}
            </span>
            <Select
              label={t('frame.import.roleOf', { column: name })}
              isLabelHidden
              choices={CHOICES.map((role) => ({ id: role, label: t(`frame.import.role.${role}`) }))}
              value={roles[name] ?? IGNORED}
              onChange={(role) => onChange({ ...roles, [name]: COLUMN_ROLES.find((one) => one === role) ?? null })}
            />
            <ol className={styles.values}>
              {values.map((value, row) => (
                <li key={row} className={classNames(kit.note, kit.ellipsis)} title={value}>
                  {value}
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
      {!holdExamples(roles) && (
        <p className={styles.length}>
          <TriangleAlert size={14} aria-hidden />
          <span>{t('frame.import.noneUsed')}</span>
        </p>
      )}
    </section>
  );
}
