// The demos of the chosen set: to search, view and delete.
import { FilePlus2, ListTree, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DemoSummary, Domain } from '../../../electron/contract/api/demos.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { DataTable } from '../../kit/data-table.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { SearchField } from '../../kit/search-field.tsx';
import type { Sort } from '../../kit/table-sorting.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { deleteDemos } from './deletions.ts';
import { useDemoColumns } from './demo-columns.tsx';
import { DemoInspector } from './demo-inspector.tsx';
import styles from './demos.module.css';
import { useDemoPages } from './use-demo-pages.ts';

/** A search goes through the text of every demo, so it does not start at every letter. */
const TYPING_MS = 250;

export function DemoList({ domain }: { readonly domain: Domain }): ReactNode {
  const { t } = useTranslation();
  const [search, setSearch] = useKeptState(`demos.search ${domain.id}`, '');
  const { rows, isPending, error } = useDemoPages(domain.id, useSettled(search, TYPING_MS));
  const [sort, setSort] = useKeptState<Sort | null>(`demos.sort ${domain.id}`, null);
  const [selectedKeys, setSelectedKeys] = useKeptState(`demos.selected ${domain.id}`, NONE);
  const columns = useDemoColumns();
  // demos that were deleted, or that the search no longer finds, are not selected
  const selected = rows.filter((row) => row !== undefined && selectedKeys.has(rowKey(row))) as readonly DemoSummary[];
  const remove = (): void =>
    void deleteDemos(
      selected.map(({ id }) => id),
      t,
    );
  return (
    <>
      <div className={classNames(kit.cluster, styles.tools)}>
        <div className={styles.search}>
          <SearchField label={t('demos.search')} value={search} onChange={setSearch} />
        </div>
        <span className={kit.dim} role="status">
          {selected.length > 1 && t('demos.selected', { count: selected.length, total: rows.length })}
          {selected.length <= 1 && search !== '' && !isPending && t('demos.found', { count: rows.length })}
        </span>
        <div className={styles.actions}>
          {selected.length > 0 && (
            <Button variant="quiet" icon={Trash2} onPress={remove}>
              {t('demos.delete', { count: selected.length })}
            </Button>
          )}
          <Button icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
            {t('demos.addFiles')}
          </Button>
        </div>
      </div>
      {error === null ? (
        <DataTable
          label={t('demos.listOf', { domain: domain.name })}
          columns={columns}
          rows={isPending ? LOADING : rows}
          rowKey={rowKey}
          sort={sort}
          onSortChange={setSort}
          selectionMode="multiple"
          selectedKeys={selectedKeys}
          onSelectionChange={setSelectedKeys}
          onDelete={remove}
          empty={<Nothing isSearch={search !== ''} />}
        />
      ) : (
        <ErrorPanel error={error.toData()} />
      )}
      {domain.demos > 0 && <DemoInspector selected={selected} />}
    </>
  );
}

const NONE: ReadonlySet<string> = new Set();
const LOADING: readonly undefined[] = Array.from<undefined>({ length: 12 });

const rowKey = ({ id }: DemoSummary): string => String(id);

function Nothing({ isSearch }: { readonly isSearch: boolean }): ReactNode {
  const { t } = useTranslation();
  if (isSearch) return <p className={kit.noRows}>{t('demos.noMatch')}</p>;
  return (
    <EmptyState icon={ListTree} title={t('demos.emptySetTitle')} text={t('demos.emptySetText')}>
      <Button variant="primary" icon={FilePlus2} onPress={() => void chooseFiles('demos')}>
        {t('demos.addFiles')}
      </Button>
    </EmptyState>
  );
}
